// Behind the real nginx, as the shipped configuration has it, with HTTP/2 and a time limit of two seconds.
import type { BrowserContext, Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { Nginx } from "../support/proxy.ts";
import { PASSWORD, expect, live, signUp, test } from "../support/test.ts";

test.use({ ignoreHTTPSErrors: true });

/** Reads the stream of events in the page until so many signs of life came, or it ended; says how many came. */
function signs(page: Page, path: string, wanted: number): Promise<number> {
  return page.evaluate(
    async ([path, wanted]) => {
      const reader = (await fetch(path)).body!.getReader();
      const decoder = new TextDecoder();
      let text = "";
      const seen = () => text.split(": still here").length - 1;
      try {
        while (seen() < wanted) {
          const { done, value } = await reader.read();
          if (done) break;
          text += decoder.decode(value, { stream: true });
        }
      } catch {
        // The proxy cut it off.
      }
      await reader.cancel().catch(() => {});
      return seen();
    },
    [path, wanted] as const,
  );
}

test("with a host of its own: words as they come, silence longer than the time limit", async ({ page, provider, serve }) => {
  const server = await serve({
    OPENAI_API_BASE_URL: provider.url,
    SKEIN_HEARTBEAT: "1",
    WEBUI_SESSION_COOKIE_SECURE: "true",
  });
  const nginx = await Nginx.own({ upstream: server.url });
  try {
    await signUp(page, "ada@example.org", nginx.url);
    const spoken = () => (performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming).nextHopProtocol;
    expect(await page.evaluate(spoken)).toBe("h2");
    expect((await page.context().cookies())[0]).toMatchObject({ secure: true, httpOnly: true, path: "/" });
    const streams: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/events")) streams.push(request.url());
    });
    const chat = new Chat(page);
    await chat.start("step proxied one two three");
    for (const [step, word] of ["one", "two"].entries()) {
      await provider.reached("proxied", step + 1);
      await provider.release("proxied");
      await expect(chat.answer).toContainText(word);
    }
    await provider.reached("proxied", 3);
    const opened = streams.length;
    // More seconds than twice the limit, in which nobody says anything.
    expect(await signs(page, "/events", 5)).toBe(5);
    expect(streams.length).toBe(opened + 1);
    await provider.release("proxied", 9);
    await chat.settled();
    await expect(chat.answer).toContainText("three");
    // A long message is the program's to refuse, not the proxy's.
    const form = { thread: page.url().split("/").pop()!, text: "ä".repeat(300_000) };
    const long = await page.request.post(`${nginx.url}/rpc/messages/submit`, { form });
    expect(await long.json()).toMatchObject({ too_large: { code: "message_too_long" } });
    // A form that another site sends is turned away here too.
    const foreign = { origin: "https://elsewhere.example" };
    const refused = await page.request.post(`${nginx.url}/rpc/accounts/sign_out`, { headers: foreign, form: {} });
    expect(refused.status()).toBe(403);
  } finally {
    await page.goto("about:blank");
    await nginx.stop();
  }
});

test("without signs of life the time limit does cut a stream off", async ({ page, serve, quiet }) => {
  quiet.expected.push(/ERR_|Failed to load/);
  const server = await serve({ SKEIN_HEARTBEAT: "600" });
  const nginx = await Nginx.own({ upstream: server.url });
  try {
    await signUp(page, "ada@example.org", nginx.url);
    expect(await signs(page, "/events", 1)).toBe(0);
  } finally {
    await page.goto("about:blank");
    await nginx.stop();
  }
});

