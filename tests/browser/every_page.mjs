// Every page that there is, one after the other.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { DESKTOP, openBrowser, ROOT } from "./panel.mjs";
import { WALKS } from "./screens.mjs";

/** Does it, and says of what takes for ever what it was. */
async function within(what, work) {
  let timer;
  const never = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`${what}: nothing came of it in two minutes`)), 120_000); });
  try {
    await Promise.race([work(), never]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a test for each walk, in which a browser of that locale goes everywhere and `check(page, what)` says what is wrong there. */
export function walkEverywhere(language, locale, check) {
  const seen = new Set();
  let browser;
  before(async () => { browser = await openBrowser(); });
  after(() => browser.close());

  for (const walk of WALKS) {
    test(`what ${walk.who} sees, in ${language}`, async () => {
      const panel = await walk.start(browser);
      const wrong = [];
      try {
        await walk.visit(browser, panel, { locale }, async (page) => {
          page.on("response", (answer) => {
            if (answer.request().isNavigationRequest()) seen.add(`${answer.request().method()} ${new URL(answer.url()).pathname}`);
          });
          for (const [what, go] of Object.entries(walk.screens)) {
            await page.setViewportSize(DESKTOP);
            await page.emulateMedia({ colorScheme: "light" });
            await within(what, async () => {
              await go(page, panel);
              wrong.push(...(await check(page)).map((each) => `${what}, ${each}`));
            });
          }
        });
      } finally {
        await panel.close();
      }
      assert.ok(wrong.length === 0, `${wrong.length} faults:\n${wrong.join("\n")}`);
    });
  }

  test(`no page was left out, in ${language}`, async () => {
    const table = await readFile(path.join(ROOT, "src/routes/table.rs"), "utf8");
    const pages = [...table.matchAll(/(?:public|admin)\(Get, "([^"]+)"/g)].map(([, at]) => at);
    assert.ok(pages.length > 20);
    // No pages, but files to fetch.
    const files = ["/healthz", "/style.css", "/panel.js", "/favicon.svg", "/robots.txt", "/export.json", "/export.csv", "/usage.csv", "/backup/file"];
    const pattern = (at) => new RegExp(`^GET ${at.replace(/\{\w+\}/g, "[^/]+")}$`);
    const missed = pages.filter((at) => !files.includes(at) && ![...seen].some((one) => pattern(at).test(one)));
    assert.deepEqual(missed, []);
  });
}
