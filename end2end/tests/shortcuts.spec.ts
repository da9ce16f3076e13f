// Shortcuts: by the keys they come with, by others, and by none; and what they never do.
import type { Locator, Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, live, signUpPlainly, startSettled, test } from "../support/test.ts";

const list = (page: Page): Locator => page.getByRole("dialog", { name: "Keyboard shortcuts" });

/** Waits until the page is alive and hears what other tabs do. */
async function followed(page: Page): Promise<void> {
  await live(page);
  await expect(page.locator('[data-connection="open"]')).toBeAttached();
}

async function settings(page: Page): Promise<void> {
  await page.goto("/settings");
  await followed(page);
}

const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true });

function status(page: Page, name: string): Locator {
  return page.locator(".setting").filter({ has: field(page, name) }).getByRole("status");
}

/** What is in the clipboard. */
const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

/** Puts a button into the last row of a role, for what other parts of the page bring along, and counts its presses. */
async function button(page: Page, role: string, name: string): Promise<() => Promise<string | null>> {
  await page.locator(`article.row[data-role="${role}"]`).last().evaluate((row, name) => {
    const button = document.createElement("button");
    button.className = name;
    button.dataset.pressed = "0";
    button.addEventListener("click", () => (button.dataset.pressed = String(Number(button.dataset.pressed) + 1)));
    row.append(button);
  }, name);
  return () => page.locator(`button.${name}[data-pressed]`).getAttribute("data-pressed");
}

test("the list opens by its keys and from the sidebar, and says which keys there are", async ({ person }) => {
  await followed(person);
  await person.keyboard.press("Control+/");
  await expect(list(person)).toBeVisible();
  const row = (name: string) => list(person).getByRole("listitem").filter({ hasText: name });
  await expect(row("New chat")).toContainText("Ctrl+Shift+O");
  await expect(row("Change your last message")).toContainText("↑");
  await expect(list(person).getByRole("listitem")).toHaveCount(22);
  // It is read from its beginning, and no key does anything to what is below it.
  await expect(list(person).getByRole("group")).toBeFocused();
  await person.keyboard.press("Control+.");
  await expect(person).toHaveURL(/\/chat$/);
  await person.keyboard.press("Escape");
  await expect(list(person)).toBeHidden();
  await person.getByRole("link", { name: "Keyboard shortcuts" }).click();
  await expect(list(person)).toBeVisible();
  await list(person).getByRole("link", { name: "Change them" }).click();
  await expect(person).toHaveURL(/\/settings/);
  await expect(list(person)).toBeHidden();
  await expect(field(person, "New chat")).toHaveAttribute("placeholder", "Ctrl+Shift+O");
});

