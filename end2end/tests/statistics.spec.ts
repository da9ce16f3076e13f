// What an answer and a whole thread took: behind the small print, and in the menu; with and without WASM.
import { type AddressInfo } from "node:net";
import { createServer } from "node:http";
import { Chat } from "../support/chat.ts";
import { expect, live, signUp, signUpPlainly, startSettled, test } from "../support/test.ts";

/** A llama.cpp whose window is this large, as far as it is asked here. */
async function llama(window: number, prompt: number) {
  const server = createServer((request, response) => {
    const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    if (request.url === "/v1/models") {
      return json({ data: [{ id: "/models/a-model-with-a-rather-long-name-Q4_K_M.gguf", owned_by: "llamacpp", meta: { n_ctx_train: 40960 } }] });
    }
    if (request.url === "/props") return json({ default_generation_settings: { n_ctx: window } });
    const timings = { cache_n: 3200, prompt_n: 36, prompt_ms: 200.4, prompt_per_second: 180.2, predicted_n: 40, predicted_ms: 800, predicted_per_second: 49.8 };
    const usage = { prompt_tokens: prompt, completion_tokens: 40, completion_tokens_details: { reasoning_tokens: 7 } };
    response.setHeader("content-type", "text/event-stream");
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Counted." } }] })}\n\n`);
    response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }], usage, timings })}\n\n`);
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, stop: () => server.close() };
}

const FACTS = ["3,236 tokens (3,200 cached)", "40 tokens (7 thinking)", "180 tokens/s", "50 tokens/s", "3,276 of 4,096 (80%)"];

test("the small print opens all there is to know of an answer, by mouse and by keys", async ({ page, serve }, info) => {
  const model = await llama(4096, 3236);
  const server = await serve({ OPENAI_API_BASE_URL: model.url });
  await signUp(page, "ada@example.org", server.url);
  const chat = new Chat(page);
  await chat.text.fill("how are you");
  await chat.text.press("Enter");
  await page.waitForURL(/\/chat\/thread\//);
  await chat.settled();
  const print = chat.answer.locator(".row-print");
  const statistics = page.getByRole("region", { name: "Statistics of this answer" });
  await expect(print).toContainText("50 tokens/s");
  await expect(statistics).toBeHidden();
  const before = await chat.answer.boundingBox();
  await print.click();
  for (const fact of FACTS) await expect(statistics).toContainText(fact);
  const gauge = statistics.getByRole("meter", { name: "Context used" });
  await expect(gauge).toHaveAttribute("value", "3276");
  // Between three quarters and nine tenths: the browser takes the second of three colours.
  expect(await gauge.evaluate((meter: HTMLMeterElement) => meter.value > meter.low && meter.value < meter.high)).toBe(true);
  expect(await chat.answer.boundingBox(), "nothing moves").toEqual(before);
  await page.screenshot({ path: info.outputPath("light.png") });
  await page.keyboard.press("Escape");
  await expect(statistics).toBeHidden();
  await print.focus();
  await page.keyboard.press("Enter");
  await expect(statistics).toBeVisible();
  await chat.text.click();
  await expect(statistics).toBeHidden();
  // A small phone, in the dark: all of it is there and nothing sticks out.
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 320, height: 640 });
  await print.click();
  await expect(statistics).toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await page.screenshot({ path: info.outputPath("dark.png") });
  await page.emulateMedia({ media: "print" });
  await expect(statistics).toBeHidden();
  await expect(print, "on paper it is as it was").toBeVisible();
  await page.emulateMedia({ media: "screen" });
  model.stop();
});

test("the menu tells what the thread took, anew each time it is asked", async ({ person, provider }, info) => {
  const chat = new Chat(person);
  await chat.open(await startSettled(person, "echo one two three"));
  const dialog = person.getByRole("dialog", { name: "Statistics of this chat" });
  const figure = (name: string) => dialog.locator(`dt:text-is("${name}") + dd`);
  const open = async () => {
    await person.getByLabel("More about this chat").click();
    await person.getByRole("button", { name: "Statistics", exact: true }).click();
  };
  await open();
  await expect(figure("Messages")).toHaveText("2");
  await expect(figure("Models")).toContainText("demo");
  await expect(figure("Context used")).toContainText("of 8,192");
  const first = Number(await figure("Tokens in all").innerText());
  expect(first).toBeGreaterThan(3);
  await person.screenshot({ path: info.outputPath("thread.png") });
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(dialog).toBeHidden();
  await chat.say(`hold numbers-${info.testId} and more`);
  await provider.reached(`numbers-${info.testId}`);
  await expect(chat.answer).toContainText("Holding");
  await chat.stop.click();
  await chat.settled("cancelled");
  await open();
  await expect(figure("Messages")).toHaveText("4");
  await expect.poll(async () => Number(await figure("Tokens in all").innerText())).toBeGreaterThan(first);
  await expect(figure("Context used")).toContainText("≈");
  await person.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a page that is opened with the thread's statistics comes to life", async ({ person }) => {
  const path = await startSettled(person, "echo one two three");
  await person.goto(`${path}?statistics=`);
  await live(person);
  const section = person.getByRole("region", { name: "Statistics of this chat" });
  await expect(section.locator("dd").first()).toHaveText("2");
  await section.getByRole("link", { name: "Close" }).click();
  await expect(section).toHaveCount(0);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("an answer's and a thread's statistics are there", async ({ page }, info) => {
    await signUpPlainly(page, `plain-statistics-${info.workerIndex}-${info.testId}@example.org`);
    const path = await startSettled(page, "echo one two three");
    await page.goto(path);
    const chat = new Chat(page);
    const statistics = page.getByRole("region", { name: "Statistics of this answer" });
    await expect(statistics).toBeHidden();
    await chat.answer.locator(".row-print").click();
    await expect(statistics).toContainText("of 8,192");
    await expect(statistics.getByRole("meter")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(statistics).toBeHidden();
    await page.getByLabel("More about this chat").click();
    await page.getByRole("button", { name: "Statistics", exact: true }).click();
    const section = page.getByRole("region", { name: "Statistics of this chat" });
    await expect(section.locator('dt:text-is("Messages") + dd')).toHaveText("2");
    await expect(section.getByRole("meter")).toBeVisible();
    await page.screenshot({ path: info.outputPath("plain.png") });
    await section.getByRole("link", { name: "Close" }).click();
    await expect(page).toHaveURL(new RegExp(`${path}$`));
  });
});
