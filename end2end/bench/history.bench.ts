// Fifty windows of older rows, by scrolling up: the sentence that is read stays where it is, nothing takes long, and the
// page does not grow without end.
import { type Page, expect, test } from "@playwright/test";
import { type Row, at, open, results, signedIn, spread, threadUrl } from "./stage.ts";

const LOADS = 50;
/** How long the rows are on their way, so that the reader has stopped scrolling when they come. */
const ON_THE_WAY_MS = 120;

type Seen = { drift: number[]; elements: number; rows: number };

test("history", async ({ browser }) => {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.route("**/rpc/threads/older", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, ON_THE_WAY_MS));
    await route.continue();
  });
  await open(page, threadUrl(10_000));
  await page.evaluate(() => {
    const found: number[] = [];
    new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    Object.assign(window, { found });
  });
  await page.mouse.move(640, 400);
  const drifts: number[] = [];
  const elements: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const answered = page.waitForResponse("**/rpc/threads/older");
    await upUntilAsked(page);
    const watching = page.evaluate(watchSentence, ON_THE_WAY_MS + 400);
    await answered;
    const seen: Seen = await watching;
    drifts.push(Math.max(...seen.drift));
    elements.push(seen.elements);
  }
  const long = await page.evaluate(() => (window as unknown as { found: number[] }).found);
  const worst = Math.max(...drifts);
  const [early, late] = [elements[9]!, Math.max(...elements.slice(10))];
  const rows: Row[] = [
    {
      what: `${LOADS} loads of older messages in 10,000: drift of the sentence that is read`,
      measured: `at most ${worst.toFixed(2)} px, median ${at(drifts, 0.5).toFixed(2)}`,
      target: "≤ 1 px",
      ok: worst <= 1,
    },
    {
      what: "long tasks (over 50 ms) meanwhile",
      measured: long.length === 0 ? "none" : `${long.length}, the longest ${Math.max(...long).toFixed(0)} ms`,
      target: "none",
      ok: long.length === 0,
    },
    {
      what: "elements in the page after 10 loads / at most later",
      measured: `${early} / ${late}`,
      target: "bounded: ≤ 1.5 ×",
      ok: late <= 1.5 * early,
    },
  ];
  results("history", rows, { drift: spread(drifts), elements, long });
  expect(drifts.length).toBe(LOADS);
  await context.close();
});

/** Turns the wheel until older rows are asked for. */
async function upUntilAsked(page: Page): Promise<void> {
  const asked = page.waitForRequest("**/rpc/threads/older", { timeout: 30_000 });
  let done = false;
  const wheel = (async () => {
    while (!done) {
      await page.mouse.wheel(0, -600);
      await page.waitForTimeout(30);
    }
  })();
  await asked;
  done = true;
  await wheel;
}

/** Runs in the page: where the first sentence in view is painted, frame by frame, for so long after the wheel stopped. */
async function watchSentence(time: number): Promise<Seen> {
  // The last moment before a frame is painted: after all that the page does in it. A new observer is told then.
  const painted = () =>
    new Promise<void>((resolve) =>
      requestAnimationFrame(() => {
        const observer = new ResizeObserver(() => {
          observer.disconnect();
          resolve();
        });
        observer.observe(document.documentElement);
      }),
    );
  await painted();
  const scroller = document.getElementById("scroller")!;
  const edge = scroller.getBoundingClientRect().top;
  const rows = [...document.querySelectorAll("#rows > .row")];
  const row = rows.find((row) => row.getBoundingClientRect().bottom > edge)!;
  const sentences = [...row.querySelectorAll("p, li, pre, td")];
  const sentence = sentences.find((element) => element.getBoundingClientRect().top >= edge) ?? row;
  const place = () => sentence.getBoundingClientRect().top;
  const [start, was] = [performance.now(), place()];
  const drift: number[] = [0];
  while (performance.now() - start < time) {
    await painted();
    drift.push(sentence.isConnected ? Math.abs(place() - was) : Number.POSITIVE_INFINITY);
  }
  return { drift, elements: document.getElementsByTagName("*").length, rows: rows.length };
}
