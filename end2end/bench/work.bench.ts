// What a token costs the browser: less what it costs the floor, at an answer's beginning and at its end, and whether any
// task is long on a machine that is four times slower.
import { type CDPSession, type Page, expect, test } from "@playwright/test";
import { type Row, ask, devtools, duration, freshThread, message, metrics, open, over, results, script, signedIn, stage, threadUrl } from "./stage.ts";

/** Grows to 100 KB. */
const GROWING = script({ tokens: 1200, bytes: 85 });
/** The slow machine has to bear it for this long. */
const SLOW = script({ tokens: 400, bytes: 85 });
const COUNTERS = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"] as const;
const LONG_MS = 50;

/** Milliseconds a token, by tenth of the answer. */
type Work = Record<(typeof COUNTERS)[number], number[]>;

test("work", async ({ browser }) => {
  const context = await signedIn(browser);
  const page = await context.newPage();
  const session = await devtools(page);
  await page.goto(`${stage.provider}/floor`);
  await page.evaluate((content) => void (window as unknown as { ask(content: string): void }).ask(content), message(GROWING));
  const floor = await tenths(page, session);
  await open(page, await freshThread(page));
  await ask(page, GROWING);
  const ours = await tenths(page, session);
  await over(page, { ...GROWING, tokens: 0 });

  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const over_ = (counter: (typeof COUNTERS)[number]) => mean(ours[counter]) - mean(floor[counter]);
  const more = over_("TaskDuration");
  const layout = over_("LayoutDuration") + over_("RecalcStyleDuration");
  // The first tenth has the page's change to an answer that runs in it; the floor has nothing like it.
  const slope = ours.TaskDuration.at(-1)! / ours.TaskDuration[0]!;
  const long = await longTasks(page, session);
  const worst = Math.max(0, ...long);
  const rows: Row[] = [
    {
      what: "work a token, less the floor's",
      measured: `${more.toFixed(2)} ms in all, script ${over_("ScriptDuration").toFixed(2)}, style and layout ${layout.toFixed(2)} (floor ${mean(floor.TaskDuration).toFixed(2)})`,
      target: "≤ 2 ms",
      ok: more <= 2,
    },
    {
      what: "last tenth of an answer of 100 KB to the first",
      measured: `${slope.toFixed(2)} × (floor ${(floor.TaskDuration.at(-1)! / floor.TaskDuration[0]!).toFixed(2)})`,
      target: "≤ 1.2 ×",
      ok: slope <= 1.2,
    },
    {
      what: "tasks over 50 ms in a thread of 10,000, processor 4 × slower",
      measured: long.length === 0 ? "none" : `${long.length}, the longest ${worst.toFixed(0)} ms`,
      target: "none",
      ok: long.length === 0,
    },
  ];
  results("work", rows, { floor, ours, long });
  await context.close();
});

/** Reads the browser's counters ten times in the course of an answer. */
async function tenths(page: Page, session: CDPSession): Promise<Work> {
  const tenth = duration(GROWING) / 10;
  const work: Work = { TaskDuration: [], ScriptDuration: [], LayoutDuration: [], RecalcStyleDuration: [] };
  let last = await metrics(session);
  for (let number = 0; number < 10; number++) {
    await page.waitForTimeout(tenth);
    const next = await metrics(session);
    // As many tokens as belong to the time that it really was.
    const tokens = (next.Timestamp! - last.Timestamp!) * GROWING.rate;
    for (const counter of COUNTERS) work[counter].push(((next[counter]! - last[counter]!) * 1000) / tokens);
    last = next;
  }
  return work;
}

/** Tasks that are long while an answer comes, in milliseconds. */
async function longTasks(page: Page, session: CDPSession): Promise<number[]> {
  await open(page, threadUrl(10_000));
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.waitForTimeout(1000);
  await page.evaluate(() => {
    const found: number[] = [];
    new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    Object.assign(window, { found });
  });
  await ask(page, SLOW);
  await page.waitForTimeout(duration(SLOW) - 500);
  const found = await page.evaluate(() => (window as unknown as { found: number[] }).found);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await over(page, { ...SLOW, tokens: 0 });
  expect(found).toBeDefined();
  return found.filter((task) => task > LONG_MS);
}
