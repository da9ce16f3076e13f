// The picture in the README: a real page of the real program, with an answer that somebody could have got.
import { LLMock } from "@copilotkit/aimock";
import { Chat } from "../support/chat.ts";
import { signUp, test } from "../support/test.ts";

const QUESTION = "The median is fine but p99 is ten times worse since the batch job moved to 10:00. Why?";
const ANSWER = `The tail comes from the **write lock**, not from the query. Between 10:04:10 and 10:04:40 every slow
request waits on the same statement:

\`\`\`rust
// one transaction for the whole batch
let mut tx = pool.begin().await?;
for row in batch { insert(&mut *tx, row).await?; }
tx.commit().await?;
\`\`\`

| Batch size | p50 | p99 |
| --- | ---: | ---: |
| 10,000 rows | 4 ms | 412 ms |
| 200 rows | 4 ms | 19 ms |

So commit in groups of 200: the job takes 3 % longer, and nobody else waits for it.`;

test("the README's picture", async ({ page, serve }) => {
  const mock = new LLMock({ port: 0 });
  mock.onMessage(QUESTION, { content: ANSWER });
  for (const other of ["Translate the onboarding mail into French", "Names for the new service", "Sourdough at 12 °C"]) {
    mock.onMessage(other, { content: "Gladly. Here is a first version to look at together." });
  }
  await mock.start();
  const server = await serve({ OPENAI_API_BASE_URL: `${mock.url}/v1`, OPENAI_API_KEY: "sk-test" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await signUp(page, undefined, server.url);
  const chat = new Chat(page);
  for (const other of ["Sourdough at 12 °C", "Names for the new service", "Translate the onboarding mail into French", QUESTION]) {
    await page.goto(`${server.url}/chat`);
    await chat.start(other);
    await chat.settled();
  }
  await page.mouse.move(640, 20);
  await page.screenshot({ path: "look/thread.png" });
  await mock.stop();
});
