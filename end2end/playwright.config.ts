// Runs the built program in a real browser. SKEIN_BIN names the program, CHROMIUM the browser.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // Bounds, not waits: a slow machine takes what it takes.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: process.env.CI ? [["line"], ["json", { outputFile: process.env.SKEIN_E2E_REPORT ?? "test-results/report.json" }]] : "list",
  use: {
    viewport: { width: 1280, height: 860 },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    locale: "en-US",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
