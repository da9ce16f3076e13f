// What is put into a page to see when a token is seen: from the stamp in its text to the painted frame.
import type { CDPSession, Page } from "@playwright/test";
import { metrics, stage } from "./stage.ts";

declare global {
  interface Window {
    /** Stamps (µs) and when they were painted (ms since the page began). */
    painted: [number, number][];
  }
}

/** Runs in the page before anything of its own. */
function watch(): void {
  window.painted = [];
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.splice(0).forEach((run) => run());
  // A message that is sent in a frame arrives when the frame has been painted.
  const afterPaint = (run: () => void) => {
    waiting.push(run);
    channel.port2.postMessage(0);
  };
  const frame = window.requestAnimationFrame.bind(window);
  let inFrame = false;
  window.requestAnimationFrame = (run) =>
    frame((time) => {
      if (!inFrame) {
        inFrame = true;
        afterPaint(() => {
          inFrame = false;
        });
      }
      run(time);
    });
  let newest = 0;
  new MutationObserver((records) => {
    const stamps: number[] = [];
    for (const record of records) {
      const nodes = record.type === "characterData" ? [record.target] : [...record.addedNodes];
      for (const node of nodes) {
        // A long paragraph may come as a whole; what is new is at its end.
        const text = (node.textContent ?? "").slice(-4000);
        for (const [, digits] of text.matchAll(/Z([0-9a-z]{9})z/g)) {
          const stamp = Number.parseInt(digits!, 36);
          if (stamp > newest) {
            newest = stamp;
            stamps.push(stamp);
          }
        }
      }
    }
    if (stamps.length === 0) return;
    const note = () => {
      const now = performance.now();
      for (const stamp of stamps) window.painted.push([stamp, now]);
    };
    // What changes within a frame is painted with it, everything else with the next one.
    if (inFrame) afterPaint(note);
    else frame(() => afterPaint(note));
  }).observe(document, { childList: true, characterData: true, subtree: true });
}

export async function instrument(page: Page): Promise<void> {
  await page.addInitScript(watch);
}

/** What was painted since the last call, in milliseconds from stamp to frame. */
export async function delays(page: Page, session: CDPSession): Promise<number[]> {
  // The browser counts from the same moment as the stamps do: the start of the machine.
  const origin = (await metrics(session)).NavigationStart! * 1000;
  const painted = await page.evaluate(() => window.painted.splice(0));
  return painted.map(([stamp, at]) => origin + at - stamp / 1000);
}

/** Makes sure of that: the stamps' clock is asked from a page, and must agree to a millisecond. */
export async function checkClocks(page: Page, session: CDPSession): Promise<number> {
  await page.goto(`${stage.provider}/floor`);
  const origin = (await metrics(session)).NavigationStart! * 1000;
  const asked = await page.evaluate(async () => {
    const all: [number, number, number][] = [];
    for (let time = 0; time < 40; time++) {
      const before = performance.now();
      const clock = Number(await (await fetch("/clock")).text()) / 1000;
      all.push([before, clock, performance.now()]);
    }
    return all;
  });
  const quickest = asked.sort((a, b) => a[2] - a[0] - (b[2] - b[0]))[0]!;
  const [before, clock, after] = quickest;
  // It was told between the two.
  return Math.max(0, origin + before - clock, clock - origin - after);
}
