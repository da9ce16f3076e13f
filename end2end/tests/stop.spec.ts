import { Chat } from "../support/chat.ts";
import { expect, live, test } from "../support/test.ts";

test("stop keeps the text and ends the provider's request", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold stop1 never said");
  await provider.reached("stop1");
  await expect(chat.answer).toContainText("Holding");
  const before = await provider.counts();
  await chat.stop.click();
  await chat.settled("cancelled");
  await expect.poll(async () => (await provider.counts()).aborted).toBe(before.aborted + 1);
  await expect(chat.answer).toContainText("Holding");
  await expect(chat.answer).toContainText("Stopped");
  await expect(chat.send).toBeVisible();
  await person.reload();
  await expect(chat.answer).toContainText("Holding");
  await expect(chat.answer).not.toContainText("never said");
});

test("Escape stops, also before the first token", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("step stop2 word");
  await provider.reached("stop2");
  await expect(person.getByText("Waiting for the model…").first()).toBeVisible();
  await expect(chat.stop).toBeVisible();
  await person.keyboard.press("Escape");
  await chat.settled("cancelled");
  await expect(person.getByText("Waiting for the model…")).toHaveCount(0);
});

test("stop works from another tab", async ({ person, provider, context, open }) => {
  const chat = new Chat(person);
  const url = await chat.start("hold stop3 never said");
  await provider.reached("stop3");
  const other = await new Chat(await open(context)).open(url);
  await other.stop.click();
  await other.settled("cancelled");
  await person.bringToFront();
  await chat.settled("cancelled");
  await expect(chat.send).toBeVisible();
});

test("typing goes on while an answer is written", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold typing done");
  await provider.reached("typing");
  await chat.text.pressSequentially("my next question");
  await expect(chat.text).toHaveValue("my next question");
  await provider.release("typing");
  await chat.settled();
  await expect(chat.text).toHaveValue("my next question");
  await live(person);
});
