import { PASSWORD, expect, live, signUp, test } from "../support/test.ts";

test("the first visit makes the administrator, and closes the door", async ({ page, provider, serve, quiet }) => {
  const server = await serve({ OPENAI_API_BASE_URL: provider.url });
  await page.goto(server.url);
  await expect(page).toHaveURL(/\/signup$/);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill("ada@example.org");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: /create/i }).click();
  await expect(page).toHaveURL(/\/signup/);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: /create/i }).click();
  await expect(page).toHaveURL(/\/chat$/);
  await live(page);

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto(`${server.url}/signup`);
  await expect(page.getByText("New accounts are closed here")).toBeVisible();
  await expect(page.getByRole("button", { name: /create/i })).toHaveCount(0);

  quiet.expected.push(/422/);
  await page.goto(`${server.url}/chat`);
  await expect(page).toHaveURL(/\/login/);
  await live(page);
  await page.getByLabel("Email").fill("ada@example.org");
  await page.getByLabel("Password").fill("not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Email and password do not fit together.")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue("ada@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/chat$/);
});

test("who opens a thread while signed out is led back to it", async ({ page, browser, server, open }, info) => {
  await signUp(page, `back-${info.workerIndex}-${info.testId}@example.org`);
  await page.getByRole("textbox", { name: "Message" }).fill("echo led back");
  await page.keyboard.press("Enter");
  await page.waitForURL(/thread/);
  const context = await browser.newContext({ baseURL: server.url });
  const other = await open(context);
  await other.goto(page.url());
  await expect(other).toHaveURL(/\/login\?next=/);
  await other.getByLabel("Email").fill(`back-${info.workerIndex}-${info.testId}@example.org`);
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other).toHaveURL(page.url());
  await expect(other.getByText("led back").first()).toBeVisible();
  await context.close();
});