for (const takenOff of [false, true]) {
  const way = takenOff ? "takes off" : "leaves";
  test(`below a path that the proxy ${way}`, async ({ page, browser, provider, serve, quiet }) => {
    test.setTimeout(120_000);
    const server = await serve({
      OPENAI_API_BASE_URL: provider.url,
      SKEIN_BASE_PATH: "/skein",
      SKEIN_HEARTBEAT: "1",
      WEBUI_SESSION_COOKIE_SECURE: "true",
    });
    const nginx = await Nginx.below({ upstream: server.url, takenOff });
    const contexts: BrowserContext[] = [];
    const asked: string[] = [];
    const watch = (page: Page) => page.on("request", (request) => asked.push(request.url()));
    watch(page);
    try {
      // With the program: first the page that leads to the first account.
      await page.goto(`${nginx.url}/skein`);
      await expect(page).toHaveURL(`${nginx.url}/skein/signup`);
      await live(page);
      await page.getByLabel("Name").fill("Ada");
      await page.getByLabel("Email").fill("ada@example.org");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: /create/i }).click();
      await expect(page).toHaveURL(`${nginx.url}/skein/chat`);
      expect((await page.context().cookies())[0]).toMatchObject({ path: "/skein", secure: true });
      const chat = new Chat(page);
      await live(page);
      await chat.text.fill("hold below and then the rest");
      await chat.text.press("Enter");
      await expect(page).toHaveURL(/\/skein\/chat\/thread\/[0-9a-f-]{36}$/);
      const url = page.url();
      await provider.reached("below");
      await expect(chat.answer).toContainText("Holding");
      const row = chat.sidebar.getByRole("link", { name: /hold below/ });
      await expect(row).toHaveAttribute("aria-current", "page");
      // Elsewhere and back, without a page being loaded.
      const loads = asked.length;
      await chat.sidebar.getByRole("link", { name: "New chat" }).first().click();
      await expect(page).toHaveURL(`${nginx.url}/skein/chat`);
      await row.click();
      await expect(page).toHaveURL(url);
      await page.goBack();
      await expect(page).toHaveURL(`${nginx.url}/skein/chat`);
      await page.goForward();
      await expect(page).toHaveURL(url);
      await page.keyboard.press("Control+.");
      await expect(page).toHaveURL(`${nginx.url}/skein/settings`);
      await row.click();
      expect(asked.slice(loads).filter((url) => /\/skein\/(chat|settings)/.test(url))).toEqual([]);
      await provider.release("below");
      await chat.settled();
      await expect(chat.answer).toContainText("and then the rest");
      // The page as the server makes it is the page that the program brings to life.
      await page.reload();
      await live(page);
      await expect(row).toHaveAttribute("aria-current", "page");
      await expect(chat.rows).toHaveCount(2);
      quiet.expected.push(/404/);
      expect((await page.goto(`${nginx.url}/skein/nothing`))?.status()).toBe(404);
      await live(page);
      await page.getByRole("link", { name: "Start a new chat" }).click();
      await expect(page).toHaveURL(`${nginx.url}/skein/chat`);
      // Past the proxy one is led to the same path.
      const direct = await browser.newPage();
      contexts.push(direct.context());
      await direct.goto(`${server.url}/login`);
      await expect(direct).toHaveURL(`${server.url}/skein/login`);
      await live(direct);

      // Without the program: forms, and where they lead.
      const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
      contexts.push(context);
      const plain = await context.newPage();
      watch(plain);
      await plain.goto(url);
      await expect(plain).toHaveURL(/\/skein\/login\?next=/);
      await plain.getByLabel("Email").fill("ada@example.org");
      await plain.getByLabel("Password").fill("wrong");
      await plain.getByRole("button", { name: "Sign in" }).click();
      await expect(plain.getByRole("alert")).toContainText(/\w/);
      await plain.goto(url);
      await plain.getByLabel("Email").fill("ada@example.org");
      await plain.getByLabel("Password").fill(PASSWORD);
      await plain.getByRole("button", { name: "Sign in" }).click();
      await expect(plain).toHaveURL(url);
      const forms = new Chat(plain);
      await forms.text.fill("echo sent by a form");
      await forms.send.click();
      await expect(plain).toHaveURL(new RegExp(`^${url}`));
      await expect(forms.rows.filter({ hasText: "sent by a form" }).first()).toBeVisible();
      await plain.getByLabel("More about this chat").click();
      await plain.getByRole("button", { name: /^Go to the beginning/ }).click();
      await expect(plain).toHaveURL(new RegExp(`^${url}.*#row-`));
      await plain.getByRole("button", { name: "Sign out" }).click();
      await expect(plain).toHaveURL(/\/skein\/login/);
      const outside = asked.filter((url) => url.startsWith(nginx.url) && !url.startsWith(`${nginx.url}/skein`));
      expect(outside).toEqual([]);
    } finally {
      await page.goto("about:blank");
      for (const context of contexts) await context.close();
      await nginx.stop();
    }
  });
}
