import { Chat } from "../support/chat.ts";
import { expect, live, signUp, test } from "../support/test.ts";

test("a run that failed says why, and another try answers in its place", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("status 503");
  await chat.settled("failed");
  const dialog = person.getByRole("dialog");
  await expect(dialog).toContainText("The model's server failed");
  await person.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(chat.answer).toContainText("The model's server reported an error.");
  await expect(chat.rows.first()).toContainText("status 503");
  await chat.answer.getByRole("button", { name: "Try again" }).click();
  await expect(chat.rows).toHaveCount(2);
  await chat.settled("failed");
  expect((await provider.counts()).open).toBeGreaterThanOrEqual(0);
});

test("what came before a break is kept", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("disconnect");
  await chat.settled("failed");
  await expect(chat.answer).toContainText("The connection to the model broke off.");
  expect((await chat.answer.locator(".block").allInnerTexts()).join("").length).toBeGreaterThan(10);
});

test("a page that is not there, and one that is another's, are the same 404", async ({ person, browser, server, open, quiet }, info) => {
  quiet.expected.push(/404/);
  const chat = new Chat(person);
  const url = await chat.start("echo mine alone");
  await chat.settled();
  const context = await browser.newContext({ baseURL: server.url });
  const eve = await open(context);
  await signUp(eve, `eve-${info.testId}@example.org`);
  for (const address of [url, "/chat/thread/0190a000-0000-7000-8000-000000000000", "/chat/thread/x", "/nowhere"]) {
    const response = await eve.goto(address);
    expect(response?.status(), address).toBe(404);
    await expect(eve.getByRole("heading", { name: "There is no such page" })).toBeVisible();
    await expect(eve.getByText("mine alone")).toHaveCount(0);
  }
  await context.close();
});

test("without the network nothing typed is lost", async ({ person, context, quiet }) => {
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const chat = new Chat(person);
  const url = await chat.start("echo connected");
  await chat.settled();
  await context.setOffline(true);
  await chat.say("echo into the void");
  await expect(chat.toasts).toContainText("The server cannot be reached");
  await expect(chat.text).toHaveValue("echo into the void");
  await context.setOffline(false);
  await chat.text.press("Enter");
  await expect(chat.rows).toHaveCount(4);
  await chat.settled();
  await expect(person).toHaveURL(url);
  await live(person);
});

test("where there is no model at all, the composer says what to do", async ({ page, serve }) => {
  const server = await serve({ SKEIN_NO_DEMO: "true" });
  await signUp(page, "ada@example.org", server.url);
  await expect(page.locator(".composer-note")).toContainText("No model can be reached");
  await page.locator(".composer-note").getByRole("button").click();
  await expect(page.getByRole("dialog")).toContainText("OPENAI_API_BASE_URL");
  await page.keyboard.press("Escape");
  const chat = new Chat(page);
  await chat.start("is anybody there?");
  await chat.settled("failed");
  await expect(chat.rows.first()).toContainText("is anybody there?");
});

test("a name that is refused stays in its field", async ({ person, context, quiet }) => {
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const chat = new Chat(person);
  await chat.start("echo to be renamed");
  await chat.settled();
  await chat.sidebar.getByRole("button", { name: /^Rename/ }).click({ force: true });
  const field = person.getByRole("textbox", { name: "Title of the chat" });
  await context.setOffline(true);
  await field.fill("A name for later");
  await field.press("Enter");
  await expect(chat.toasts).toContainText("The server cannot be reached");
  await expect(field).toHaveValue("A name for later");
  await context.setOffline(false);
  await field.press("Enter");
  await expect(chat.sidebar.getByRole("link", { name: /A name for later/ })).toBeVisible();
});
