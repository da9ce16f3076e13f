// What a person chooses: saved at once, seen in every tab, and kept.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { PASSWORD, expect, live, signUp, test } from "../support/test.ts";

/** Opens the settings and waits until they are alive. */
async function settings(page: Page): Promise<void> {
  await page.goto("/settings");
  await live(page);
  // Followed by the person's own channel: what is heard in other tabs is heard here.
  await expect(page.locator('[data-connection="open"]')).toBeAttached();
}

/** Changes a control and waits until it says that it was saved. */
async function choose(page: Page, label: string | RegExp, option: string): Promise<void> {
  const control = page.getByLabel(label, { exact: typeof label === "string" });
  await control.selectOption({ value: option });
  await saved(page, label);
}

async function write(page: Page, label: string, text: string): Promise<void> {
  const control = page.getByLabel(label, { exact: true });
  await control.fill(text);
  await control.blur();
  await saved(page, label);
}

async function saved(page: Page, label: string | RegExp): Promise<void> {
  await expect(row(page, label).getByRole("status")).toHaveText(/Saved|Gespeichert/);
}

function row(page: Page, label: string | RegExp) {
  const exact = typeof label === "string";
  return page.locator(".setting").filter({ has: page.getByLabel(label, { exact }) });
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
}

test("the settings are a link and a key away", async ({ person }) => {
  await person.getByRole("link", { name: "Settings" }).click();
  await expect(person).toHaveURL(/\/settings$/);
  await expect(person.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
  await person.getByRole("link", { name: "New chat" }).first().click();
  await expect(person).toHaveURL(/\/chat$/);
  await person.keyboard.press("Control+.");
  await expect(person).toHaveURL(/\/settings$/);
});

test("the theme holds at once, in every tab, and from the first paint on", async ({ person, open, context }) => {
  await person.emulateMedia({ colorScheme: "light" });
  const light = await background(person);
  const other = await open(context);
  await other.emulateMedia({ colorScheme: "light" });
  await settings(other);
  await settings(person);
  await choose(person, "Theme", "dark");
  const dark = await background(person);
  expect(dark).not.toBe(light);
  await expect(other.getByLabel("Theme", { exact: true })).toHaveValue("dark");
  await expect.poll(() => background(other)).toBe(dark);
  await other.goto("/chat", { waitUntil: "commit" });
  await expect(other.locator('html[data-theme="dark"]')).toBeAttached();
  await choose(person, "Theme", "system");
  await expect.poll(() => background(other)).toBe(light);
});

test("another language comes at once and loses no draft", async ({ person, open, context }) => {
  const chat = new Chat(person);
  await live(person);
  await chat.text.fill("half a thought");
  const other = await open(context);
  await settings(other);
  await other.getByLabel("Language", { exact: true }).selectOption("de");
  await expect(other.getByRole("heading", { name: "Einstellungen", level: 1 })).toBeVisible();
  await expect(other.locator("html")).toHaveAttribute("lang", "de");
  // The tab with the draft turns German too.
  await expect(person.getByRole("heading", { name: "Woran arbeiten wir?" })).toBeVisible();
  await live(person);
  const field = person.getByRole("textbox", { name: "Nachricht" });
  await expect(field).toHaveValue("half a thought");
  await field.fill("code table reasoning");
  await field.press("Enter");
  await person.waitForURL(/thread/);
  await expect(chat.answer).toHaveAttribute("data-status", "completed");
  await expect(chat.answer.getByText(/nachgedacht/)).toBeVisible();
  await expect(chat.answer.getByRole("button", { name: "Kopieren" }).first()).toBeAttached();
  await settings(other);
  await other.getByLabel("Sprache", { exact: true }).selectOption("");
  await expect(other.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("a browser that likes German gets German, without a setting", async ({ browser, server, open }) => {
  const context = await browser.newContext({ baseURL: server.url, locale: "de-AT" });
  const page = await open(context);
  await page.goto("/login");
  await expect(page.getByRole("heading", { name: "Willkommen zurück" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await live(page);
  await expect(page.getByRole("heading", { name: "Willkommen zurück" })).toBeVisible();
  await context.close();
});

test("with send on Enter off, Enter breaks the line and Ctrl+Enter sends", async ({ person, open, context }) => {
  const chat = new Chat(person);
  await live(person);
  const other = await open(context);
  await settings(other);
  await choose(other, "Send on Enter", "off");
  await expect(person.getByText("Ctrl+Enter sends")).toBeVisible();
  await chat.text.fill("echo one");
  await chat.text.press("Enter");
  await chat.text.pressSequentially("two");
  expect(await chat.text.inputValue()).toBe("echo one\ntwo");
  await expect(person).toHaveURL(/\/chat$/);
  await chat.text.press("Control+Enter");
  await person.waitForURL(/thread/);
  await chat.settled();
  await choose(other, "Send on Enter", "on");
  await expect(person.getByText("Enter sends · Shift+Enter for a new line")).toBeVisible();
  await chat.text.fill("echo three");
  await chat.text.press("Control+Enter");
  await expect(chat.rows).toHaveCount(4);
});

test("reasoning stands as it was chosen", async ({ person, open, context }) => {
  const chat = new Chat(person);
  await chat.start("reasoning");
  await chat.settled();
  const thought = chat.answer.locator("details.reasoning");
  await expect(thought).not.toHaveAttribute("open");
  const other = await open(context);
  await settings(other);
  await choose(other, "Reasoning", "open");
  await expect(thought).toHaveAttribute("open");
  await person.reload();
  await live(person);
  await expect(thought).toHaveAttribute("open");
  await thought.locator("summary").click();
  await expect(thought).not.toHaveAttribute("open");
  await choose(other, "Reasoning", "closed");
  await person.reload();
  await expect(thought).not.toHaveAttribute("open");
});

test("without auto-scroll an answer is not followed", async ({ person, provider }, info) => {
  await settings(person);
  await choose(person, "Auto-scroll", "off");
  const chat = new Chat(person);
  await chat.start("long 12");
  await chat.settled();
  const gate = `steady${info.workerIndex}${info.retry}`;
  await chat.say(`step ${gate} ${"word\n\n".repeat(60)}`);
  await provider.reached(gate, 1);
  await expect(chat.rows).toHaveCount(5);
  // One's own message is shown; what is written under it is not followed.
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(10);
  const before = await chat.scroll();
  await provider.release(gate, 120);
  await chat.settled();
  const after = await chat.scroll();
  expect(after.below).toBeGreaterThan(200);
  expect(Math.abs(after.top - before.top)).toBeLessThan(60);
});

test("what the model is told is what was chosen, and can be reset", async ({ person }) => {
  await settings(person);
  await expect(person.getByLabel("Temperature", { exact: true })).toHaveAttribute("placeholder", "Server’s default");
  await expect(row(person, "Temperature").getByRole("button", { name: "Reset: Temperature" })).toBeHidden();
  await write(person, "Temperature", "0,5");
  await expect(person.getByLabel("Temperature", { exact: true })).toHaveValue("0.5");
  await write(person, "System prompt", "Speak like a sailor.");
  const chat = new Chat(person);
  await chat.start("history");
  await chat.settled();
  await expect(chat.answer).toContainText("Speak like a sailor.");
  await settings(person);
  await person.getByRole("button", { name: "Reset: Temperature" }).click();
  await saved(person, "Temperature");
  await expect(person.getByLabel("Temperature", { exact: true })).toHaveValue("");
  await expect(person.getByRole("button", { name: "Reset: Temperature" })).toBeHidden();
});

test("what is refused stays as it was typed, and says why", async ({ person, quiet }) => {
  quiet.expected.push(/422/);
  await settings(person);
  const field = person.getByLabel("Top P", { exact: true });
  await field.fill("2");
  await field.press("Enter");
  await expect(row(person, "Top P").getByRole("status")).toHaveText("This number is out of range.");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveValue("2");
  await field.fill("0.2");
  await field.press("Enter");
  await saved(person, "Top P");
  await expect(field).not.toHaveAttribute("aria-invalid");
});

test("what is changed while the server is away is saved when it is back", async ({ page, serve, provider, quiet }) => {
  quiet.expected.push(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|net::ERR|503|Failed to fetch/);
  const server = await serve({ OPENAI_API_BASE_URL: provider.url });
  await signUp(page, "away@example.org", server.url);
  await page.goto(`${server.url}/settings`);
  await live(page);
  await expect(page.locator('[data-connection="open"]')).toBeAttached();
  await server.halt("SIGKILL");
  await page.getByLabel("Temperature", { exact: true }).fill("0.3");
  await page.getByLabel("Temperature", { exact: true }).blur();
  await expect(row(page, "Temperature").getByRole("status")).toHaveText(/cannot be reached/);
  await expect(page.getByLabel("Temperature", { exact: true })).toHaveValue("0.3");
  await server.restart();
  await saved(page, "Temperature");
  await page.reload();
  await expect(page.getByLabel("Temperature", { exact: true })).toHaveValue("0.3");
});

test("the chosen model is that of new chats", async ({ person }) => {
  await settings(person);
  const options = person.getByLabel("Default model", { exact: true }).locator("option");
  await expect(options.first()).toHaveText("Server’s default");
  const id = (await options.last().getAttribute("value"))!;
  await choose(person, "Default model", id);
  await person.getByRole("link", { name: "New chat" }).first().click();
  await expect(person.getByLabel("Model", { exact: true })).toHaveValue(id);
});

test("another name is everywhere at once", async ({ person, open, context }) => {
  await live(person);
  const other = await open(context);
  await settings(other);
  await write(other, "Name", "Ada Lovelace");
  await expect(person.locator(".account-name")).toHaveText("Ada Lovelace");
  await expect(person.locator(".avatar")).toHaveText("AL");
});

test("another password signs out everywhere else", async ({ person, browser, server, open, quiet }, info) => {
  quiet.expected.push(/422/, /401/);
  const email = `${info.workerIndex}-${info.testId}@example.org`;
  const context = await browser.newContext({ baseURL: server.url });
  const phone = await open(context);
  await signIn(phone, email, PASSWORD);
  await settings(person);
  await expect(person.getByText("A new password signs you out everywhere else.")).toBeVisible();
  await person.getByLabel("Current password", { exact: true }).fill("not this one");
  await person.getByLabel("New password", { exact: true }).fill("another horse battery");
  await person.getByRole("button", { name: "Change password" }).click();
  await expect(person.getByText("This is not your current password.")).toBeVisible();
  await expect(person.getByLabel("Current password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(person.getByLabel("New password", { exact: true })).toHaveValue("another horse battery");
  await person.getByLabel("Current password", { exact: true }).fill(PASSWORD);
  await person.getByLabel("New password", { exact: true }).press("Enter");
  await expect(person.getByText("Changed. You are signed out everywhere else.")).toBeVisible();
  await expect(person.getByLabel("New password", { exact: true })).toHaveValue("");
  await expect(phone).toHaveURL(/\/login/);
  await signIn(phone, email, "another horse battery");
  await expect(person).toHaveURL(/\/settings$/);
  await context.close();
});

test("a session can be ended from another", async ({ person, browser, server, open, quiet }, info) => {
  quiet.expected.push(/401/);
  const email = `${info.workerIndex}-${info.testId}@example.org`;
  const context = await browser.newContext({ baseURL: server.url });
  const phone = await open(context);
  await signIn(phone, email, PASSWORD);
  await settings(person);
  const sessions = person.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "This browser" })).toHaveCount(1);
  await expect(sessions.first()).toContainText("Chrome · Linux");
  await sessions.filter({ hasText: "Last used" }).getByRole("button", { name: /Sign out/ }).click();
  await expect(sessions).toHaveCount(1);
  await expect(phone).toHaveURL(/\/login/);
  await signIn(phone, email, PASSWORD);
  await person.reload();
  await live(person);
  await person.getByRole("button", { name: "Sign out 1 other session" }).click();
  await expect(sessions).toHaveCount(1);
  await expect(phone).toHaveURL(/\/login/);
  await context.close();
});

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/chat$/);
  await live(page);
  await expect(page.locator('[data-connection="open"]')).toBeAttached();
}

test("what the operator fixed says so and cannot be changed", async ({ page, serve, provider }) => {
  const server = await serve({ OPENAI_API_BASE_URL: provider.url, DEFAULT_SYSTEM_PROMPT: "Obey.", DEFAULT_LOCALE: "en" });
  await signUp(page, "fixed@example.org", server.url);
  await page.goto(`${server.url}/settings`);
  await live(page);
  for (const label of ["Language", "System prompt"]) {
    await expect(page.getByLabel(label, { exact: true })).toBeDisabled();
    await expect(row(page, label)).toContainText("Set by whoever runs this server.");
  }
  await expect(page.getByLabel("System prompt", { exact: true })).toHaveValue("Obey.");
  await expect(page.getByLabel("Temperature", { exact: true })).toBeEnabled();
});

test("the settings are walked by keyboard alone", async ({ person }) => {
  await settings(person);
  const theme = person.getByLabel("Theme", { exact: true });
  await theme.focus();
  await person.keyboard.press("ArrowDown");
  await saved(person, "Theme");
  await expect(person.locator("html")).toHaveAttribute("data-theme", "light");
  for (const label of ["Language", "Send on Enter", "Auto-scroll", "Reasoning", "List of chats", "Default model", "System prompt"]) {
    await person.keyboard.press("Tab");
    await expect(person.getByLabel(label, { exact: true })).toBeFocused();
  }
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("each section is a form", async ({ page }, info) => {
    await page.goto("/signup");
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Email").fill(`still-${info.workerIndex}-${info.testId}@example.org`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: /create/i }).click();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Theme", { exact: true }).selectOption("dark");
    await page.getByLabel("Send on Enter", { exact: true }).selectOption("off");
    const section = (name: string) => page.locator("form").filter({ has: page.getByRole("heading", { name }) });
    await section("General").getByRole("button", { name: "Save" }).click();
    await expect(page).toHaveURL(/\/settings\?saved/);
    await expect(page.getByText("Saved")).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await expect(page.getByLabel("Send on Enter", { exact: true })).toHaveValue("off");

    await page.getByLabel("Temperature", { exact: true }).fill("9");
    await section("Sampling").getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("This number is out of range.").first()).toBeVisible();
    await expect(page.getByLabel("Temperature", { exact: true })).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Temperature", { exact: true }).fill("0.9");
    await section("Sampling").getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved")).toBeVisible();
    await expect(page.getByLabel("Temperature", { exact: true })).toHaveValue("0.9");

    await page.getByLabel("Current password", { exact: true }).fill("not this one");
    await page.getByLabel("New password", { exact: true }).fill("another horse battery");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByText("This is not your current password.").first()).toBeVisible();
    await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill("another horse battery");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByText("Saved")).toBeVisible();

    await page.getByLabel("Language", { exact: true }).selectOption("de");
    await section("General").getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name: "Einstellungen", level: 1 })).toBeVisible();
    await page.getByRole("region", { name: "Wo du angemeldet bist" }).getByRole("button", { name: /Abmelden/ }).click();
    await expect(page).toHaveURL(/\/login/);
  });
});
