import { Chat } from "../support/chat.ts";
import { expect, startSettled, test } from "../support/test.ts";

test("copy works where the browser has no clipboard for pages", async ({ person }) => {
  // What http:// on any host but this one looks like to a page.
  await person.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }));
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo some **bold** text\n\n```rust\nlet x = 1;\nlet y = 2;\n```"));
  expect(await person.evaluate(() => typeof navigator.clipboard)).toBe("undefined");
  const row = chat.answer.locator(".row-actions .copy-row");
  await row.click();
  await expect(row).toHaveAttribute("data-copied", "");
  await chat.text.press("ControlOrMeta+v");
  await expect(chat.text).toHaveValue(/^some \*\*bold\*\* text\s+```rust\nlet x = 1;\nlet y = 2;\n```\s*$/);
  await chat.text.fill("");
  await chat.answer.locator("figure.code .copy").click();
  await chat.text.press("ControlOrMeta+v");
  await expect(chat.text).toHaveValue(/^let x = 1;\nlet y = 2;\n?$/);
  // Nothing of the detour is left in the page.
  await expect(person.locator("textarea")).toHaveCount(1);
});
