import { Chat } from "../support/chat.ts";
import { expect, startSettled, test } from "../support/test.ts";

test("on paper there is the whole conversation and nothing else", async ({ person }) => {
  const chat = new Chat(person);
  const path = await startSettled(person, "long 30");
  await chat.open(path);
  await chat.say("markdown reasoning");
  await expect(chat.rows).toHaveCount(4);
  await chat.settled();
  await person.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const hidden of [chat.sidebar, chat.text, chat.note, person.locator(".jump"), person.locator(".bar .menu"), person.locator(".row-menu").first(), person.locator(".drawer-button")]) {
    await expect(hidden).toBeHidden();
  }
  // But for the small print, which can be pressed on screen.
  for (const button of await person.locator("button:not(.row-print)").all()) await expect(button).toBeHidden();
  await expect(person.locator("header h1")).toBeVisible();
  for (const row of await chat.rows.all()) await expect(row.locator("> .blocks")).toBeVisible();
  // Reasoning that is closed stays closed.
  await expect(person.locator(".reasoning > summary")).toBeVisible();
  await expect(person.locator(".reasoning > .blocks")).toBeHidden();
  const laid = await person.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>("article.row")];
    const last = rows.at(-1)!.getBoundingClientRect();
    const scroller = document.querySelector<HTMLElement>(".scroller")!;
    const style = (element: Element) => getComputedStyle(element);
    return {
      skipped: rows.filter((row) => style(row).contentVisibility !== "visible").length,
      clipped: scroller.scrollHeight - scroller.clientHeight,
      document: document.documentElement.scrollHeight,
      end: last.bottom + scrollY,
      rows: rows.reduce((sum, row) => sum + row.offsetHeight, 0),
      ink: style(rows[1]!).color,
      paper: style(document.documentElement).backgroundColor,
    };
  });
  expect(laid.skipped).toBe(0);
  expect(laid.clipped).toBeLessThanOrEqual(1);
  expect(laid.rows).toBeGreaterThan(3000);
  expect(laid.document).toBeGreaterThanOrEqual(Math.floor(laid.end));
  expect(laid.end).toBeGreaterThan(laid.rows);
  expect(laid.ink).toBe("rgb(0, 0, 0)");
  expect(laid.paper).toBe("rgb(255, 255, 255)");
  // On screen it is as it was.
  await person.emulateMedia({ media: "screen" });
  await expect(chat.text).toBeVisible();
});
