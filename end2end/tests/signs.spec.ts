// What the browser's own tab says: that something runs, and how much ended unseen.
import type { Page } from "@playwright/test";
import { Chat } from "../support/chat.ts";
import { expect, test } from "../support/test.ts";

/** What the browser does when another tab comes before this one, and when it comes back. */
function look(page: Page, state: "hidden" | "visible"): Promise<void> {
  return page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

/** The title, and an icon that is there. */
async function says(page: Page, title: RegExp, icon: string): Promise<void> {
  await expect(page).toHaveTitle(title);
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", `/${icon}.svg`);
  const answer = await page.request.get(`/${icon}.svg`);
  expect(answer.headers()["content-type"]).toBe("image/svg+xml");
}

test("title and icon tell what runs and what ended unseen", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold sign1 done");
  await provider.reached("sign1");
  await says(person, /^● hold sign1/, "favicon-running");
  await person.getByRole("link", { name: "New chat" }).first().click();
  await says(person, /^● New chat · Skein$/, "favicon-running");
  await chat.start("hold sign2 done");
  await provider.reached("sign2");
  await provider.release("sign1");
  await says(person, /^● \(1\) hold sign2/, "favicon-both");
  await provider.release("sign2");
  await chat.settled();
  await says(person, /^\(1\) hold sign2/, "favicon-unread");
  await chat.sidebar.getByRole("link", { name: /hold sign1/ }).click();
  await says(person, /^hold sign1/, "favicon");
});

test("a hidden tab tells when what it waits for has ended", async ({ person, provider }) => {
  const chat = new Chat(person);
  await chat.start("hold sign3 done");
  await provider.reached("sign3");
  await says(person, /^● hold sign3/, "favicon-running");
  await look(person, "hidden");
  await expect(person.locator(".connection")).toHaveAttribute("data-connection", "idle");
  await provider.release("sign3");
  await says(person, /^\(1\) hold sign3/, "favicon-unread");
  await look(person, "visible");
  await chat.settled();
  await says(person, /^hold sign3/, "favicon");
});
