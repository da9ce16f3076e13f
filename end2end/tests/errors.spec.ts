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

test("without the network nothing typed is lost, and it is sent when the network is back", async ({ person, context, quiet }) => {
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const chat = new Chat(person);
  const url = await chat.start("echo connected");
  await chat.settled();
  await context.setOffline(true);
  await chat.say("echo into the void");
  await expect(chat.note).toHaveText("The server is away. This is sent when it is back.");
  await expect(person.getByText("The server cannot be reached.")).toBeVisible();
  await expect(chat.text).toHaveValue("echo into the void");
  await expect(chat.send).toBeEnabled();
  await context.setOffline(false);
  await expect(chat.rows).toHaveCount(4);
  await chat.settled();
  await expect(chat.text).toHaveValue("");
  await expect(chat.note).not.toContainText("away");
  await expect(person.getByText("The server cannot be reached.")).toBeHidden();
  await expect(person).toHaveURL(url);
  await person.reload();
  await expect(chat.rows).toHaveCount(4);
  await live(person);
});

test("what is sent while the server is stopped is there once, when it runs again", async ({ page, provider, serve, quiet }) => {
  test.setTimeout(60_000);
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const server = await serve({ OPENAI_API_BASE_URL: provider.url });
  await signUp(page, undefined, server.url);
  const chat = new Chat(page);
  await expect(page.locator(".connection")).toHaveAttribute("data-connection", "open");
  await expect(chat.text).toBeVisible();
  // The first message of a thread.
  await server.halt();
  await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  await chat.say("echo the very first");
  await expect(chat.note).toContainText("sent when it is back");
  await expect(chat.text).toHaveValue("echo the very first");
  await server.restart();
  await page.waitForURL(/\/chat\/thread\//);
  await chat.settled();
  await expect(chat.rows).toHaveCount(2);
  // And one of a thread that is there.
  await server.halt("SIGKILL");
  await chat.say("echo and the next");
  await expect(chat.note).toContainText("sent when it is back");
  await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  // Tried at once by hand: still away, and nothing is lost.
  await chat.send.click();
  await expect(chat.text).toHaveValue("echo and the next");
  await server.restart();
  await expect(chat.rows).toHaveCount(4);
  await chat.settled();
  await expect(chat.text).toHaveValue("");
  await expect(page.getByText("The server cannot be reached.")).toBeHidden();
  await page.reload();
  await expect(chat.rows).toHaveCount(4);
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(1);
});

test("a message that arrived, but whose answer to us was lost, is not sent twice", async ({ person, quiet }) => {
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const chat = new Chat(person);
  await chat.start("echo one");
  await chat.settled();
  const clients: (string | null)[] = [];
  await person.route("**/rpc/messages/submit", async (route) => {
    clients.push(new URLSearchParams(route.request().postData() ?? "").get("client"));
    const response = await route.fetch();
    if (clients.length === 1) return route.abort();
    await route.fulfill({ response });
  });
  await chat.say("echo two");
  await expect(chat.text).toHaveValue("");
  expect(clients.length).toBeGreaterThan(1);
  expect(new Set(clients).size).toBe(1);
  await chat.settled();
  await person.reload();
  await expect(chat.rows).toHaveCount(4);
});

test("typing ends the waiting: only what is sent on purpose goes out", async ({ person, context, quiet }) => {
  quiet.expected.push(/ERR_|Failed to (load|fetch)/);
  const chat = new Chat(person);
  await chat.start("echo one");
  await chat.settled();
  await context.setOffline(true);
  await chat.say("echo half");
  await expect(chat.note).toContainText("sent when it is back");
  await chat.text.press("End");
  await chat.text.pressSequentially(" and half");
  await expect(chat.note).not.toContainText("away");
  await context.setOffline(false);
  await expect(person.locator(".connection")).toHaveAttribute("data-connection", "open");
  await expect(chat.text).toHaveValue("echo half and half");
  await expect(chat.rows).toHaveCount(2);
  await chat.send.click();
  await chat.settled();
  await expect(chat.rows).toHaveCount(4);
  await expect(chat.answer).toContainText("half and half");
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
