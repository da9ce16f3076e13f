// From the stamp in a token to the frame it is painted in, against the floor: a page that only fetches and appends.
import { type Page, expect, test } from "@playwright/test";
import { checkClocks, delays, instrument } from "./instrument.ts";
import { type Row, type Script, ask, at, devtools, duration, freshThread, message, open, over, results, script, signedIn, spread, stage, threadUrl } from "./stage.ts";

const TEXTS: { name: string; script: Script; times: number }[] = [
  { name: "1 KB", script: script({ tokens: 60 }), times: 6 },
  { name: "100 KB", script: script({ tokens: 300, prefill: 100_000 }), times: 1 },
  { name: "100 KB in one paragraph", script: script({ tokens: 300, prefill: 100_000, paragraph: true }), times: 1 },
];

test("token", async ({ browser }) => {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await instrument(page);
  const session = await devtools(page);
  expect(await checkClocks(page, session), "the browser's clock and ours differ, in ms").toBeLessThan(1);
  const rows: Row[] = [];
  const data: Record<string, unknown> = {};
  for (const text of TEXTS) {
    const places: [string, (page: Page) => Promise<void>][] = [
      ["floor", () => floor(page, text.script)],
      ["fresh thread", () => answered(page, text.script)],
      ["thread of 10,000", () => answered(page, text.script)],
    ];
    let least = 0;
    for (const [place, run] of places) {
      const url = place === "floor" ? "" : place === "fresh thread" ? await freshThread(page) : threadUrl(10_000);
      if (url) await open(page, url);
      const all: number[] = [];
      for (let time = 0; time < text.times; time++) {
        if (!url) await page.goto(`${stage.provider}/floor`);
        await delays(page, session);
        await run(page);
        const seen = await delays(page, session);
        expect(seen.length, `${text.name}, ${place}: tokens seen`).toBe(text.script.tokens);
        all.push(...seen);
      }
      const [p50, p99] = [at(all, 0.5), at(all, 0.99)];
      if (!url) least = p50;
      rows.push({
        what: `${text.name}, ${place}: p50 / p99`,
        measured: `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`,
        target: url ? "≤ floor + 5 / ≤ 40 ms" : "",
        ok: url ? p50 <= least + 5 && p99 <= 40 : null,
      });
      data[`${text.name}, ${place}`] = spread(all);
    }
  }
  results("token", rows, data);
  await context.close();
});

async function floor(page: Page, script: Script): Promise<void> {
  await page.evaluate((content) => void (window as unknown as { ask(content: string): void }).ask(content), message(script));
  await page.waitForTimeout(duration(script) + 500);
  await page.locator("body[data-done]").waitFor();
}

async function answered(page: Page, script: Script): Promise<void> {
  await ask(page, script);
  await over(page, script);
}
