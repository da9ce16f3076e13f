// Without WASM: the same pages, as documents and forms.
import { Chat } from "../support/chat.ts";
import { PASSWORD, expect, test } from "../support/test.ts";

test.use({ javaScriptEnabled: false });

test("sign up, send, read and sign out with plain forms", async ({ page }, info) => {
  const email = `plain-${info.workerIndex}-${info.testId}@example.org`;
  await page.goto("/signup");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: /create/i }).click();
  await expect(page).toHaveURL(/\/chat$/);
  const chat = new Chat(page);
  await chat.text.fill("echo sent by a form");
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await expect
    .poll(async () => {
      await page.reload();
      return chat.answer.getAttribute("data-status");
    })
    .toBe("completed");
  await expect(chat.answer).toContainText("sent by a form");
  await expect(chat.sidebar.getByRole("link", { name: /echo sent/ })).toHaveAttribute("aria-current", "page");
  await chat.text.fill("echo and once more");
  await chat.send.click();
  await expect(page).toHaveURL(/\/chat\/thread\//);
  await expect(chat.rows.filter({ hasText: "and once more" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/chat$/);
});
