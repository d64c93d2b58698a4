// How much of a page comes before what is looked for, in pixels.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { MADE_UP, numbersParted, openBrowser, Panel, PASSWORD, send, tooWide, visitAsAdmin } from "./panel.mjs";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 375, height: 812 };

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const NAMES = ["Lena Hoffmann", "王小明", "Oskar Lindqvist", "Aisha Rahman", "Maximilian Oberhuber", "Мария Петрова"];

/** A panel with that many users, as they are: quotas, dates, notes, and some who are off or over their quota. */
async function startWith(number) {
  const panel = await Panel.startSetUp();
  const list = Array.from({ length: number }, (_, index) => ({
    email: `${NAMES[index % NAMES.length]} ${index + 1}`, passwd: "secret1234", port: 25000 + index, method: "chacha20-ietf-poly1305",
    u: index * 3e8, d: index * 7e9, transfer_enable: index % 5 === 4 ? 0 : (20 + index) * 2 ** 30, switch: index % 7 === 6 ? 0 : 1,
    t: index % 4 ? Math.floor(Date.now() / 1000) - index * 50_000 : 0, expire: index % 3 ? "" : "2099-12-31",
  }));
  await writeFile(`${panel.dir}/list.json`, JSON.stringify(list));
  await panel.run("import", `${panel.dir}/list.json`);
  await panel.report(1, ...(await panel.everything()).users.slice(0, 3).map(({ id }) => [id, 1e6, 1e7]));
  return panel;
}

const top = (page, selector) => page.locator(selector).first().evaluate((part) => part.getBoundingClientRect().top + scrollY);

/** Parts of a row of the list that lie on one another. */
const overlapping = (page) => page.evaluate(() => [...document.querySelectorAll(".users tbody tr")].flatMap((row) => {
  const parts = [...row.querySelectorAll(".who a, .badge, .of, .expires > :not(.wide-text), .last > span, .row-actions")]
    .map((part) => [part.innerText.replaceAll("\n", " "), part.getBoundingClientRect()]).filter(([, { width, height }]) => width > 0 && height > 0);
  return parts.flatMap(([words, a], at) => parts.slice(at + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)
    .map(([others]) => `${words} | ${others}`));
}));

/** Where the first row stands in that language, on a desktop and on a phone. */
async function firstRow(page, locale, state, phones = [PHONE, { width: 390, height: 844 }]) {
  for (const [size, most] of [[DESKTOP, 300], ...phones.map((phone) => [phone, 420])]) {
    await page.setViewportSize(size);
    const first = await top(page, ".users tbody tr");
    assert.ok(first <= most, `${state}, ${locale}, ${size.width} px: the first row begins at ${first} px, not within ${most} px`);
  }
}

test("where the first user stands before a node has connected, and below a message", async () => {
  for (const node of ["none", "waiting", "connected"]) {
    const panel = await Panel.start();
    try {
      await panel.feed(PASSWORD, "password");
      if (node === "connected") await panel.asNode("GET", "/nodes/1/users");
      for (const name of [...NAMES, "Bert", "Cleo", "Dora"]) await panel.addUser(name, "--quota", "10GiB");
      for (const locale of ["en-GB", "zh-CN"]) {
        await visitAsAdmin(browser, panel, { locale }, async (page) => {
          if (node === "waiting" && locale === "en-GB") {
            await page.goto("/nodes");
            await send(page, "/nodes", { name: "Tokyo", address: "tokyo.example.net" });
          }
          await page.goto("/users");
          const told = page.getByRole("link", { name: /No node has connected yet: set one up|还没有节点连接过：去设置/ });
          assert.equal(await told.count(), node === "connected" ? 0 : 1, "where the next step is");
          if (node !== "connected") assert.match(await told.getAttribute("href"), node === "none" ? /\/nodes$/ : /\/nodes\/1$/);
          await firstRow(page, locale, `node ${node}`);
          await page.getByRole("switch").nth(1).click();
          await page.locator(".flash").waitFor();
          await firstRow(page, locale, `node ${node}, after a switch`);
          await page.locator(".flash button").click();
          await page.locator(".flash.plain, .flash").waitFor();
          await firstRow(page, locale, `node ${node}, after Undo`);
        });
      }
    } finally {
      await panel.close();
    }
  }
});

for (const number of [3, 8, 60]) {
  test(`where the first of ${number} users stands`, async () => {
    const panel = await startWith(number);
    try {
      for (const locale of ["en-GB", "zh-CN"]) {
        await visitAsAdmin(browser, panel, { locale }, async (page) => {
          await page.goto("/");
          await firstRow(page, locale, `${number} users`);
          for (const size of [DESKTOP, PHONE]) {
            await page.setViewportSize(size);
            if (number === 3) assert.equal(await page.locator("[role=search]").count(), 0, "so few need no search");
            if (number >= 8) assert.ok(await page.locator("[role=search]").isVisible());
          }
          // What was done to several is told above them.
          await page.goto("/users/batch?act=extend&user=1&user=2&user=3");
          await page.locator("main form button.main").first().click();
          await page.locator(".flash").waitFor();
          await firstRow(page, locale, `${number} users, some of them extended`);
          await page.setViewportSize(PHONE);
          await page.goto("/");
          const [rows, length] = await page.evaluate(() => [document.querySelectorAll(".users tbody tr").length, document.scrollingElement.scrollHeight]);
          if (number > 50) assert.equal(rows, 50);
          assert.ok(length <= 5000, `${rows} users on a phone are ${length} px long, not within 5,000 px`);
          assert.deepEqual(await tooWide(page), []);
          assert.deepEqual(await overlapping(page), []);
          // Nothing is selected, so nothing is offered for a selection.
          assert.equal(await page.locator("#bulk button:visible").count(), 0);
          await page.getByRole("checkbox").first().check();
          assert.ok(await page.locator("#bulk button:visible").count() > 0);
          const bar = await page.locator("#bulk").boundingBox();
          assert.ok(bar.height <= 112 && bar.y + bar.height <= PHONE.height, `what can be done with a selection is at hand and small: ${JSON.stringify(bar)}`);
        });
      }
    } finally {
      await panel.close();
    }
  });
}

test("a user's page is at most three screens of a phone before the history", async () => {
  const panel = await Panel.startFrom(MADE_UP);
  try {
    for (const locale of ["en-GB", "zh-CN"]) {
      await visitAsAdmin(browser, panel, { locale, viewport: PHONE }, async (page) => {
        for (const { id } of (await panel.everything()).users) {
          await page.goto(`/users/${id}`);
          const before = await top(page, "section:has(#days)");
          assert.ok(before <= 3 * PHONE.height, `${locale}, user ${id}: the history begins at ${before} px`);
          // What is done daily needs no scrolling.
          for (const button of await page.locator(".today .actions button").all()) {
            const { y, height } = await button.boundingBox();
            assert.ok(y + height <= PHONE.height, `${locale}, user ${id}: ${await button.innerText()} is at ${y} px`);
          }
          assert.deepEqual(await numbersParted(page), []);
        }
      });
    }
  } finally {
    await panel.close();
  }
});
