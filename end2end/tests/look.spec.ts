// What a machine can see of the look: nothing overflows, and axe finds nothing, in both schemes and on a phone.
import { Chat } from "../support/chat.ts";
import { check } from "../support/look.ts";
import { expect, test } from "../support/test.ts";

for (const scheme of ["light", "dark"] as const) {
  for (const width of [1280, 360, 320]) {
    test(`pages are sound at ${width} px in the ${scheme}`, async ({ person }) => {
      await person.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await person.setViewportSize({ width, height: 780 });
      const chat = new Chat(person);
      await chat.open("/chat");
      await check(person, "index");
      await chat.start("markdown reasoning");
      await chat.settled();
      await check(person, "thread");
      await chat.say("status 500");
      await chat.settled("failed");
      await person.getByRole("dialog").waitFor();
      await check(person, "failed, with its dialog");
      await chat.start("silence");
      await chat.say("echo this waits");
      await person.locator('article.row[data-status="pending"] summary').click();
      await check(person, "a message that waits, being changed");
      await chat.open("/settings");
      await check(person, "settings");
      await person.keyboard.press("Control+/");
      await person.getByRole("dialog").getByRole("listitem").first().waitFor();
      await check(person, "shortcuts");
      await person.keyboard.press("Escape");
      await person.getByLabel("Language", { exact: true }).selectOption("de");
      await person.locator('html[lang="de"][data-live]').waitFor();
      await check(person, "settings in German");
    });
  }
}
