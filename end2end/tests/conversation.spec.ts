import { LLMock } from "@copilotkit/aimock";
import { Chat } from "../support/chat.ts";
import { expect, live, signUp, test } from "../support/test.ts";

test("the first message leads to its thread, and the stream goes on there", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold lead1 **bold** and the rest");
  await expect(chat.answer).toContainText("Holding");
  await expect(chat.stop).toBeVisible();
  await expect(chat.sidebar.getByRole("link", { name: /hold lead1/ })).toHaveAttribute("aria-current", "page");
  await expect(person).toHaveTitle(/hold lead1 bold and the/);
  await provider.reached("lead1");
  await provider.release("lead1");
  await chat.settled();
  await expect(chat.answer.locator("strong")).toHaveText("bold");
  await expect(chat.rows).toHaveCount(2);
  await expect(chat.send).toBeVisible();
  await expect(chat.text).toHaveValue("");
  await expect(chat.answer).toContainText(/tokens/);
});

test("a reload in the middle shows what was said and goes on", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold mid and then the end of it");
  await provider.reached("mid");
  await expect(chat.answer).toContainText("Holding");
  const said = await chat.answer.locator(".block").allInnerTexts();
  // The answer is in the document itself, before any script has run.
  const html = await (await person.request.get(person.url())).text();
  expect(html).toContain(said.join("").slice(0, 10));
  await person.reload();
  await expect(chat.answer).toContainText(said.join(""));
  await live(person);
  await expect(chat.stop).toBeVisible();
  await provider.release("mid");
  await chat.settled();
  await expect(chat.answer).toContainText("and then the end of it");
  await expect(chat.rows).toHaveCount(2);
});

test("another browser sees all of it live", async ({ person, provider, server, browser, open, context }) => {
  const chat = new Chat(person);
  const url = await chat.start("hold two words from afar");
  await provider.reached("two");
  const elsewhere = await browser.newContext({ baseURL: server.url, storageState: await context.storageState() });
  const other = await new Chat(await open(elsewhere)).open(url);
  await expect(other.answer).toContainText("Holding");
  await provider.release("two");
  await other.settled();
  await expect(other.answer).toContainText("words from afar");
  // And the other way round: what the second one sends, the first one sees.
  await other.say("echo hello there");
  await expect(chat.rows).toHaveCount(4);
  await expect(chat.answer).toContainText("hello there");
  await elsewhere.close();
});

test("it is all there after a restart", async ({ page, provider, serve, quiet }) => {
  const server = await serve({ OPENAI_API_BASE_URL: provider.url });
  quiet.expected.push(/ERR_|Failed to load resource|502|503/);
  await signUp(page, undefined, server.url);
  const chat = new Chat(page);
  const url = await chat.start("echo first things first");
  await chat.settled();
  await chat.say("hold cut never comes");
  await provider.reached("cut");
  await expect(chat.answer).toContainText("Holding");
  await server.restart("SIGTERM");
  // The page that was open comes back by itself.
  await chat.settled("failed");
  await expect(chat.answer).toContainText("Skein was stopped while this was being written.");
  await expect(chat.answer).toContainText("Holding");
  await page.goto(url);
  await expect(chat.rows).toHaveCount(4);
  await expect(chat.answer).toContainText("Holding");
  await live(page);
  await chat.answer.getByRole("button", { name: "Try again" }).click();
  await provider.release("cut", 2);
  await chat.settled();
  await expect(chat.answer).toContainText("never comes");
  await expect(chat.rows).toHaveCount(4);
});

test("a server that nobody here wrote is understood", async ({ page, serve }) => {
  const mock = new LLMock({ port: 0 });
  mock.onMessage("hello", { content: "Hello from *elsewhere*, with `code`." });
  await mock.start();
  const server = await serve({ OPENAI_API_BASE_URL: `${mock.url}/v1`, OPENAI_API_KEY: "sk-test" });
  try {
    await signUp(page, undefined, server.url);
    const chat = new Chat(page);
    const models = page.getByRole("combobox", { name: "Model" });
    await models.selectOption({ label: "gpt-4o" });
    await chat.start("hello");
    await chat.settled();
    await expect(chat.answer.locator("em")).toHaveText("elsewhere");
    await expect(chat.answer).toContainText(/gpt-4o/);
    // The choice is the thread's own.
    await page.reload();
    await expect(models).toHaveValue(/gpt-4o$/);
  } finally {
    await mock.stop();
  }
});

test("a person's own words stay as they were typed", async ({ person }) => {
  const chat = new Chat(person);
  await live(person);
  await chat.text.fill("echo");
  await chat.text.press("Shift+Enter");
  await chat.text.pressSequentially("  <script>alert(1)</script> **not bold**");
  await chat.text.press("Enter");
  await person.waitForURL(/thread/);
  await chat.settled();
  const own = person.locator('article.row[data-role="user"] .block');
  expect(await own.innerText()).toBe("echo\n  <script>alert(1)</script> **not bold**");
  await expect(chat.answer.locator("script")).toHaveCount(0);
  await expect(chat.answer).toContainText("<script>alert(1)</script>");
});

