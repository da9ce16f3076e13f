import { Chat } from "../support/chat.ts";
import { expect, live, test } from "../support/test.ts";

test("Enter sends, Shift+Enter breaks the line, and Enter of an input method does neither", async ({ person }) => {
  const chat = new Chat(person);
  await live(person);
  await chat.text.focus();
  await chat.text.pressSequentially("echo one");
  await chat.text.press("Shift+Enter");
  await chat.text.pressSequentially("two");
  expect(await chat.text.inputValue()).toBe("echo one\ntwo");
  for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
    const prevented = await chat.text.evaluate((field, init) => {
      const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init });
      return !field.dispatchEvent(event);
    }, init);
    expect(prevented).toBe(false);
  }
  await expect(person).toHaveURL(/\/chat$/);
  await chat.text.press("Enter");
  await person.waitForURL(/thread/);
  await chat.settled();
});

test("nothing to send says so", async ({ person }) => {
  const chat = new Chat(person);
  await live(person);
  await chat.text.fill("   ");
  await chat.text.press("Enter");
  await expect(chat.toasts).toContainText("Write a message first.");
  await expect(person).toHaveURL(/\/chat$/);
});

test("a double press makes one message", async ({ person, quiet }) => {
  quiet.expected.push(/409/);
  const chat = new Chat(person);
  await live(person);
  await chat.text.fill("echo only once");
  await chat.send.dblclick();
  await person.waitForURL(/thread/);
  await chat.settled();
  await expect(chat.rows).toHaveCount(2);
  await expect(chat.sidebar.getByRole("listitem")).toHaveCount(1);
});

test("each thread keeps its draft, and a reload loses nothing", async ({ person }) => {
  const chat = new Chat(person);
  const first = await chat.start("echo first");
  await chat.settled();
  await chat.text.fill("half a thought");
  await chat.sidebar.getByRole("link", { name: "New chat" }).first().click();
  await person.waitForURL(/\/chat$/);
  await expect(chat.text).toHaveValue("");
  await chat.text.fill("a new idea");
  await chat.sidebar.getByRole("link", { name: /echo first/ }).click();
  await expect(person).toHaveURL(first);
  await expect(chat.text).toHaveValue("half a thought");
  await person.reload();
  await live(person);
  await expect(chat.text).toHaveValue("half a thought");
});

test("what is typed before the page is alive stays", async ({ person }) => {
  const chat = new Chat(person);
  // The program comes late.
  let come = () => {};
  const late = new Promise<void>((resolve) => {
    come = resolve;
  });
  await person.route("**/*.wasm", async (route) => {
    await late;
    await route.continue();
  });
  await person.goto("/chat", { waitUntil: "commit" });
  await chat.text.fill("typed early");
  come();
  await live(person);
  await expect(chat.text).toHaveValue("typed early");
});

test("the field grows to a limit", async ({ person }) => {
  const chat = new Chat(person);
  await live(person);
  const low = (await chat.text.boundingBox())!.height;
  await chat.text.fill("line\n".repeat(5));
  expect((await chat.text.boundingBox())!.height).toBeGreaterThan(low * 2);
  await chat.text.fill("line\n".repeat(100));
  expect((await chat.text.boundingBox())!.height).toBeLessThanOrEqual(230);
});