test("each does what it says, by the keys it comes with", async ({ person, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const chat = new Chat(person);
  const older = await startSettled(person, "echo the older one");
  const url = await startSettled(person, "echo some words\n\n```\nlet x = 1;\n```");
  const newest = await startSettled(person, "echo the newest one");
  const press = (keys: string) => person.keyboard.press(keys);
  await chat.open(url);
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(3);
  const dialog = person.getByRole("dialog");

  const table: [string, () => Promise<void>][] = [
    ["Control+Shift+C", () => expect.poll(() => clipboard(person)).toContain("some words")],
    ["Control+Shift+:", () => expect.poll(() => clipboard(person)).toMatch(/^let x = 1;\n?$/)],
    ["Control+Shift+M", () => expect(person.getByLabel("Model", { exact: true })).toBeFocused()],
    ["Shift+Escape", () => expect(chat.text).toBeFocused()],
    ["Control+b", () => expect(chat.sidebar).toBeHidden()],
    ["Control+b", () => expect(chat.sidebar).toBeVisible()],
    ["Control+Shift+E", () => expect(person.getByRole("textbox", { name: "Title of the chat" })).toBeFocused()],
    ["Escape", () => expect(person.getByRole("textbox", { name: "Title of the chat" })).toBeHidden()],
    ["Control+Shift+Backspace", () => expect(dialog.getByRole("heading", { name: /^Delete/ })).toBeVisible()],
    ["Escape", () => expect(dialog).toBeHidden()],
    ["Alt+g", () => expect(person.getByLabel("Go to a day")).toBeFocused()],
    ["Escape", () => expect(person.getByLabel("Go to a day")).toBeHidden()],
    ["Control+Shift+ArrowUp", () => person.waitForURL(`**${newest}`)],
    ["Control+Shift+ArrowDown", () => person.waitForURL(`**${url}`)],
    ["Control+Shift+ArrowDown", () => person.waitForURL(`**${older}`)],
    ["Control+Shift+O", () => person.waitForURL(/\/chat$/)],
    ["Control+Shift+ArrowDown", () => person.waitForURL(`**${newest}`)],
    ["Control+.", () => person.waitForURL(/\/settings$/)],
    ["Control+/", () => expect(list(person)).toBeVisible()],
  ];
  for (const [keys, done] of table) {
    await press(keys);
    await test.step(keys, done);
  }
});

test("a key presses what its thread has, and is the browser's where there is nothing", async ({ person }) => {
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo something"));
  const taken = (key: string) =>
    person.evaluate(
      (key) => !document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, altKey: true, bubbles: true, cancelable: true })),
      key,
    );
  expect(await taken("ArrowLeft")).toBe(false);
  const [back, on] = [await button(person, "assistant", "version-prev"), await button(person, "assistant", "version-next")];
  const again = await button(person, "assistant", "regenerate-row");
  expect(await taken("ArrowLeft")).toBe(true);
  await expect.poll(back).toBe("1");
  await person.keyboard.press("Alt+ArrowRight");
  await expect.poll(on).toBe("1");
  await person.keyboard.press("Alt+r");
  await expect.poll(again).toBe("1");
  // In the composer only as long as it is empty.
  await chat.text.fill("half a thought");
  await chat.text.press("Alt+r");
  await chat.text.press("Alt+ArrowRight");
  expect([await again(), await on()]).toEqual(["1", "1"]);
});

test("another answer, the versions of it and a change are a key away", async ({ person }) => {
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo said by keys"));
  const version = person.locator(".versions").last();
  await person.keyboard.press("Alt+r");
  await expect(version).toContainText("2/2");
  await chat.settled();
  await person.keyboard.press("Alt+ArrowLeft");
  await expect(version).toContainText("1/2");
  // Before the first there is none, and no page that was open before.
  await person.keyboard.press("Alt+ArrowLeft");
  await person.keyboard.press("Alt+ArrowRight");
  await expect(version).toContainText("2/2");
  await expect(person).toHaveURL(/\/chat\/thread\//);
  await chat.text.press("ArrowUp");
  const change = person.locator(".row-edit textarea");
  await expect(change).toBeFocused();
  await expect(change).toHaveValue("echo said by keys");
});

test("Up in the empty composer changes the last message", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold upkey done");
  await provider.reached("upkey");
  const edit = await button(person, "user", "edit-row");
  await chat.text.fill("something\nelse");
  await chat.text.press("ArrowUp");
  expect(await edit()).toBe("0");
  await chat.text.fill("");
  await person.getByLabel("Model", { exact: true }).focus();
  await person.keyboard.press("ArrowUp");
  expect(await edit()).toBe("0");
  await chat.text.press("ArrowUp");
  await expect.poll(edit).toBe("1");
  // What still waits is the last there is.
  await chat.say("echo this waits");
  await expect(person.locator(".queued")).toBeVisible();
  await chat.text.press("ArrowUp");
  const waiting = person.getByRole("textbox", { name: "Message that waits" });
  await expect(waiting).toBeFocused();
  await expect(waiting).toHaveValue("echo this waits");
});

