import { Chat } from "../support/chat.ts";
import { expect, live, test } from "../support/test.ts";

/** Fills a thread with so many short exchanges. */
async function fill(chat: Chat, exchanges: number): Promise<string> {
  const url = await chat.start("echo exchange 1");
  await chat.settled();
  const thread = url.split("/").at(-1)!;
  for (let n = 2; n <= exchanges; n++) {
    const text = `echo exchange ${n}`;
    await expect
      .poll(async () => (await chat.page.request.post("/rpc/messages/submit", { form: { thread, text } })).status())
      .toBe(200);
  }
  // What is sent while an answer is being written waits for its turn.
  await expect
    .poll(async () => (await chat.page.request.get(url)).text())
    .not.toMatch(/data-status="(pending|running)"/);
  return url;
}

test("older messages come by scrolling up, and what is read does not move", async ({ person }) => {
  test.setTimeout(90_000);
  const chat = new Chat(person);
  const url = await fill(chat, 40);
  await chat.open(url);
  await chat.settled();
  await expect(chat.rows).toHaveCount(30);
  // The end is what is shown first.
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(5);
  // Up to near the top: what is being read there stays where it is when the older rows come.
  const before = await person.locator(".scroller").evaluate((scroller) => {
    scroller.scrollTo({ top: 300, behavior: "instant" });
    const top = scroller.getBoundingClientRect().top;
    const read = [...scroller.querySelectorAll("article.row")].find((row) => row.getBoundingClientRect().top > top);
    (window as unknown as { read?: Element }).read = read;
    return read?.getBoundingClientRect().top;
  });
  await expect.poll(() => chat.rows.count()).toBeGreaterThan(30);
  const after = () => person.evaluate(() => (window as unknown as { read: Element }).read.getBoundingClientRect().top);
  await expect.poll(async () => Math.abs((await after()) - before!)).toBeLessThan(2);
  await expect
    .poll(async () => {
      await chat.scrollTo(0);
      return chat.rows.count();
    })
    .toBe(80);
  await expect(chat.rows.first()).toContainText("exchange 1");
});

test("it follows at the bottom, and never when one has scrolled up", async ({ person, provider }) => {
  const chat = new Chat(person);
  const url = await chat.start("long 30");
  await chat.settled();
  await chat.open(url);
  const words = Array.from({ length: 400 }, (_, n) => `line${n}\n\n`).join("");
  await chat.say(`hold follow ${words}`);
  await provider.reached("follow");
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(5);
  await provider.release("follow");
  await expect(chat.answer).toContainText("line20");
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(60);
  // Up: from here on nothing moves, not at the end of the answer either.
  await person.locator(".scroller").hover();
  await person.mouse.wheel(0, -1500);
  await expect.poll(async () => (await chat.scroll()).below).toBeGreaterThan(500);
  await person.waitForFunction(() => {
    const element = document.querySelector(".scroller") as HTMLElement & { seen?: number };
    const same = element.seen === element.scrollTop;
    element.seen = element.scrollTop;
    return same;
  });
  const before = (await chat.scroll()).top;
  await chat.settled();
  await expect(chat.answer).toContainText("line399");
  expect((await chat.scroll()).top).toBe(before);
  await person.getByRole("button", { name: "Back to the end" }).click();
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(5);
});

test("copy gives the text as it was written", async ({ person, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const chat = new Chat(person);
  await chat.start("echo some **bold** text");
  await chat.settled();
  await chat.answer.hover();
  await chat.answer.getByRole("button", { name: "Copy" }).click();
  await expect(chat.answer.getByRole("button", { name: "Copied" })).toBeVisible();
  expect((await person.evaluate(() => navigator.clipboard.readText())).trim()).toBe("some **bold** text");
});

test("reasoning is one line when it is done, and opens", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("reasoning please");
  await chat.settled();
  const summary = chat.answer.locator(".reasoning > summary");
  await expect(summary).toContainText(/Thought for .* characters/);
  const body = chat.answer.locator(".reasoning .block").first();
  await expect(body).toBeHidden();
  await summary.click();
  await expect(body).toBeVisible();
  await live(person);
});

