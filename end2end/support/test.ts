// What every test builds on: one server a worker, a person of its own a test, and a console that must stay silent.
import { type BrowserContext, type Page, test as base, expect } from "@playwright/test";
import { Provider, Server } from "./server.ts";

export { expect };

type PerWorker = { provider: Provider; server: Server };
type PerTest = {
  /** Signed in as a person nobody else is. */
  person: Page;
  /** Another page for the same or another person; its console is watched too. */
  open: (context: BrowserContext) => Promise<Page>;
  quiet: Console;
  /** Another server, with these variables. Ends after the page has left it. */
  serve: (env: Record<string, string>) => Promise<Server>;
};

/** Messages of the console that fail the test. */
class Console {
  readonly said: string[] = [];
  /** Faults a test provokes on purpose, such as a lost connection. */
  readonly expected: RegExp[] = [];

  watch(page: Page): void {
    page.on("pageerror", (error) => this.said.push(`page error: ${error.stack ?? error}`));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" || (message.type() === "warning" && !text.includes("preload"))) {
        this.said.push(`${message.type()}: ${text} (${message.location().url})`);
      }
    });
  }

  unexpected(): string[] {
    return this.said.filter((line) => !this.expected.some((pattern) => pattern.test(line)));
  }
}

export const test = base.extend<PerTest, PerWorker>({
  provider: [
    // biome-ignore lint: the runner wants a pattern here
    async ({}, use) => {
      const provider = await Provider.start();
      await use(provider);
      await provider.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ provider }, use) => {
      const server = await Server.start({ OPENAI_API_BASE_URL: provider.url, ENABLE_SIGNUP: "true", SKEIN_BUSY_WAIT: "0" });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  quiet: [
    // biome-ignore lint: the runner wants a pattern here
    async ({}, use) => {
      const watched = new Console();
      await use(watched);
      expect(watched.unexpected(), "the browser's console").toEqual([]);
    },
    { auto: true },
  ],
  page: async ({ page, quiet }, use) => {
    quiet.watch(page);
    await use(page);
  },
  open: async ({ quiet }, use) => {
    await use(async (context) => {
      const page = await context.newPage();
      quiet.watch(page);
      return page;
    });
  },
  serve: async ({ page }, use) => {
    const servers: Server[] = [];
    await use(async (env) => {
      const server = await Server.start(env);
      servers.push(server);
      return server;
    });
    await page.goto("about:blank");
    for (const server of servers) await server.stop();
  },
  person: async ({ page }, use, info) => {
    await signUp(page, `${info.workerIndex}-${info.testId}@example.org`);
    await use(page);
  },
});

export const PASSWORD = "correct horse battery";

/** Makes an account through the form and arrives at the index page. */
export async function signUp(page: Page, email = "ada@example.org", url = ""): Promise<void> {
  await page.goto(`${url}/signup`);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: /create/i }).click();
  await page.waitForURL(/\/chat$/);
  await live(page);
}

/** Waits until the page is hydrated. */
export async function live(page: Page): Promise<void> {
  await page.locator("html[data-live]").waitFor();
}

/** Starts a thread without its page and waits for the answer's end, which is what orders the sidebar. */
export async function startSettled(page: Page, text: string): Promise<string> {
  const started = await page.request.post("/rpc/messages/start_thread", { form: { text } });
  const { thread } = await started.json();
  await expect
    .poll(async () => (await page.request.get(`/chat/thread/${thread}`)).text())
    .toMatch(/data-role="assistant"[^>]*data-status="completed"/);
  return `/chat/thread/${thread}`;
}
