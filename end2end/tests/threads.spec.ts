// Several threads that are being answered at once.
import { Chat } from "../support/chat.ts";
import { expect, test } from "../support/test.ts";

test("each has its own state in the list, and its own rows", async ({ person, provider }) => {
  const chat = new Chat(person);
  const mark = (title: RegExp) => chat.sidebar.getByRole("link", { name: title });
  const one = await chat.start("hold many1 the first ends well");
  await chat.sidebar.getByRole("link", { name: "New chat" }).first().click();
  const two = await chat.start("hold many2 the second too");
  await chat.sidebar.getByRole("link", { name: "New chat" }).first().click();
  await chat.start("silence and then a failure error");
  await expect(chat.answer).toHaveAttribute("data-status", /running|failed/);
  await expect(mark(/hold many1/)).toHaveAccessibleName(/An answer is being written/);
  await expect(mark(/hold many2/)).toHaveAccessibleName(/An answer is being written/);
  await provider.reached("many1");
  await provider.reached("many2");
  await provider.release("many1");
  await expect(mark(/hold many1/)).toHaveAccessibleName(/A new answer/);
  await expect(mark(/hold many2/)).toHaveAccessibleName(/An answer is being written/);
  // Going there is seeing it; the other goes on.
  await mark(/hold many1/).click();
  await person.waitForURL(one);
  await expect(chat.rows).toHaveCount(2);
  await expect(chat.answer).toContainText("the first ends well");
  await expect(mark(/hold many1/)).not.toHaveAccessibleName(/A new answer/);
  await mark(/hold many2/).click();
  await person.waitForURL(two);
  await expect(chat.rows).toHaveCount(2);
  await provider.release("many2");
  await chat.settled();
  await expect(chat.answer).toContainText("the second too");
  await expect(mark(/hold many2/)).not.toHaveAccessibleName(/being written|A new answer/);
  await expect(person.locator("main")).not.toContainText("the first ends well");
});

test("one that fails while nobody looks says so in the list", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold many3 x");
  await provider.reached("many3");
  await person.request.post("/rpc/messages/start_thread", { form: { text: "status 503 unseen" } });
  const link = chat.sidebar.getByRole("link", { name: /status 503/ });
  await expect(link).toHaveAccessibleName(/An answer failed/);
  await link.click();
  await expect(chat.answer).toHaveAttribute("data-status", "failed");
  await expect(link).not.toHaveAccessibleName(/An answer failed/);
  await provider.release("many3");
});
