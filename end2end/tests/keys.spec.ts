import type { Locator } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, test } from "../support/test.ts";

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
