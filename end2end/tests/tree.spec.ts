// The tree of a conversation: versions, changing what was said, asking again, going on, removing, copying.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { check } from "../support/look.ts";
import { expect, live, signUpPlainly, startSettled, test } from "../support/test.ts";

/** What was said, row by row. */
const said = (page: Page) => page.locator("article.row:not([data-transient]) > .blocks");
const questions = (page: Page) => page.locator('article.row[data-role="user"]');
const answers = (page: Page) => page.locator('article.row[data-role="assistant"]');

/** Opens the menu of a row and chooses. */
async function choose(page: Page, row: ReturnType<typeof questions>, name: string): Promise<void> {
  await row.hover();
  await row.getByLabel("More", { exact: true }).click();
  await row.getByRole("button", { name }).click();
}

/** Changes what a row says, and presses that button. */
async function edit(page: Page, row: ReturnType<typeof questions>, text: string, button: string): Promise<void> {
  await row.hover();
  await row.getByRole("button", { name: "Edit" }).click();
  const field = page.getByRole("textbox", { name: "Change the message" });
  await field.fill(text);
  await page.locator(".row-edit").getByRole("button", { name: button, exact: true }).click();
  await expect(field).toHaveCount(0);
}

test("another question is another version, and the first is never lost", async ({ person, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo one");
  await chat.settled();
  await chat.say("echo after one");
  await expect(said(person)).toHaveText(["echo one", "one", "echo after one", "after one"]);
  await chat.settled();
  const other = await new Chat(await open(context)).open(url);

  await edit(person, questions(person).first(), "echo two", "Send");
  for (const page of [person, other.page]) {
    await expect(said(page)).toHaveText(["echo two", "two"]);
    await expect(questions(page).first().locator(".versions")).toContainText("2/2");
  }
  await chat.settled();
  await person.getByRole("button", { name: "Previous version" }).click();
  for (const page of [person, other.page]) {
    await expect(said(page)).toHaveText(["echo one", "one", "echo after one", "after one"]);
    await expect(questions(page).first().locator(".versions")).toContainText("1/2");
  }
  // By keyboard: the focus stayed with the arrows, and goes to the only one that leads anywhere.
  await expect(person.getByRole("button", { name: "Next version" })).toBeFocused();
  await person.keyboard.press("Enter");
  await expect(said(person)).toHaveText(["echo two", "two"]);
  await expect(person.getByRole("button", { name: "Previous version" })).toBeFocused();
  // It is where the thread stands, for whoever comes later.
  await person.reload();
  await live(person);
  await expect(said(person)).toHaveText(["echo two", "two"]);
  await expect(person.locator("h1")).toContainText("echo two");
});

test("an answer is asked for again, also of another model", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("echo first");
  await chat.settled();
  await answers(person).first().hover();
  await person.getByRole("button", { name: "Ask again" }).click();
  await expect(answers(person).first().locator(".versions")).toContainText("2/2");
  await chat.settled();
  await choose(person, answers(person).first(), "Ask another model…");
  const dialog = person.getByRole("dialog", { name: "Which model should answer?" });
  await dialog.getByRole("combobox").selectOption({ index: 0 });
  await dialog.getByRole("button", { name: "Ask again" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(answers(person).first().locator(".versions")).toContainText("3/3");
  await chat.settled();
  // An older one is not lost by asking again beside it.
  await chat.say("echo below the third");
  await chat.settled();
  await person.getByRole("button", { name: "Previous version" }).click();
  await expect(said(person)).toHaveText(["echo first", "first"]);
  await person.getByRole("button", { name: "Next version" }).click();
  await expect(said(person)).toHaveText(["echo first", "first", "echo below the third", "below the third"]);
});

test("an answer is changed in its place or as a version; what follows it stays", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("echo question");
  await chat.settled();
  await chat.say("echo next");
  await chat.settled();
  await edit(person, answers(person).first(), "**corrected**", "Save");
  await expect(said(person)).toHaveText(["echo question", "corrected", "echo next", "next"]);
  await expect(answers(person).first().locator("strong")).toHaveText("corrected");
  await expect(person.locator(".versions")).toHaveCount(0);
  await edit(person, answers(person).first(), "otherwise", "Save as new version");
  await expect(said(person)).toHaveText(["echo question", "otherwise"]);
  await person.getByRole("button", { name: "Previous version" }).click();
  await expect(said(person)).toHaveText(["echo question", "corrected", "echo next", "next"]);
});

test("a question saved without asking waits for its answer; what was typed and not saved is kept", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("echo question");
  await chat.settled();
  await questions(person).first().hover();
  await person.getByRole("button", { name: "Edit" }).first().click();
  const field = person.getByRole("textbox", { name: "Change the message" });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("echo question");
  await field.fill("echo half a thought");
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await person.getByRole("button", { name: "Edit" }).first().click();
  await expect(field).toHaveValue("echo half a thought");
  await person.getByRole("button", { name: "Save without asking" }).click();
  await expect(said(person)).toHaveText(["echo half a thought"]);
  await person.getByRole("button", { name: "Answer this" }).click();
  await expect(said(person)).toHaveText(["echo half a thought", "half a thought"]);
  await chat.settled();
  // By keys alone: Ctrl+Enter sends.
  await person.getByRole("button", { name: "Edit" }).first().click();
  await field.fill("echo by keys");
  await field.press("Control+Enter");
  await expect(said(person)).toHaveText(["echo by keys", "by keys"]);
});

