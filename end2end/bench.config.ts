// What script/bench measures in the browser. Started by its tool, which sets the stage: see script/load.
import config from "./playwright.config.ts";

export default {
  ...config,
  testDir: "bench",
  testMatch: "*.bench.ts",
  // One thing at a time.
  workers: 1,
  fullyParallel: false,
  timeout: 240_000,
  reporter: "list",
  // A trace would be measured as well.
  use: { ...config.use, trace: "off", screenshot: "off" },
};
