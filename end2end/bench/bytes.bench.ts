// The cold load of a thread's page: every request, what it weighs on the wire, and whether the page can be read before
// any WASM has come.
import { expect, test } from "@playwright/test";
import { type Row, results, signedIn, stage, threadUrl } from "./stage.ts";

type Loaded = { path: string; bytes: number; encoding: string };

test("bytes", async ({ browser }) => {
  const context = await signedIn(browser);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const requests = new Map<string, Loaded>();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    requests.set(requestId, { path: request.url.replace(stage.url, ""), bytes: 0, encoding: "" });
  });
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const loaded = requests.get(requestId);
    const header = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "content-encoding");
    if (loaded) loaded.encoding = header?.[1] ?? "";
  });
  // All that came over the wire for it, headers included.
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const loaded = requests.get(requestId);
    if (loaded) loaded.bytes = encodedDataLength;
  });
  await page.goto(threadUrl(10_000));
  await page.locator("html[data-live]").waitFor();
  // Whatever is asked for late: the stream of events, which does not end, and what comes after it.
  await page.waitForTimeout(2000);
  await context.close();

  const loaded = [...requests.values()].filter(({ path }) => !path.startsWith("data:"));
  const bytes = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} KB`;
  const largest = [...loaded].sort((a, b) => b.bytes - a.bytes).slice(0, 4);
  const parts = largest.map(({ path, bytes, encoding }) => `${kind(path)} ${kilobytes(bytes)}${encoding ? "" : " (not compressed)"}`);
  const early = await readableWithoutWasm(browser);
  const rows: Row[] = [
    {
      what: "cold load of the page of a thread of 10,000",
      measured: `${kilobytes(bytes)} in ${loaded.length} requests: ${parts.join(", ")}`,
      target: "≤ 250 KB in ≤ 8 requests",
      ok: bytes <= 250_000 && loaded.length <= 8,
    },
    { what: "readable before any WASM came", measured: early ? "yes" : "no", target: "yes", ok: early },
  ];
  results("bytes", rows, { bytes, requests: loaded });
  expect(loaded.length).toBeGreaterThan(1);
});

const kind = (path: string): string => (path.startsWith("/chat") ? "page" : (/[^/?]+/.exec(path.replace(/^.*\//, "")) ?? [path])[0]);

/** The WASM is never answered; the newest answer is on the screen all the same. */
async function readableWithoutWasm(browser: import("@playwright/test").Browser): Promise<boolean> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.route("**/*.wasm", () => {});
  await page.goto(threadUrl(10_000), { waitUntil: "commit" });
  const answer = page.locator('article.row[data-role="assistant"]').last();
  const seen = await answer.waitFor({ timeout: 5000 }).then(
    async () => ((await answer.innerText()).length > 50 && (await answer.locator(".block").last().isVisible())),
    () => false,
  );
  await context.close();
  return seen;
}