test("code blocks are framed, named and copied", async ({ person, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const chat = new Chat(person);
  await chat.start("code and table");
  await chat.settled();
  const code = chat.answer.locator("figure.code").first();
  await expect(code.locator("figcaption")).toContainText(/\w/);
  await code.locator("button.copy").click();
  const copied = await person.evaluate(() => navigator.clipboard.readText());
  expect(copied.trim()).toBe((await code.locator("code").innerText()).trim());
});

test("an image from elsewhere is fetched on a click only", async ({ person, context }) => {
  const asked: string[] = [];
  const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await context.route("https://images.example/**", (route) => {
    asked.push(route.request().url());
    return route.fulfill({ contentType: "image/png", body: dot });
  });
  const chat = new Chat(person);
  const url = await chat.start("echo before ![A small dot](https://images.example/dot.png) after");
  await chat.settled();
  await chat.open(url);
  const button = chat.answer.getByRole("button", { name: /A small dot/ });
  await expect(button).toHaveAttribute("title", /images\.example/);
  expect(asked).toEqual([]);
  await button.click();
  const image = chat.answer.getByRole("img", { name: "A small dot" });
  await expect(image).toBeVisible();
  await expect.poll(() => image.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  expect(asked).toEqual(["https://images.example/dot.png"]);
});

test("far rows leave the page, and come back", async ({ person, context, open }) => {
  test.setTimeout(120_000);
  const chat = new Chat(person);
  const url = await fill(chat, 110);
  await chat.open(url);
  await chat.settled();
  let most = 0;
  await expect
    .poll(
      async () => {
        await chat.scrollTo(0);
        most = Math.max(most, await chat.rows.count());
        return chat.rows.first().innerText();
      },
      { timeout: 40_000 },
    )
    .toMatch(/exchange 1$/m);
  expect(most).toBeLessThanOrEqual(150);
  await expect(chat.rows.last()).not.toContainText("exchange 110");

  // Meanwhile the thread goes on elsewhere, which moves nothing here.
  const other = await new Chat(await open(context)).open(url);
  await other.say("echo exchange 111");
  await expect(other.answer).toContainText("exchange 111");
  await other.settled();
  await person.bringToFront();
  await expect(chat.rows.first()).toContainText("exchange 1");

  // Down again by scrolling: every exchange is passed, in order, none is missing.
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        const texts = await chat.page.locator('article.row[data-role="user"] .blocks').allTextContents();
        for (const text of texts) seen.add(text.trim());
        most = Math.max(most, await chat.rows.count());
        await person.locator(".scroller").evaluate((it) => it.scrollBy({ top: 4000, behavior: "instant" }));
        return seen.has("echo exchange 111");
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  const all = Array.from({ length: 111 }, (_, n) => `echo exchange ${n + 1}`);
  expect(all.filter((text) => !seen.has(text))).toEqual([]);
  expect(most).toBeLessThanOrEqual(150);
  // And from the end on it is live again.
  await other.say("echo exchange 112");
  await expect(chat.answer).toContainText("exchange 112");

  // From far up one button leads to the end.
  await expect
    .poll(
      async () => {
        await chat.scrollTo(0);
        return chat.rows.first().innerText();
      },
      { timeout: 40_000 },
    )
    .toMatch(/exchange 1$/m);
  await person.getByRole("button", { name: "Back to the end" }).click();
  await expect(chat.answer).toContainText("exchange 112");
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(5);
});

test("a long answer is set alike all the way down, and its last words stand whole", async ({ person }) => {
  const chat = new Chat(person);
  // Kinds of blocks in turns that meet every edge between the groups that blocks stand in, each in another way.
  const kinds = ["## A heading", "A paragraph.", "---", "- an item", "```\ncode\n```"];
  const text = Array.from({ length: 200 }, (_, n) => kinds[n % kinds.length]).join("\n\n");
  const url = await chat.start(`echo ${text}\n\n${"words without an end ".repeat(600)}over`);
  await chat.settled();
  for (const again of [false, true]) {
    if (again) await chat.open(url);
    await expect(chat.answer.locator(".group")).toHaveCount(7);
    await expect(chat.answer.locator(".blocks p").last()).toHaveText(/^(words without an end ){600}over$/);
    const gaps = await chat.answer.locator(".blocks").last().evaluate((blocks, kinds) => {
      for (const group of blocks.querySelectorAll<HTMLElement>(".group")) group.style.contentVisibility = "visible";
      const all = [...blocks.querySelectorAll(".block")];
      const gap = (n: number) =>
        all[n + 1]!.firstElementChild!.getBoundingClientRect().top - all[n]!.lastElementChild!.getBoundingClientRect().bottom;
      return Array.from({ length: kinds }, (_, kind) =>
        Array.from({ length: 38 }, (_, turn) => gap(kind + kinds + turn * kinds)),
      );
    }, kinds.length);
    for (const [kind, all] of gaps.entries()) {
      expect(Math.max(...all) - Math.min(...all), `after ${kinds[kind]}: ${all.join(" ")}`).toBeLessThan(0.6);
    }
  }
});

test.describe("far from Greenwich", () => {
  test.use({ timezoneId: "Asia/Kathmandu" });

  test("the small print has its reader's time, of rows that came with the page too", async ({ person }) => {
    const chat = new Chat(person);
    const url = await chat.start("echo one");
    await chat.settled();
    for (const again of [false, true]) {
      if (again) await chat.open(url);
      for (const time of await person.locator(".rows time").all()) {
        const wanted = await time.evaluate((time) =>
          new Date(time.getAttribute("datetime")!).toLocaleString(undefined, { hour: "numeric", minute: "2-digit" }),
        );
        await expect(time).toContainText(wanted);
        await expect(time).not.toContainText("UTC");
      }
      await expect(person.locator(".rows time")).toHaveCount(2);
    }
  });
});
