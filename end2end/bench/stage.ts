// The stage that the tool has set, and how results go back to it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, type Page, expect } from "@playwright/test";
import { live } from "../support/test.ts";

/** How an answer of the scripted model comes; as in script/load/src/script.rs. */
export type Script = { rate: number; tokens: number; bytes: number; prefill: number; paragraph: boolean; gate: boolean };

type Stage = {
  url: string;
  provider: string;
  cookie: string;
  /** Ids of threads, by their length. */
  threads: Record<string, string>;
  script: Script;
  out: string;
};

export const stage: Stage = JSON.parse(readFileSync(process.env.SKEIN_BENCH ?? "the tool says where", "utf8"));

export const script = (some: Partial<Script>): Script => ({ ...stage.script, ...some });
export const message = (script: Script): string => `bench ${JSON.stringify(script)}`;
/** How long an answer takes, in milliseconds. */
export const duration = (script: Script): number =>
  (script.tokens / script.rate) * 1000 + (script.prefill > 0 ? 2000 + script.prefill / 200 : 0);

export type Row = { what: string; measured: string; target: string; ok: boolean | null };

/** Writes one part's results. */
export function results(part: string, rows: Row[], data: unknown): void {
  writeFileSync(join(stage.out, `${part}.json`), JSON.stringify({ rows, data }, null, 2));
}

/** A browser that has never been here, signed in. */
export async function signedIn(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const [name, value] = stage.cookie.split("=") as [string, string];
  await context.addCookies([{ name, value, url: stage.url, httpOnly: true, sameSite: "Lax" }]);
  return context;
}

export const threadUrl = (length: number): string => `${stage.url}/chat/thread/${stage.threads[length]}`;

/** Makes a thread of one short turn and returns its address. */
export async function freshThread(page: Page): Promise<string> {
  const form = { text: message(script({ tokens: 1 })) };
  const response = await page.request.post(`${stage.url}/rpc/messages/start_thread`, { form, headers: { origin: stage.url } });
  const { thread } = await response.json();
  return `${stage.url}/chat/thread/${thread}`;
}

/** Opens a thread and waits until it is alive and still. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await live(page);
  await page.waitForTimeout(1000);
}

/** Sends a message that asks for a script. */
export async function ask(page: Page, script: Script): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(message(script));
  await page.keyboard.press("Enter");
}

/** Waits until the answer is over. The page is not looked at meanwhile: that would be measured as well. */
export async function over(page: Page, script: Script): Promise<void> {
  await page.waitForTimeout(duration(script) + 500);
  const answer = page.locator('article.row[data-role="assistant"]').last();
  await expect(answer).toHaveAttribute("data-status", "completed", { timeout: 60_000 });
}

export async function devtools(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return session;
}

/** The browser's own counters, times in seconds. */
export async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** The value that `part` of all are not above; nothing is interpolated. */
export function at(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

/** Median and spread. */
export function spread(values: number[]): Record<string, number> {
  const round = (value: number) => Math.round(value * 1000) / 1000;
  const parts = { min: 0, p50: 0.5, p95: 0.95, p99: 0.99, max: 1 };
  return { n: values.length, ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, round(at(values, part))])) };
}
