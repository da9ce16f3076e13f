// What a screen reader gets: landmarks, headings, the log, the names of what can be pressed.
import { Chat } from "../support/chat.ts";
import { expect, live, startSettled, test } from "../support/test.ts";

/** What stands before the list of threads, on every page of the chat. */
const LIST = `
    - link "Skip the list of chats":
      - /url: "#main"
    - complementary "Chats":
      - link "New chat":
        - /url: /chat
      - navigation "Chats":`.slice(1);

test("the sign-in page", async ({ person }) => {
  await person.getByRole("button", { name: "Sign out" }).click();
  await person.waitForURL(/\/login/);
  await person.reload();
  await live(person);
  await expect(person.locator("body")).toMatchAriaSnapshot(`
    - main:
      - heading "Welcome back" [level=1]
      - textbox "Email"
      - textbox "Password"
      - alert
      - button "Sign in"
      - paragraph:
        - link "Create account"
  `);
});

test("where a chat begins", async ({ person }) => {
  await expect(person.locator("body")).toMatchAriaSnapshot(`
${LIST}
        - paragraph: Your chats will be here.
        - list
      - button "Sign out"
    - main:
      - heading "What are we working on?" [level=1]
      - textbox "Message"
      - button "Look for models again"
      - combobox "Model"
      - button "Send"
      - paragraph: Enter sends · Shift+Enter for a new line
      - list "To begin with":
        - listitem:
          - button /Explain something/
        - listitem:
          - button /Write some code/
        - listitem:
          - button /Compare in a table/
        - listitem:
          - button /Make a plan/
    - status "Messages from Skein"
  `);
});

test("a thread with thoughts, code and an answer that failed", async ({ person }) => {
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "code reasoning"));
  await chat.say("status 503");
  await chat.settled("failed");
  await person.getByRole("dialog").waitFor();
  await person.keyboard.press("Escape");
  await expect(person.getByRole("dialog")).toBeHidden();
  await expect(person.locator("body")).toMatchAriaSnapshot(`
${LIST}
        - list:
          - listitem:
            - link /code reasoning/:
              - /url: /\\/chat\\/thread\\/[0-9a-f-]+/
            - 'button "Rename: code reasoning"'
            - 'button "Delete: code reasoning"'
      - button "Sign out"
    - main:
      - heading "code reasoning" [level=1]
      - button "Rename"
      - group
      - log "Messages":
        - article:
          - heading "You said:" [level=2]
          - paragraph: code reasoning
          - button "Copy"
          - time: /.+/
        - article:
          - heading "Skein said:" [level=2]
          - group: /Thought for .+ s · .+ characters/
          - figure /rust/:
            - button "Copy"
            - code: /fn gcd/
          - figure /sh/:
            - button "Copy"
            - code: /cargo run/
          - button "Copy"
          - button /tokens/
          - time: /.+/
        - article:
          - heading "You said:" [level=2]
          - paragraph: status 503
          - button "Copy"
        - article:
          - heading "Skein said:" [level=2]
          - paragraph:
            - strong: The model's server reported an error.
            - text: Try again in a moment.
          - group: Details
          - button "Try again"
          - button "Copy"
      - textbox "Message"
      - button "Look for models again"
      - combobox "Model"
      - button "Send"
      - paragraph: /Enter sends/
      - status: The answer failed.
    - status "Messages from Skein"
  `);
});

test("an answer is told when it begins and when it ends, not word by word", async ({ person, provider }, info) => {
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo before"));
  const log = person.getByRole("log");
  await expect(log).toHaveAttribute("aria-live", "off");
  // Everything any live region says from here on, but for the log, which is off.
  await person.evaluate(() => {
    const heard: string[] = [];
    (window as unknown as { heard: string[] }).heard = heard;
    const live = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]";
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest(live);
        const text = region?.textContent?.trim();
        if (text && heard.at(-1) !== text) heard.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const heard = () => person.evaluate(() => (window as unknown as { heard: string[] }).heard);
  const gate = `aria-${info.testId}`;
  await chat.say(`step ${gate} one two three four five six`);
  await expect.poll(heard).toEqual(["The answer is being written."]);
  for (let step = 1; step <= 4; step++) {
    await provider.reached(gate, step);
    await provider.release(gate);
  }
  await expect(chat.answer).toContainText("one");
  expect(await heard()).toEqual(["The answer is being written."]);
  await provider.release(gate, 40);
  await chat.settled();
  await expect(chat.answer).toContainText("six");
  await expect.poll(heard).toEqual(["The answer is being written.", "The answer is complete."]);
});
