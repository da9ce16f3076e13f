// What a person does and sees on a chat page.
import { type Locator, type Page, expect } from "@playwright/test";
import { live } from "./test.ts";

export class Chat {
  constructor(readonly page: Page) {}

  get text(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get send(): Locator {
    return this.page.getByRole("button", { name: "Send", exact: true });
  }

  get stop(): Locator {
    return this.page.getByRole("button", { name: "Stop", exact: true });
  }

  get rows(): Locator {
    return this.page.locator("article.row");
  }

  /** The newest answer. */
  get answer(): Locator {
    return this.page.locator('article.row[data-role="assistant"]').last();
  }

  get sidebar(): Locator {
    return this.page.getByRole("complementary", { name: "Chats" });
  }

  /** The line under the composer. */
  get note(): Locator {
    return this.page.locator(".composer-note");
  }

  get toasts(): Locator {
    return this.page.getByLabel("Messages from Skein");
  }

  /** Starts a thread from the index page and arrives at its own. */
  async start(text: string): Promise<string> {
    if (!/\/chat(\/index)?$/.test(new URL(this.page.url()).pathname)) await this.page.goto("/chat");
    await live(this.page);
    await this.text.fill(text);
    await this.text.press("Enter");
    await this.page.waitForURL(/\/chat\/thread\/[0-9a-f-]{36}$/);
    return this.page.url();
  }

  /** Sends in the thread that is open. */
  async say(text: string): Promise<void> {
    await this.text.fill(text);
    await this.text.press("Enter");
  }

  /** Waits until the newest answer has ended in this way. */
  async settled(status = "completed"): Promise<void> {
    await expect(this.answer).toHaveAttribute("data-status", status);
  }

  /** Opens a page and waits until it is alive. */
  async open(url: string): Promise<this> {
    await this.page.goto(url);
    await live(this.page);
    return this;
  }

  /** How far the list is scrolled, and how far from its end. */
  scroll(): Promise<{ top: number; below: number }> {
    return this.page.locator("#scroller, .scroller").first().evaluate((element) => ({
      top: element.scrollTop,
      below: element.scrollHeight - element.clientHeight - element.scrollTop,
    }));
  }

  async scrollTo(top: number): Promise<void> {
    await this.page.locator(".scroller").evaluate((element, top) => element.scrollTo({ top, behavior: "instant" }), top);
  }
}