test("no key takes a selection away, and Escape leaves the answer to whoever has selected something", async ({ person, provider, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo words to be selected\n\n```\nlet x = 1;\n```"));
  await chat.say("hold select done");
  await provider.reached("select");
  const select = () =>
    person.evaluate(() => {
      const selection = getSelection()!;
      selection.selectAllChildren(document.querySelector("article.row[data-role=assistant] .block p")!);
      return selection.toString();
    });
  const selected = () => person.evaluate(() => getSelection()!.toString());
  await person.locator("#main").focus();
  const words = await select();
  expect(words).toContain("words to be selected");
  for (const keys of ["Escape", "Control+b", "Control+b", "Control+Shift+C", "Control+Shift+:", "PageUp", "a", "Alt+ArrowUp"]) {
    await person.keyboard.press(keys);
    expect(await selected(), keys).toBe(words);
  }
  await expect.poll(() => clipboard(person)).toMatch(/^let x = 1;\n?$/);
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  // The same where a page has no clipboard and copies by a selection of its own.
  await person.evaluate(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }));
  await person.keyboard.press("Control+Shift+C");
  await expect(person.locator(".copy-row[data-copied]")).toHaveCount(1);
  expect(await selected()).toBe(words);
  // What is selected in the field is a selection too.
  await chat.text.fill("half a thought");
  await chat.text.press("Control+a");
  await chat.text.press("Escape");
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  await chat.text.press("End");
  // An input method's Escape is its own.
  for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
    await chat.text.evaluate((field, init) => {
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", code: "Escape", bubbles: true, cancelable: true, ...init }));
    }, init);
  }
  await expect(chat.stop).toBeVisible();
  await expect(chat.stop).not.toHaveAttribute("aria-busy");
  await chat.text.press("Escape");
  await chat.settled("cancelled");
});

test("other keys hold at once in every tab, and after a reload", async ({ person, context, open }) => {
  await followed(person);
  const other = await open(context);
  await settings(other);
  // Pressed, not typed.
  await field(other, "New chat").focus();
  await other.keyboard.press("Control+Alt+k");
  await expect(field(other, "New chat")).toHaveValue("Ctrl+Alt+K");
  await expect(status(other, "New chat")).toHaveText("Saved");
  // Written, in whichever way.
  await field(other, "Open the settings").fill("alt + shift+s");
  await field(other, "Open the settings").press("Enter");
  await expect(field(other, "Open the settings")).toHaveValue("Alt+Shift+S");
  await person.bringToFront();
  await person.keyboard.press("Alt+Shift+S");
  await person.waitForURL(/\/settings$/);
  await person.keyboard.press("Control+Shift+O");
  await person.keyboard.press("Control+Alt+k");
  await person.waitForURL(/\/chat$/);
  await person.reload();
  await followed(person);
  await person.keyboard.press("Control+.");
  await person.keyboard.press("Control+/");
  await expect(list(person).getByRole("listitem").filter({ hasText: "New chat" })).toContainText("Ctrl+Alt+K");
  await person.keyboard.press("Escape");
  await expect(person).toHaveURL(/\/chat$/);
  await person.keyboard.press("Alt+Shift+S");
  await person.waitForURL(/\/settings$/);
  // Back to what it comes with.
  await followed(person);
  await person.getByRole("button", { name: "Reset: New chat" }).click();
  await expect(status(person, "New chat")).toHaveText("Saved");
  await expect(field(person, "New chat")).toHaveValue("");
  await field(person, "New chat").blur();
  await person.keyboard.press("Control+Shift+O");
  await person.waitForURL(/\/chat$/);
});

