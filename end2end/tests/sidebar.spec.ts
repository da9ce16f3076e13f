import { Chat } from "../support/chat.ts";
import { expect, live, startSettled, test } from "../support/test.ts";

test("fifteen a page, and a page that is looked at stays", async ({ person, context, open }) => {
  test.setTimeout(90_000);
  const chat = new Chat(person);
  for (let n = 1; n <= 17; n++) await startSettled(person, `echo thread number ${n}`);
  await chat.open("/chat");
  const items = chat.sidebar.getByRole("listitem");
  await expect(items).toHaveCount(15);
  await expect(items.first()).toContainText("thread number 17");
  await expect(chat.sidebar.getByText("1 / 2")).toBeVisible();
  await chat.sidebar.getByRole("link", { name: "Next page" }).click();
  await expect(chat.sidebar.getByText("2 / 2")).toBeVisible();
  await expect(items).toHaveCount(2);
  await expect(items.last()).toContainText("thread number 1");

  // Another tab starts one more; this one stays on its page, whose rows move on by one.
  const other = new Chat(await open(context));
  await other.open("/chat");
  await other.start("echo thread number 18");
  await other.settled();
  await person.bringToFront();
  await expect(items).toHaveCount(3);
  await expect(chat.sidebar.getByText("2 / 2")).toBeVisible();

  await chat.sidebar.getByRole("link", { name: "Previous page" }).click();
  await expect(items.first()).toContainText("thread number 18");
});

test("rename inline, seen in every tab", async ({ person, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo something to rename");
  await chat.settled();
  const other = await new Chat(await open(context)).open(url);
  await person.bringToFront();
  await chat.sidebar.getByRole("button", { name: /^Rename/ }).click({ force: true });
  const field = person.getByRole("textbox", { name: "Title of the chat" });
  await expect(field).toBeFocused();
  await field.fill("dropped");
  await field.press("Escape");
  await expect(chat.sidebar).not.toContainText("dropped");
  await chat.sidebar.getByRole("button", { name: /^Rename/ }).click({ force: true });
  await field.fill("A better name");
  await field.press("Enter");
  await expect(chat.sidebar.getByRole("link", { name: /A better name/ })).toBeVisible();
  await expect(person).toHaveTitle(/A better name/);
  await other.page.bringToFront();
  await expect(other.page.getByRole("heading", { name: "A better name" })).toBeVisible();
  await expect(other.sidebar.getByRole("link", { name: /A better name/ })).toBeVisible();
});

test("delete asks, ends the run, and leads away in every tab", async ({ person, provider, context, open, quiet }) => {
  quiet.expected.push(/404/);
  const chat = new Chat(person);
  const url = await chat.start("hold del never said");
  await provider.reached("del");
  const other = await new Chat(await open(context)).open(url);
  await person.bringToFront();
  await chat.sidebar.getByRole("button", { name: /^Delete/ }).click({ force: true });
  const dialog = person.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expect(chat.answer).toContainText("Holding");
  await chat.sidebar.getByRole("button", { name: /^Delete/ }).click({ force: true });
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(person).toHaveURL(/\/chat$/);
  await expect(chat.sidebar.getByRole("link", { name: /hold del/ })).toHaveCount(0);
  await other.page.bringToFront();
  await expect(other.page).toHaveURL(/\/chat$/);
  const gone = await person.goto(url);
  expect(gone?.status()).toBe(404);
  await expect(person.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});

test("going from thread to thread mixes nothing, and runs go on", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold left one two three");
  await provider.reached("left");
  await chat.sidebar.getByRole("link", { name: "New chat" }).first().click();
  await person.waitForURL(/\/chat$/);
  await chat.start("echo the other one");
  await chat.settled();
  await expect(chat.rows).toHaveCount(2);
  await expect(person.getByText("Holding")).toHaveCount(0);
  await provider.release("left");
  await chat.sidebar.getByRole("link", { name: /hold left/ }).click();
  await chat.settled();
  await expect(chat.answer).toContainText("one two three");
  await expect(chat.rows).toHaveCount(2);
  await live(person);
});
