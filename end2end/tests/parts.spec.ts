// The parts of the program that are fetched when somebody goes there: when that is, and what it is like when they
// cannot be fetched.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, live, signUp, test } from "../support/test.ts";

/** What the cut calls them. */
const PART = /\/(split|chunk)_[^/]*\.wasm$/;

/** Every file of the program that the page asks for from here on. */
function asked(page: Page): string[] {
  const paths: string[] = [];
  page.on("request", (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

const parts = (paths: string[]): string[] => paths.filter((path) => PART.test(path));

/** Answers no request for a part, until what this returns is called. */
async function withhold(page: Page): Promise<() => Promise<void>> {
  await page.route(PART, (route) => route.abort("failed"));
  return () => page.unroute(PART);
}

const theme = (page: Page) => page.getByLabel("Theme", { exact: true });

test("a chat needs no part: opened, written in, answered, and looked at again", async ({ person }) => {
  const paths = asked(person);
  const chat = new Chat(person);
  const url = await chat.start("echo all of it");
  await chat.settled();
  await chat.open(url);
  await chat.say("echo once more");
  await chat.settled();
  await person.getByRole("link", { name: "New chat" }).first().click();
  await expect(person).toHaveURL(/\/chat$/);
  expect(paths.filter((path) => path.endsWith(".wasm")).length).toBeGreaterThan(0);
  expect(parts(paths)).toEqual([]);
});

test("a part is fetched once, when somebody goes there", async ({ person }) => {
  const paths = asked(person);
  await person.goto("/chat");
  await live(person);
  await person.getByRole("link", { name: "Settings" }).click();
  await expect(theme(person)).toBeVisible();
  const fetched = parts(paths);
  expect(fetched.some((path) => path.includes("settings"))).toBe(true);
  expect(new Set(fetched).size).toBe(fetched.length);
  await person.getByRole("link", { name: "New chat" }).first().click();
  await expect(person).toHaveURL(/\/chat$/);
  await person.getByRole("link", { name: "Settings" }).click();
  await expect(theme(person)).toBeVisible();
  expect(parts(paths)).toEqual(fetched);
});

test("a page whose part cannot be fetched says so, and can be tried again", async ({ person, quiet }) => {
  quiet.expected.push(/ERR_FAILED|Failed to fetch/);
  await person.goto("/chat");
  await live(person);
  const give = await withhold(person);
  await person.getByRole("link", { name: "Settings" }).click();
  await expect(person.getByRole("heading", { name: "This page could not be loaded" })).toBeVisible();
  await expect(person.getByText("The server cannot be reached.")).toBeVisible();
  // Everything else goes on.
  await person.getByRole("link", { name: "New chat" }).first().click();
  await new Chat(person).start("echo still here");
  await person.getByRole("link", { name: "Settings" }).click();
  await expect(person.getByRole("heading", { name: "This page could not be loaded" })).toBeVisible();
  await give();
  await person.getByRole("link", { name: "Try again" }).click();
  await live(person);
  await theme(person).selectOption("dark");
  await expect(person.locator('html[data-theme="dark"]')).toBeAttached();
});

/** Ways to what lies over the page, and what that is called. */
const menu = async (page: Page, name: string): Promise<void> => {
  await page.locator("#thread-menu").click();
  await page.getByRole("button", { name, exact: true }).click();
};
const DIALOGS: [string, RegExp, (page: Page) => Promise<void>][] = [
  ["the list of shortcuts", /Keyboard shortcuts/, (page) => page.keyboard.press("Control+/")],
  ["the question before a thread goes", /Delete/, (page) => menu(page, "Delete")],
  ["a question about a thread", /System message/, (page) => menu(page, "System message…")],
];

for (const [what, name, open] of DIALOGS) {
  test(`${what}: where it cannot be fetched that is said, and it can be opened again`, async ({ person, quiet }) => {
    quiet.expected.push(/ERR_FAILED|Failed to fetch/);
    const chat = new Chat(person);
    await chat.start("echo to be asked about");
    await chat.settled();
    const give = await withhold(person);
    await open(person);
    await expect(chat.toasts).toContainText("The server cannot be reached.");
    await expect(person.getByRole("dialog", { name })).toBeHidden();
    await give();
    await open(person);
    await expect(person.getByRole("dialog", { name })).toBeVisible();
  });
}

test("a page whose parts are gone, as after an upgrade, is loaded again, and keeps what was being written", async ({ person, quiet }) => {
  quiet.expected.push(/404|Failed to execute 'compile'|MIME type/);
  const chat = new Chat(person);
  await chat.start("echo from before the upgrade");
  await chat.settled();
  await chat.text.fill("half a thought");
  await chat.answer.click();
  // What a server of another version answers.
  await person.route(PART, (route) => route.fulfill({ status: 404, contentType: "text/html", body: "no such page" }));
  await person.keyboard.press("Control+/");
  await expect(chat.toasts).toContainText("The server cannot be reached.");
  await expect(person.locator('[data-connection="open"]')).toBeAttached();
  const again = person.waitForEvent("load");
  await person.keyboard.press("Control+/");
  await again;
  await live(person);
  await expect(chat.text).toHaveValue("half a thought");
});

test("a page that came without its part works without, and is alive once that can be fetched", async ({ page, quiet }, info) => {
  quiet.expected.push(/ERR_FAILED|Failed to fetch/);
  const email = `${info.workerIndex}-${info.testId}@example.org`;
  await signUp(page, email);
  const give = await withhold(page);
  const refused = page.waitForEvent("requestfailed", (request) => PART.test(new URL(request.url()).pathname));
  await page.goto("/settings");
  await refused;
  // It is read and sent as where there is no program.
  await theme(page).selectOption("dark");
  await theme(page).locator("xpath=ancestor::form").getByRole("button").click();
  await expect(page.locator('html[data-theme="dark"]')).toBeAttached();
  await expect(page.locator("html[data-live]")).toHaveCount(0);
  await give();
  await live(page);
  await theme(page).selectOption("light");
  await expect(page.locator('html[data-theme="light"]')).toBeAttached();
});