test("keys that are taken or needed are refused with the reason", async ({ person, quiet }) => {
  quiet.expected.push(/422/);
  await settings(person);
  for (const [written, said] of [
    ["Ctrl+Shift+C", "These keys are taken: “Copy the last answer” has them."],
    ["x", /needed to write/],
    ["Shift+X", /needed to write/],
    ["Ctrl+V", /needed to write/],
    ["ctrl alt", /These are no keys/],
  ] as const) {
    await field(person, "New chat").fill(written);
    await field(person, "New chat").press("Enter");
    await expect(status(person, "New chat")).toHaveText(said);
    await expect(field(person, "New chat")).toHaveAttribute("aria-invalid", "true");
    await expect(field(person, "New chat")).toHaveValue(written);
  }
  await field(person, "New chat").fill("-");
  await field(person, "New chat").press("Enter");
  await expect(status(person, "New chat")).toHaveText("Saved");
  await field(person, "New chat").blur();
  await person.keyboard.press("Control+/");
  await expect(list(person).getByRole("listitem").filter({ hasText: "New chat" })).toHaveCount(0);
});

test("one switch puts all of them out, and what is said about keys with them", async ({ person, provider, context, open }) => {
  const chat = new Chat(person);
  await chat.start("hold switch done");
  await provider.reached("switch");
  await expect(chat.note).toContainText("Esc stops");
  const other = await open(context);
  await settings(other);
  await field(other, "Shortcuts").selectOption("off");
  await expect(status(other, "Shortcuts")).toHaveText("Saved");
  await person.bringToFront();
  await expect(chat.note).not.toContainText("Esc stops");
  for (const keys of ["Control+/", "Control+.", "Control+Shift+O", "Control+b", "Escape"]) await person.keyboard.press(keys);
  await person.getByRole("link", { name: "Keyboard shortcuts" }).click();
  await expect(list(person)).toContainText("The shortcuts are switched off.");
  await expect(list(person).getByRole("listitem")).toHaveCount(0);
  await expect(person).toHaveURL(/thread/);
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  await expect(chat.stop).not.toHaveAttribute("aria-busy");
  await list(person).getByRole("button", { name: "Close" }).click();
  await expect(chat.sidebar).toBeVisible();
  await provider.release("switch");
  await chat.settled();
});

test("the list of chats stays hidden, in every tab, until it is wanted", async ({ person, context, open }) => {
  const chat = new Chat(person);
  await followed(person);
  const other = new Chat(await open(context));
  await other.open("/chat");
  await followed(other.page);
  await other.page.keyboard.press("Control+b");
  await expect(other.sidebar).toBeHidden();
  await person.bringToFront();
  await expect(chat.sidebar).toBeHidden();
  // From the first paint on; and it opens over the page.
  await person.goto("/chat", { waitUntil: "commit" });
  await expect(person.locator('html[data-sidebar="off"]')).toBeAttached();
  await followed(person);
  await person.getByRole("button", { name: "Open the list of chats" }).click();
  await expect(chat.sidebar).toBeVisible();
  await person.keyboard.press("Escape");
  await expect(chat.sidebar).toBeHidden();
  await person.keyboard.press("Control+b");
  await expect(chat.sidebar).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("keys are written into a form", async ({ page }, info) => {
    await signUpPlainly(page, `keys-${info.workerIndex}-${info.testId}@example.org`);
    await page.getByRole("link", { name: "Keyboard shortcuts" }).click();
    await expect(page).toHaveURL(/\/settings#shortcuts$/);
    await expect(field(page, "Shortcuts")).toBeInViewport();
    const save = page.locator("form").filter({ has: page.getByRole("heading", { name: "Keyboard shortcuts" }) });
    await field(page, "New chat").fill("strg+umschalt+x");
    await field(page, "Shortcuts").selectOption("off");
    await save.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved")).toBeVisible();
    await expect(field(page, "New chat")).toHaveValue("Ctrl+Shift+X");
    await expect(field(page, "Shortcuts")).toHaveValue("off");
    await field(page, "Open the settings").fill("Ctrl+Shift+X");
    await save.getByRole("button", { name: "Save" }).click();
    await expect(status(page, "Open the settings")).toHaveText("These keys are taken: “New chat” has them.");
    await expect(page.locator(".setting [aria-invalid=true]")).toHaveCount(1);
    // The title tells nothing that it could not take back.
    await page.goto("/chat");
    await expect(page).toHaveTitle("New chat · Skein");
  });
});
