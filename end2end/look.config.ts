// Takes the README's picture: npx playwright test -c look.config.ts
import config from "./playwright.config.ts";

export default { ...config, testDir: "look", testMatch: "*.shot.ts", reporter: "list" };
