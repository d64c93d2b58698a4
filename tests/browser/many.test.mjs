// A panel with many nodes: one is chosen from a list, with and without JavaScript; and what is said of a link that does not work.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, openBrowser, Panel, tooWide, visitAsAdmin } from "./panel.mjs";

const PHONE = { width: 390, height: 844 };
const NARROW = { width: 320, height: 640 };

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startSetUp()]);
  for (const node of [2, 3, 4, 5, 6, 7]) {
    await panel.asNode("GET", `/nodes/${node}/users`);
    await panel.run("node", "set", String(node), "--name", `Place ${node}`, "--address", `node-${node}.example.net`);
  }
  await panel.addUser("Anna");
  await panel.addUser("Bert", "--expires", "2020-01-01");
});
after(() => Promise.all([browser.close(), panel.close()]));

for (const at of ["/users/1", "/users/1/code", "/users/1/code?from=list"]) {
  for (const javaScriptEnabled of [true, false]) {
    test(`a node is chosen from a list, ${at}, ${javaScriptEnabled ? "at once" : "without JavaScript"}`, () =>
      visitAsAdmin(browser, panel, { viewport: PHONE, javaScriptEnabled }, async (page) => {
        await page.goto(at);
        assert.equal(await page.locator("#which option").count(), 7);
        for (const size of [NARROW, PHONE]) {
          await page.setViewportSize(size);
          assert.deepEqual(await tooWide(page), []);
        }
        await page.locator("#which").selectOption({ label: "Place 6" });
        if (!javaScriptEnabled) await page.locator(".which button").click();
        await page.waitForURL(/node=5.*#share$/);
        assert.match(await page.locator("#link-1").innerText(), /node-6\.example\.net/);
        assert.equal(await page.locator("#which option:checked").innerText(), "Place 6");
        assert.equal(new URL(page.url()).searchParams.get("from"), at.includes("from") ? "list" : null, "where it goes back to is kept");
        if (javaScriptEnabled) assert.deepEqual(await axe(page), []);
      }));
  }
}

for (const [locale, words] of [["en-GB", /^Copied\. Expired on 2020-01-01/], ["zh-CN", /^已复制。已于 2020-01-01 到期/]]) {
  test(`a link that is copied for a user who is kept out is copied with a word about it, ${locale}`, () =>
    visitAsAdmin(browser, panel, { viewport: PHONE, locale, permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      await page.goto("/users");
      const copy = async (name) => {
        await page.getByRole("row").filter({ hasText: name }).locator("button.copy").click();
        return page.evaluate(() => navigator.clipboard.readText());
      };
      assert.match(await copy("Bert"), /^(ss|http):/, "it is copied");
      const told = page.locator(".warned");
      await told.waitFor();
      assert.match(await told.innerText(), words);
      assert.deepEqual(await axe(page), []);
      assert.deepEqual(await tooWide(page), []);
      assert.match(await copy("Anna"), /^(ss|http):/);
      await page.waitForFunction(() => !document.querySelector(".warned"));
    }));
}

test("the token is shown where it was asked for", () => visitAsAdmin(browser, panel, { viewport: PHONE }, async (page) => {
  await page.goto("/nodes/1");
  const show = page.locator("#setup ~ dl form button");
  await show.scrollIntoViewIfNeeded();
  await show.click();
  const token = page.locator("#token");
  await token.waitFor();
  assert.equal(await token.innerText(), await panel.run("token"));
  // The page stands at the values, not at its top.
  await page.waitForFunction(() => Math.abs(document.querySelector("#setup").getBoundingClientRect().top) < 120);
  const { y } = await token.boundingBox();
  assert.ok(y > 0 && y < PHONE.height, `the token is at ${y} px`);
  assert.ok(await page.evaluate(() => scrollY) > 100, "and that is not the top");
}));
