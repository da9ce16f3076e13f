// Many who look at one thread at once: tabs of one browser, which have six connections between them, and other browsers.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { PASSWORD, expect, live, test } from "../support/test.ts";

/** What a page asks of the stream of events, from now on. */
function asked(page: Page): string[] {
  const urls: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/events") urls.push(request.url());
  });
  return urls;
}

const TABS = 10;

test("ten tabs and three browsers see everything live", async ({ person, provider, server, browser, open, quiet }, info) => {
  test.setTimeout(240_000);
  // A tab that asks finds out by asking that its thread is gone.
  quiet.expected.push(/404/);
  const context = person.context();
  const chat = new Chat(person);
  const streams = [asked(person)];
  const url = await chat.start("hold many the rest of it");
  await provider.reached("many");
  const tabs = [chat];
  while (tabs.length < TABS) {
    const page = await open(context);
    streams.push(asked(page));
    tabs.push(await new Chat(page).open(url));
  }
  const others = [];
  for (let n = 0; n < 2; n++) {
    const elsewhere = await browser.newContext({ baseURL: server.url });
    const form = { email: `${info.workerIndex}-${info.testId}@example.org`, password: PASSWORD };
    expect((await elsewhere.request.post("/rpc/accounts/sign_in", { form })).ok()).toBe(true);
    others.push(await new Chat(await open(elsewhere)).open(url));
  }
  const all = [...tabs, ...others];
  const tab = (n: number): Chat => {
    const chat = all[n];
    if (!chat) throw new Error(`there is no tab ${n}`);
    return chat;
  };
  const every = (see: (chat: Chat) => Promise<unknown>) => Promise.all(all.map(see));

  // A late comer sees what was said, and that it goes on; then everyone the rest.
  await every((chat) => expect(chat.answer).toContainText("Holding"));
  await every((chat) => expect(chat.stop).toBeVisible());
  await provider.release("many");
  await every((chat) => chat.settled());
  await every((chat) => expect(chat.answer).toContainText("the rest of it"));
  // More than four have no stream of their own any more, and ask.
  const asking = () => streams.filter((urls) => urls.some((url) => url.includes("poll=true"))).length;
  await expect.poll(asking).toBeGreaterThanOrEqual(TABS - 4);

  // The message and its answer, word by word, from a tab in the middle.
  await tab(4).say("step words alpha beta gamma");
  await every((chat) => expect(chat.rows.nth(2)).toContainText("step words alpha beta gamma"));
  await provider.reached("words");
  await provider.release("words");
  await provider.reached("words", 2);
  await every((chat) => expect(chat.answer).toContainText("alpha"));
  await every((chat) => expect(chat.answer).not.toContainText("gamma"));
  await every((chat) => expect(chat.rows).toHaveCount(4));
  // Meanwhile pages load and calls are answered in all tabs: none waits for a connection.
  await Promise.all(tabs.map((chat) => chat.page.reload()));
  await every((chat) => live(chat.page));
  const called = tabs.map((chat) => chat.page.evaluate(async () => (await fetch("/health")).status));
  expect(await Promise.all(called)).toEqual(Array(TABS).fill(200));
  await every((chat) => expect(chat.answer).toContainText("alpha"));
  // Stopped from another.
  await tab(7).stop.click();
  await every((chat) => chat.settled("cancelled"));
  await every((chat) => expect(chat.send).toBeVisible());

  // An error, with its words; then the usage of one that ends well.
  await tab(1).say("error here");
  await every((chat) => expect(chat.rows).toHaveCount(6));
  await every((chat) => chat.settled("failed"));
  await every((chat) => expect(chat.answer.getByRole("button", { name: "Try again" })).toBeVisible());
  await tab(TABS).say("echo counted word by word");
  await every((chat) => expect(chat.rows).toHaveCount(8));
  await every((chat) => chat.settled());
  await every((chat) => expect(chat.answer).toContainText(/tokens/));
  // Nothing came twice, and nothing in another order.
  const texts = await Promise.all(all.map((chat) => chat.page.locator("article.row .block").allInnerTexts()));
  for (const text of texts) expect(text).toEqual(texts[0]);

  // A name.
  const id = url.split("/").pop()!;
  await person.request.post("/rpc/threads/rename", { form: { id, title: "Seen by all" } });
  await every((chat) => expect(chat.page.getByRole("heading", { name: "Seen by all" })).toBeVisible());
  await every((chat) => expect(chat.page).toHaveTitle(/Seen by all/));
  await every((chat) => expect(chat.sidebar.getByRole("link", { name: /Seen by all/ })).toBeVisible());
  // Nobody was told that the server is away.
  await every((chat) => expect(chat.page.locator(".connection[data-away]")).toHaveCount(0));

  // The end.
  await person.request.post("/rpc/threads/delete", { form: { id } });
  await every((chat) => expect(chat.page).toHaveURL(/\/chat$/));
  await every((chat) => expect(chat.sidebar.getByRole("link", { name: /Seen by all/ })).toHaveCount(0));
  for (const other of others) await other.page.context().close();
});

test("a tab that stepped back is first again when it is looked at", async ({ person, open }) => {
  const context = person.context();
  const chat = new Chat(person);
  const url = await chat.start("echo something");
  await chat.settled();
  const urls = asked(person);
  for (let n = 0; n < 5; n++) await new Chat(await open(context)).open(url);
  await expect.poll(() => urls.filter((url) => url.includes("poll=true")).length).toBeGreaterThan(1);
  const before = urls.length;
  await person.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect.poll(() => urls.slice(before).some((url) => !url.includes("poll=true"))).toBe(true);
  await expect(person.locator(".connection")).toHaveAttribute("data-connection", "open");
});

/** What the browser does when another tab comes before this one, and when it comes back. */
function look(page: Page, state: "hidden" | "visible"): Promise<void> {
  return page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

test("a hidden tab asks for no more than whether what ran has ended, and is right the moment it is shown", async ({ person, provider, open }) => {
  const context = person.context();
  const hidden = new Chat(person);
  const url = await hidden.start("hold unseen first words");
  await provider.reached("unseen");
  await expect(hidden.answer).toContainText("Holding");
  const shown = await new Chat(await open(context)).open(url);
  const ended = person.waitForEvent("requestfailed", (request) => request.url().includes("/events"));
  await look(person, "hidden");
  await ended;
  await expect(person.locator(".connection")).toHaveAttribute("data-connection", "idle");
  const requests: string[] = [];
  person.on("request", (request) => {
    // What the browser's own tab shows is asked for, and its icon.
    if (!/\/rpc\/threads\/sidebar$|\/favicon[a-z-]*\.svg$/.test(request.url())) requests.push(request.url());
  });
  await provider.release("unseen");
  await shown.settled();
  await shown.say("echo said while nobody looked");
  await expect(shown.rows).toHaveCount(4);
  await shown.settled();
  expect(requests).toEqual([]);
  await expect(hidden.rows).toHaveCount(2);
  await look(person, "visible");
  await expect(hidden.rows).toHaveCount(4);
  await hidden.settled();
  await expect(hidden.answer).toContainText("said while nobody looked");
  const texts = [hidden, shown].map((chat) => chat.page.locator("article.row .block").allInnerTexts());
  const [one, other] = await Promise.all(texts);
  expect(one).toEqual(other);
  // One stream, from where it stood: no page was loaded anew.
  expect(requests.filter((url) => !url.includes("/events"))).toEqual([]);
});
