// What is sent while an answer is being written: it waits, can be changed, sent at once or taken back.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, live, signUp, test } from "../support/test.ts";

/** The rows that wait, and what one can do with them. */
class Queue {
  constructor(readonly page: Page) {}

  get rows() {
    return this.page.locator('article.row[data-status="pending"]');
  }

  row(text: string) {
    return this.rows.filter({ hasText: text });
  }

  async edit(row: string, text: string): Promise<void> {
    await this.row(row).locator("summary").click();
    await this.row(row).getByRole("textbox", { name: "Message that waits" }).fill(text);
    await this.row(row).getByRole("button", { name: "Save" }).click();
  }

  async remove(row: string): Promise<void> {
    await this.row(row).getByRole("button", { name: "Remove" }).click();
  }

  async sendNow(row: string): Promise<void> {
    await this.row(row).getByRole("button", { name: /Send now/ }).click();
  }
}

/** What was said, row by row. */
async function said(page: Page): Promise<string[]> {
  const texts = await page.locator('article.row:not([data-status="pending"]) > .blocks').allInnerTexts();
  return texts.map((text) => text.trim());
}

test("a second message waits for the answer's end, and every tab shows it", async ({ person, provider, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("hold wait1 done");
  await provider.reached("wait1");
  await expect(chat.answer).toContainText("Holding");
  const other = await new Chat(await open(context)).open(url);
  // Nothing typed: only Stop is there. With something typed there is a way to send it, and Stop stays.
  await expect(person.locator(".composer .send:visible")).toHaveCount(1);
  await chat.text.fill("echo one");
  await expect(person.getByRole("button", { name: "Send when the answer has ended" })).toBeVisible();
  await expect(chat.stop).toBeVisible();
  await chat.text.press("Enter");
  await expect(chat.text).toHaveValue("");
  await chat.say("echo two");
  for (const page of [person, other.page]) {
    await expect(new Queue(page).rows).toHaveText([/echo one/, /echo two/]);
    await expect(new Queue(page).row("echo one")).toContainText("Waits for the answer's end");
  }
  await person.reload();
  await live(person);
  await expect(new Queue(person).rows).toHaveCount(2);
  await provider.release("wait1");
  for (const page of [person, other.page]) {
    await expect(page.locator('article.row[data-status="completed"]')).toHaveCount(6);
    await expect(new Queue(page).rows).toHaveCount(0);
    expect((await said(page)).slice(2)).toEqual(["echo one", "one", "echo two", "two"]);
  }
});

test("what waits is changed, taken back and sent at once", async ({ person, provider }) => {
  const chat = new Chat(person);
  const queue = new Queue(person);
  await chat.start("hold wait2 never");
  await provider.reached("wait2");
  await expect(chat.answer).toContainText("Holding");
  for (const text of ["echo one", "echo two", "echo three"]) {
    await chat.say(text);
    await expect(queue.row(text)).toBeVisible();
  }
  await queue.edit("echo one", "echo uno");
  await expect(queue.row("echo uno")).toBeVisible();
  await expect(queue.row("echo uno").getByRole("textbox")).toBeHidden();
  await queue.remove("echo two");
  await expect(queue.rows).toHaveCount(2);
  await queue.sendNow("echo three");
  await expect(queue.rows).toHaveCount(0);
  await expect(person.locator('article.row[data-status="completed"]')).toHaveCount(5);
  expect((await said(person)).slice(2)).toEqual(["echo three", "three", "echo uno", "uno"]);
  await expect(person.locator('article.row[data-status="cancelled"]')).toHaveCount(1);
});

test("without scripts too", async ({ browser, server, provider, open }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const page = await open(context);
  await page.goto("/signup");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(`plain-queue-${Date.now()}@example.org`);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: /create/i }).click();
  const chat = new Chat(page);
  const queue = new Queue(page);
  await chat.text.fill("hold wait3 never");
  await chat.send.click();
  await provider.reached("wait3");
  for (const text of ["echo one", "echo two", "echo three"]) {
    await chat.text.fill(text);
    await page.getByRole("button", { name: "Send when the answer has ended" }).click();
    await expect(queue.row(text)).toBeVisible();
  }
  await queue.edit("echo one", "echo uno");
  await expect(queue.rows).toHaveText([/echo uno/, /echo two/, /echo three/]);
  await queue.remove("echo two");
  await expect(queue.rows).toHaveCount(2);
  await queue.sendNow("echo three");
  await expect(async () => {
    await page.reload();
    expect((await said(page)).slice(2)).toEqual(["echo three", "three", "echo uno", "uno"]);
  }).toPass();
  await context.close();
});

test("a crowd's last word: what waits outlives a restart and is sent by its person", async ({ page, provider, serve, quiet }) => {
  const server = await serve({ OPENAI_API_BASE_URL: provider.url });
  quiet.expected.push(/ERR_|Failed to load resource|502|503/);
  await signUp(page, undefined, server.url);
  const chat = new Chat(page);
  const queue = new Queue(page);
  await chat.start("hold wait4 never");
  await provider.reached("wait4");
  await expect(chat.answer).toContainText("Holding");
  await chat.say("echo after all");
  await expect(queue.row("echo after all")).toBeVisible();
  await server.restart("SIGKILL");
  await expect(queue.row("echo after all")).toContainText("Not sent yet");
  await queue.sendNow("echo after all");
  await expect(chat.answer).toContainText("after all");
  await chat.settled();
  await expect(queue.rows).toHaveCount(0);
});
