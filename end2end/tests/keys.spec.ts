import type { Locator } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, live, test } from "../support/test.ts";

test("Alt with an arrow goes from question to question", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("long 6");
  await chat.settled();
  for (const [n, text] of ["long 7", "long 8"].entries()) {
    await chat.say(text);
    await expect(chat.rows).toHaveCount(4 + 2 * n);
    await chat.settled();
  }
  const question = (n: number): Locator => person.locator('article.row[data-role="user"]').nth(n);
  const atTop = async (row: Locator) => {
    await expect(row).toBeFocused();
    const from = () =>
      row.evaluate((row) => row.getBoundingClientRect().top - document.querySelector(".scroller")!.getBoundingClientRect().top);
    await expect.poll(async () => Math.abs((await from()) - 12)).toBeLessThan(2);
  };
  // From the empty composer, at the end of the thread.
  await chat.text.focus();
  await person.keyboard.press("Alt+ArrowUp");
  await atTop(question(2));
  await person.keyboard.press("Alt+ArrowUp");
  await atTop(question(1));
  await person.keyboard.press("Alt+ArrowUp");
  await atTop(question(0));
  // Before the first there is only the beginning.
  await person.keyboard.press("Alt+ArrowUp");
  await expect(question(0)).toBeFocused();
  expect((await chat.scroll()).top).toBe(0);
  await person.keyboard.press("Alt+ArrowDown");
  await atTop(question(1));
  // Scrolled elsewhere, it goes on from there.
  await chat.scrollTo(0);
  await chat.scrollTo((await chat.scroll()).below);
  await person.keyboard.press("Alt+ArrowUp");
  await atTop(question(2));
  // After the last there is the end, where the list is followed again.
  await person.keyboard.press("Alt+ArrowDown");
  await expect.poll(async () => (await chat.scroll()).below).toBeLessThan(5);
  // While something is typed the keys belong to the field.
  await chat.text.fill("half a thought");
  const { top } = await chat.scroll();
  await chat.text.press("Alt+ArrowUp");
  await expect(chat.text).toBeFocused();
  expect((await chat.scroll()).top).toBe(top);
});

test("Alt with PgUp goes to the beginning, with PgDn to the end; a form leads to a day and onwards", async ({ person }) => {
  test.setTimeout(90_000);
  const chat = new Chat(person);
  const url = await chat.start("echo exchange 1");
  await chat.settled();
  const thread = url.split("/").at(-1)!;
  for (let n = 2; n <= 40; n++) {
    await expect
      .poll(async () => (await person.request.post("/rpc/messages/submit", { form: { thread, text: `echo exchange ${n}` } })).status())
      .toBe(200);
  }
  // What is sent while an answer is being written waits for its turn.
  await expect.poll(async () => (await person.request.get(url)).text()).not.toMatch(/data-status="(pending|running)"/);
  await chat.open(url);
  await expect(chat.rows.first()).not.toContainText("exchange 1");
  await person.keyboard.press("Alt+PageUp");
  await person.waitForURL(/before=31#row-/);
  await expect(chat.rows.first()).toContainText("exchange 1");
  await expect(chat.rows.first()).toBeInViewport();
  await expect(chat.rows).toHaveCount(30);
  // Onwards, a window at a time.
  await person.getByRole("button", { name: "Later messages" }).click();
  await person.waitForURL(/before=61#row-/);
  await expect(chat.rows.filter({ hasText: "exchange 16" }).first()).toBeInViewport();
  await live(person);
  await person.keyboard.press("Alt+PageDown");
  await person.waitForURL(/\/chat\/thread\/[0-9a-f-]+$/);
  await expect(chat.rows.last()).toContainText("exchange 40");
  await live(person);
  await person.keyboard.press("Alt+g");
  const day = person.getByLabel("Go to a day");
  await expect(day).toBeFocused();
  await day.fill(new Date().toISOString().slice(0, 10));
  await day.press("Enter");
  await person.waitForURL(/#row-/);
  await expect(chat.rows.first()).toContainText("exchange 1");
});

test.describe("east of Greenwich", () => {
  test.use({ timezoneId: "Asia/Kathmandu" });

  test("a day begins where its reader is", async ({ person }) => {
    const chat = new Chat(person);
    await chat.start("echo here");
    await chat.settled();
    await person.keyboard.press("Alt+g");
    await person.getByLabel("Go to a day").fill("2024-06-01");
    await expect(person.locator('.menu-day input[name="zone"]')).toHaveValue("345");
  });
});
