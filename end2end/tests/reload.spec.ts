// Reloading in the middle of anything: what was shown is there at first paint, rendered, and goes on.
import { Chat } from "../support/chat.ts";
import { expect, live, test } from "../support/test.ts";

const TABLE = "| a | b |\n|---|---|\n| one | two |\n| three | four |\n\nAfter it.";
const CODE = "Before:\n\n```rust\nfn main() {\n    let x = 1;\n}\n```\n\nAfter it.";

const CASES = [
  { what: "text", prompt: "step GATE one *two* three four five six", steps: 3, whole: "one two three four five six", part: /^one two/ },
  { what: "reasoning", prompt: "think GATE first this then that and so on", steps: 4, whole: "first this then that and so on", part: /first this then/ },
  { what: "a code block", prompt: `step GATE ${CODE}`, steps: 9, whole: "let x = 1;", part: /fn main/ },
  { what: "a table", prompt: `step GATE ${TABLE}`, steps: 13, whole: "four", part: /one/ },
];

for (const [index, { what, prompt, steps, whole, part }] of CASES.entries()) {
  test(`in the middle of ${what}`, async ({ person, provider, browser, context, server, open }) => {
    const gate = `reload-${index}-${test.info().workerIndex}-${test.info().retry}`;
    const chat = new Chat(person);
    const url = await chat.start(prompt.replace("GATE", gate));
    for (let step = 1; step <= steps; step++) {
      await provider.reached(gate, step);
      await provider.release(gate);
    }
    await provider.reached(gate, steps + 1);
    const blocks = what === "reasoning" ? chat.answer.locator(".reasoning .blocks") : chat.answer.locator(":scope > .blocks");
    await expect(blocks).toContainText(part);
    const shown = (await blocks.innerText()).trim();
    const html = await blocks.innerHTML();

    // Without scripts: the same words, rendered the same.
    const plain = await browser.newContext({
      baseURL: server.url,
      storageState: await context.storageState(),
      javaScriptEnabled: false,
    });
    const other = new Chat(await open(plain));
    await other.page.goto(url);
    const same = what === "reasoning" ? other.answer.locator(".reasoning .blocks") : other.answer.locator(":scope > .blocks");
    await expect(same).toContainText(part);
    expect(strip(await same.innerHTML())).toBe(strip(html));

    // With them: there before they have run, there after, and on from there.
    const answer = await person.request.get(url);
    expect(strip(await answer.text())).toContain(strip(html).slice(0, 40));
    await person.reload();
    await live(person);
    await expect(blocks).toContainText(part);
    expect((await blocks.innerText()).trim()).toBe(shown);
    await provider.release(gate, 100);
    await chat.settled();
    await expect(blocks).toContainText(whole);
    await expect(chat.rows).toHaveCount(2);
    const live_ = strip(await blocks.innerHTML());
    await person.reload();
    expect(strip(await blocks.innerHTML())).toBe(live_);
    await other.page.reload();
    await expect(same).toContainText(whole);
    await plain.close();
  });
}

/** HTML without what only scripts add, and without the comments that views leave. */
function strip(html: string): string {
  return html.replace(/<!--.*?-->/g, "").replace(/ (aria-label|data-copied|data-measured|id|inert|style)(="[^"]*")?/g, "").trim();
}
