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

test("a dialog whose part cannot be fetched says so, and can be opened again", async ({ person, quiet }) => {
  quiet.expected.push(/ERR_FAILED|Failed to fetch/);
  const chat = new Chat(person);
  await chat.start("echo to be forked");
  await chat.settled();
  const give = await withhold(person);
  const list = person.getByRole("dialog", { name: "Keyboard shortcuts" });
  await person.keyboard.press("Control+/");
  await expect(chat.toasts).toContainText("The server cannot be reached.");
  await chat.toasts.getByRole("button").first().click();
  await expect(chat.toasts).not.toContainText("The server cannot be reached.");
  await person.locator("#thread-menu").click();
  await person.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(chat.toasts).toContainText("The server cannot be reached.");
  await give();
  await person.keyboard.press("Control+/");
  await expect(list).toBeVisible();
  await person.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await person.locator("#thread-menu").click();
  await person.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(person.getByRole("dialog")).toContainText("Delete");
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