test("a stopped answer goes on where it stopped", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("step go1 one two three four");
  for (const _ of [1, 2]) await provider.release("go1");
  await provider.reached("go1", 3);
  await expect(answers(person).first()).toContainText("two");
  await chat.stop.click();
  await chat.settled("cancelled");
  for (const _ of [1, 2, 3, 4]) await provider.release("go1");
  await person.getByRole("button", { name: "Continue this answer" }).click();
  await chat.settled();
  await expect(said(person)).toHaveText(["step go1 one two three four", "one two three four"]);
  await person.reload();
  await live(person);
  await expect(said(person).last()).toHaveText("one two three four");
  await expect(person.getByRole("button", { name: "Continue this answer" })).toHaveCount(0);
});

test("removing says what goes with it, and leads to what is left", async ({ person, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo one");
  await chat.settled();
  await chat.say("echo two");
  await chat.settled();
  await edit(person, questions(person).last(), "echo other", "Send");
  await chat.settled();
  const other = await new Chat(await open(context)).open(url);
  await choose(person, questions(person).last(), "Delete…");
  const dialog = person.getByRole("dialog", { name: "Delete this message?" });
  await expect(dialog).toContainText("The message that follows it goes too");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(said(person)).toHaveText(["echo one", "one", "echo other", "other"]);
  await choose(person, questions(person).last(), "Delete…");
  await dialog.getByRole("button", { name: "Delete" }).click();
  for (const page of [person, other.page]) {
    await expect(said(page)).toHaveText(["echo one", "one", "echo two", "two"]);
    await expect(page.locator(".versions")).toHaveCount(0);
  }
  await choose(person, questions(person).first(), "Delete…");
  await expect(dialog).toContainText("3 messages");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(said(other.page)).toHaveCount(0);
  await chat.say("echo anew");
  await chat.settled();
  await expect(said(other.page)).toHaveText(["echo anew", "anew"]);
});

test("a fork begins with everything up to a message and says where it is from", async ({ person }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo one");
  await chat.settled();
  await chat.say("echo two");
  await chat.settled();
  await choose(person, answers(person).first(), "Fork from here…");
  const dialog = person.getByRole("dialog", { name: "Fork this conversation" });
  await dialog.getByLabel("Title of the fork").fill("The other way");
  await dialog.getByRole("button", { name: "Fork" }).click();
  await expect(person.locator("h1")).toHaveText("The other way");
  await expect(said(person)).toHaveText(["echo one", "one"]);
  await chat.say("echo elsewhere");
  await chat.settled();
  await person.getByRole("link", { name: "echo one" }).first().click();
  await person.waitForURL((to) => to.pathname === new URL(url).pathname);
  await expect(said(person)).toHaveText(["echo one", "one", "echo two", "two"]);
});

test("what the model is told first stands above all, and is changed and taken away there", async ({ person, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo one");
  await chat.settled();
  const other = await new Chat(await open(context)).open(url);
  await person.getByLabel("More about this chat").click();
  await person.getByRole("button", { name: "System message…" }).click();
  const dialog = person.getByRole("dialog", { name: "System message" });
  await dialog.getByRole("textbox").fill("You are a pirate.");
  await dialog.getByRole("button", { name: "Save" }).click();
  for (const page of [person, other.page]) await expect(said(page)).toHaveText(["You are a pirate.", "echo one", "one"]);
  await chat.say("history");
  await chat.settled();
  await expect(said(person).last()).toContainText("pirate");
  await edit(person, person.locator('article.row[data-role="system"]'), "You are a gardener.", "Save");
  for (const page of [person, other.page]) await expect(said(page).first()).toHaveText("You are a gardener.");
  await choose(person, person.locator('article.row[data-role="system"]'), "Delete…");
  await person.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  for (const page of [person, other.page]) await expect(said(page).first()).toHaveText("echo one");
});

test("a question in the page takes no place when it was answered", async ({ person }) => {
  const chat = new Chat(person);
  const url = await chat.start("echo one");
  await chat.settled();
  const below = async () => (await person.locator(".dock").boundingBox())!;
  const before = await below();
  await chat.open(`${url}?system=`);
  const ask = person.locator(".ask");
  await ask.getByRole("textbox").fill("You are terse.");
  await ask.getByRole("button", { name: "Save" }).click();
  await expect(ask).toBeHidden();
  await expect(said(person).first()).toHaveText("You are terse.");
  await expect.poll(below).toEqual(before);
});

test("one can turn to another version while an answer is being written, and it goes on", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("echo one");
  await chat.settled();
  await edit(person, questions(person).first(), "hold tree1 the rest", "Send");
  await provider.reached("tree1");
  await expect(chat.answer).toContainText("Holding");
  await person.getByRole("button", { name: "Previous version" }).click();
  await expect(said(person)).toHaveText(["echo one", "one"]);
  await expect(chat.stop).toBeVisible();
  // No other answer can be asked for meanwhile.
  await answers(person).first().hover();
  await expect(person.getByRole("button", { name: "Ask again" })).toBeHidden();
  await person.getByRole("button", { name: "Next version" }).click();
  await expect(chat.answer).toContainText("Holding");
  await expect(chat.answer).toHaveAttribute("data-status", "running");
  await person.getByRole("button", { name: "Previous version" }).click();
  await expect(said(person)).toHaveText(["echo one", "one"]);
  await provider.release("tree1");
  await expect(chat.stop).toBeHidden();
  await expect(said(person)).toHaveText(["echo one", "one"]);
  await person.getByRole("button", { name: "Next version" }).click();
  await expect(said(person).last()).toContainText("the rest");
  await chat.settled();
});

test("a reader who turns to another version reads on from there", async ({ person }) => {
  const chat = new Chat(person);
  await chat.start("long 30");
  await chat.settled();
  await edit(person, questions(person).first(), "echo short", "Send");
  await chat.settled();
  await person.getByRole("button", { name: "Previous version" }).click();
  await expect(answers(person).first()).toContainText("30");
  await expect(person.getByRole("button", { name: "Next version" })).toBeFocused();
  await expect(person.getByRole("button", { name: "Next version" })).toBeInViewport();
});

test("on a phone everything has its place, in the dark too", async ({ person }) => {
  await person.setViewportSize({ width: 320, height: 640 });
  await person.emulateMedia({ colorScheme: "dark" });
  const chat = new Chat(person);
  await chat.start("echo a question with quite extraordinarily longwinded words altogether");
  await chat.settled();
  await edit(person, questions(person).first(), "echo another question with comparatively incomprehensible vocabulary", "Send");
  await chat.settled();
  await answers(person).first().getByRole("button", { name: "Ask again" }).click();
  await expect(answers(person).first().locator(".versions")).toContainText("2/2");
  await chat.settled();
  await answers(person).first().getByLabel("More", { exact: true }).click();
  await expect(answers(person).first().getByRole("button", { name: "Delete…" })).toBeInViewport({ ratio: 1 });
  await check(person, "a row's menu");
  await answers(person).first().getByRole("button", { name: "Fork from here…" }).click();
  await expect(person.getByRole("dialog", { name: "Fork this conversation" })).toBeVisible();
  await check(person, "a question in a dialog");
  await person.keyboard.press("Escape");
  await questions(person).first().hover();
  await questions(person).first().getByRole("button", { name: "Edit" }).click();
  await expect(person.locator(".row-edit").getByRole("button", { name: "Send", exact: true })).toBeInViewport({ ratio: 1 });
  await check(person, "a message that is being changed");
  await person.emulateMedia({ colorScheme: "light" });
  await check(person, "the same in the light");
});

test.describe("without the program", () => {
  test.use({ javaScriptEnabled: false });

  test("everything is a plain form", async ({ page }, info) => {
    await signUpPlainly(page, `plain-${info.testId}@example.org`);
    const url = await startSettled(page, "echo one");
    await page.goto(url);
    const settled = async (count: number) => {
      await expect(async () => {
        await page.goto(url);
        await expect(page.locator('[data-status="running"]')).toHaveCount(0);
        await expect(said(page)).toHaveCount(count);
      }).toPass();
    };
    const first = questions(page).first();
    await first.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Change the message" }).fill("echo two");
    await page.locator(".row-edit").getByRole("button", { name: "Send", exact: true }).click();
    await settled(2);
    await expect(said(page)).toHaveText(["echo two", "two"]);
    await page.getByRole("button", { name: "Previous version" }).click();
    await expect(said(page)).toHaveText(["echo one", "one"]);
    await page.getByRole("button", { name: "Next version" }).click();
    await expect(said(page)).toHaveText(["echo two", "two"]);
    await page.getByRole("button", { name: "Ask again" }).click();
    await settled(2);
    await expect(answers(page).first().locator(".versions")).toContainText("2/2");
    const open = async (row: ReturnType<typeof questions>, name: string) => {
      await row.getByLabel("More", { exact: true }).click();
      await row.getByRole("button", { name }).click();
    };
    await open(answers(page).first(), "Ask another model…");
    await page.getByRole("button", { name: "Ask again" }).first().click();
    await settled(2);
    await expect(answers(page).first().locator(".versions")).toContainText("3/3");
    await open(answers(page).first(), "Delete…");
    await expect(page.locator(".ask")).toContainText("Nothing follows it");
    await page.locator(".ask").getByRole("button", { name: "Delete" }).click();
    await expect(answers(page).first().locator(".versions")).toContainText("2/2");
    await answers(page).first().getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Change the message" }).fill("corrected");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(said(page)).toHaveText(["echo two", "corrected"]);
    await page.getByLabel("More about this chat").click();
    await page.getByRole("button", { name: "System message…" }).click();
    await page.getByRole("textbox", { name: "System message" }).fill("Be brief.");
    await page.locator(".ask").getByRole("button", { name: "Save" }).click();
    await expect(said(page)).toHaveText(["Be brief.", "echo two", "corrected"]);
    await open(answers(page).first(), "Fork from here…");
    await page.getByLabel("Title of the fork").fill("A copy");
    await page.locator(".ask").getByRole("button", { name: "Fork" }).click();
    await expect(page.locator("h1")).toHaveText("A copy");
    await expect(said(page)).toHaveText(["Be brief.", "echo two", "corrected"]);
    await expect(page.getByText("Forked from")).toBeVisible();
  });
});
