// What a machine can see of the look: nothing overflows, and axe finds nothing, in both schemes and on a phone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/test.ts";
import { Chat } from "../support/chat.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function check(page: Page, where: string): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    // biome-ignore lint: axe comes as a global
    const result = await (window as any).axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((v: any) => `${v.id}: ${v.nodes.map((n: any) => n.target.join(" ")).join(", ")}`);
  });
  expect(found, where).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${where} overflows`).toBeLessThanOrEqual(0);
}

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
