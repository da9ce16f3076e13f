// Without WASM: the same pages, as documents and forms.
import { Chat } from "../support/chat.ts";
import { PASSWORD, expect, signUpPlainly as signUp, startSettled, test } from "../support/test.ts";

test.use({ javaScriptEnabled: false });

test("sign up, send, read and sign out with plain forms", async ({ page }, info) => {
  const email = `plain-${info.workerIndex}-${info.testId}@example.org`;
  await signUp(page, email);
  const chat = new Chat(page);
  await chat.text.fill("echo sent by a form");
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await expect
    .poll(async () => {
      await page.reload();
      return chat.answer.getAttribute("data-status");
    })
    .toBe("completed");
  await expect(chat.answer).toContainText("sent by a form");
  await expect(chat.sidebar.getByRole("link", { name: /echo sent/ })).toHaveAttribute("aria-current", "page");
  await chat.text.fill("echo and once more");
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await expect(chat.rows.filter({ hasText: "and once more" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/chat$/);
});

test("rename and delete ask on the thread's page", async ({ page, quiet }, info) => {
  quiet.expected.push(/404/);
  await signUp(page, `plain-rename-${info.workerIndex}-${info.testId}@example.org`);
  const path = await startSettled(page, "echo something with a name");
  await page.goto(path);
  const chat = new Chat(page);
  // From the list, without leaving the name as it is, and from the menu.
  await chat.sidebar.getByRole("listitem").hover();
  await chat.sidebar.getByRole("button", { name: /^Rename/ }).click();
  const title = page.getByRole("textbox", { name: "Title of the chat" });
  await title.fill("Named by a form");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Named by a form");
  await expect(chat.sidebar).toContainText("Named by a form");
  await page.getByLabel("More about this chat").click();
  await page.locator(".menu").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: /Named by a form.*\?/ })).toBeVisible();
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  await page.getByLabel("More about this chat").click();
  await page.locator(".menu").getByRole("button", { name: "Delete" }).click();
  await page.locator(".ask").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(0);
  expect((await page.goto(path))?.status()).toBe(404);
});

test("a run is stopped and asked again by forms", async ({ page, provider }, info) => {
  await signUp(page, `plain-stop-${info.workerIndex}-${info.testId}@example.org`);
  const chat = new Chat(page);
  const gate = `plain-${info.workerIndex}-${info.testId}`;
  await chat.text.fill(`hold ${gate} never said`);
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await provider.reached(gate);
  await page.reload();
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  await chat.stop.click();
  await expect(chat.answer).toHaveAttribute("data-status", "cancelled");
  await expect(chat.answer).toContainText("Stopped");
  await chat.answer.getByRole("button", { name: "Ask again" }).click();
  // The page that the form led to, before it is loaded again.
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  await provider.reached(gate);
  await provider.release(gate);
  await expect
    .poll(async () => {
      await page.reload();
      return chat.answer.getAttribute("data-status");
    })
    .toBe("completed");
  await expect(chat.answer).toContainText("never said");
});

test("threads and older messages are paged by links", async ({ page }, info) => {
  await signUp(page, `plain-pages-${info.workerIndex}-${info.testId}@example.org`);
  let path = "";
  for (let n = 1; n <= 16; n++) path = await startSettled(page, `echo thread ${n}`);
  const thread = path.split("/").pop() as string;
  for (let n = 1; n <= 17; n++) {
    await page.request.post("/rpc/messages/submit", { form: { thread, text: `echo turn ${n}` } });
    await expect
      .poll(async () => (await page.request.get(path)).text())
      .not.toMatch(/data-role="assistant"[^>]*data-status="(pending|running)"/);
  }
  await page.goto(path);
  const chat = new Chat(page);
  await expect(chat.rows).toHaveCount(30);
  await expect(chat.rows.first()).not.toContainText("thread 16");
  await page.getByRole("link", { name: "Earlier messages" }).click();
  await expect(chat.rows).toHaveCount(6);
  await expect(chat.rows.first()).toContainText("thread 16");
  await page.getByRole("link", { name: "Go to the newest message" }).click();
  await expect(chat.rows.last()).toContainText("turn 17");
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(15);
  await chat.sidebar.getByRole("link", { name: "Next page" }).click();
  await expect(chat.sidebar.getByText("2 / 2")).toBeVisible();
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(1);
});

test("a form that is refused says why on its page", async ({ page }, info) => {
  await signUp(page, `plain-refused-${info.workerIndex}-${info.testId}@example.org`);
  const path = await startSettled(page, "echo here");
  await page.goto(path);
  await page.locator("#composer-text").evaluate((field) => field.removeAttribute("required"));
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("Write a message first");
  await expect(page).toHaveURL(new RegExp(path));
});

test("an answer that is being written says so, with a link to what has come", async ({ page, provider }, info) => {
  await signUp(page, `plain-running-${info.workerIndex}-${info.testId}@example.org`);
  const chat = new Chat(page);
  const gate = `running-${info.workerIndex}-${info.testId}`;
  await chat.text.fill(`hold ${gate} the rest of it`);
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await provider.reached(gate);
  await expect(chat.note).toContainText("The answer is being written.");
  await expect(chat.note).not.toContainText("Esc", { useInnerText: true });
  const reload = chat.note.getByRole("link", { name: /Load the page again/ });
  await expect
    .poll(async () => {
      await reload.click();
      return chat.answer.innerText();
    })
    .toContain("Holding");
  await provider.release(gate);
  await expect
    .poll(async () => {
      if (await reload.isVisible()) await reload.click();
      return chat.answer.getAttribute("data-status");
    })
    .toBe("completed");
  await expect(chat.answer).toContainText("the rest of it");
  await expect(reload).toHaveCount(0);
});
