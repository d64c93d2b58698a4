// What is done daily, in clicks from the page after the sign-in, beside what other panels need for it: docs/jobs.md has
// the table, and these are its figures of mu-panel.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { DESKTOP, MADE_UP, openBrowser, Panel, PASSWORD, PHONE, ROOT, visitAsAdmin } from "./panel.mjs";

/** The user whom the jobs are about: one with a quota and a last day. */
const USER = "Chloé Martin";

/** Each job as it is called in the table: what is clicked, and what shows that it is done. */
const JOBS = {
  "Add a user and copy the invitation": async (page) => {
    await page.getByRole("textbox", { name: "Add a user" }).click();
    await page.keyboard.type("Newcomer");
    await page.getByRole("button", { name: "Add" }).first().click();
    await page.getByRole("button", { name: "Copy invitation" }).click();
    assert.match(await copied(page), /Newcomer.*ss:\/\//s);
  },
  "Copy a user's link again": async (page) => {
    await page.getByRole("button", { name: `Copy link: ${USER}` }).click();
    assert.match(await copied(page), /^(ss|http):\/\//);
  },
  "Give a user more quota": async (page, panel) => {
    const before = (await one(panel)).transfer_enable;
    await page.getByRole("link", { name: USER, exact: true }).click();
    await page.getByRole("button", { name: "+10 GiB" }).click();
    await page.getByRole("status").getByText("now has a quota of").waitFor();
    assert.equal((await one(panel)).transfer_enable, before + 10 * 2 ** 30);
  },
  "Renew a user for a month": async (page) => {
    await page.getByRole("link", { name: USER, exact: true }).click();
    await page.getByRole("button", { name: "+1 month" }).click();
    await page.getByRole("status").getByText("now expires on").waitFor();
  },
  "Switch a user off": async (page, panel) => {
    await page.getByRole("switch", { name: `Access for ${USER}` }).click();
    await page.getByRole("status").getByText("is switched off.").waitFor();
    assert.equal((await one(panel)).switch, 0);
  },
  "Give a user a new password": async (page, panel) => {
    const before = (await one(panel)).passwd;
    await page.getByRole("link", { name: USER, exact: true }).click();
    await page.getByRole("link", { name: "New password…" }).click();
    await page.getByRole("button", { name: "Make a new password" }).click();
    await page.getByRole("status").getByText("The old link will stop working").waitFor();
    assert.notEqual((await one(panel)).passwd, before);
  },
  "See who used most this month": async (page) => {
    await page.getByRole("link", { name: /this month$/ }).click();
    await page.getByRole("heading", { name: /^Usage/ }).waitFor();
    const sizes = await shown(page);
    assert.deepEqual(sizes, [...sizes].sort((one, other) => other - one), "the most comes first");
  },
  "See what a user used yesterday": async (page) => {
    await page.getByRole("link", { name: "Usage", exact: true }).click();
    await page.getByRole("link", { name: "Yesterday" }).click();
    assert.match(await page.getByRole("row").filter({ hasText: "王小明" }).innerText(), /[\d.]+ [GM]iB/);
  },
  "See what everyone used yesterday": async (page) => {
    await page.getByRole("link", { name: "Usage", exact: true }).click();
    await page.getByRole("link", { name: "Yesterday" }).click();
    assert.match(await page.getByRole("row").last().innerText(), /^Total.*[\d.]+ GiB/s);
  },
  "See what went through each node": async (page) => {
    await page.getByRole("link", { name: "Nodes", exact: true }).click();
    for (const node of ["Tokyo", "Frankfurt"]) {
      assert.match(await page.getByRole("article").filter({ hasText: node }).innerText(), /Downloaded, all time\s+[\d.,]+\s[GT]iB/);
    }
  },
  "Add a second server": async (page) => {
    await page.getByRole("link", { name: "Nodes", exact: true }).click();
    await page.getByText("Add a node").click();
    await page.getByLabel("Address", { exact: true }).last().click();
    await page.keyboard.type("osaka.example.net");
    await page.getByRole("button", { name: "Add node" }).click();
    await page.getByRole("heading", { name: "Set up" }).waitFor();
    assert.ok(await page.locator("#url").isVisible(), "what its program needs is there");
  },
  // The last one, since it ends the sign-in of all others.
  "Change the admin password": async (page) => {
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await page.getByLabel("Current password").click();
    await page.keyboard.type(PASSWORD);
    await page.getByLabel("New password").click();
    await page.keyboard.type("another password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("status").getByText("Password changed.").waitFor();
  },
};

const copied = async (page) => {
  // Of a user who is kept out, the reason why the link does not work at present is told instead.
  await page.locator("main > p[role=status]:not(:empty)").waitFor({ state: "attached" });
  return page.evaluate(() => navigator.clipboard.readText());
};
const one = async (panel) => (await panel.everything()).users.find(({ name }) => name === USER);
/** The total of each row, in bytes. */
const shown = (page) => page.locator("tbody td[title]:nth-of-type(3)").evaluateAll((cells) =>
  cells.map((cell) => Number(cell.title.replace(/\D/g, ""))));

let browser, table;
before(async () => {
  browser = await openBrowser();
  const rows = (await readFile(path.join(ROOT, "docs/jobs.md"), "utf8")).split("\n").filter((line) => /^\| [A-Z]/.test(line)).slice(1);
  table = new Map(rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())).map(([job, ...counts]) => [job, counts]));
});
after(() => browser.close());

for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`the jobs in clicks, on a ${size}`, async () => {
    assert.deepEqual([...table.keys()].sort(), Object.keys(JOBS).sort(), "the table has each job");
    const panel = await Panel.startFrom(MADE_UP);
    try {
      for (const [job, work] of Object.entries(JOBS)) {
        await visitAsAdmin(browser, panel, { viewport, permissions: ["clipboard-read", "clipboard-write"] }, async (page, context) => {
          // The browser itself counts, across pages.
          let clicks = 0;
          await context.exposeBinding("clicked", () => { clicks += 1; });
          await context.addInitScript(() => addEventListener("pointerdown", (event) => { if (event.isTrusted) globalThis.clicked(); }, true));
          await page.goto("/");
          await page.getByRole("table").waitFor();
          assert.equal(clicks, 0);
          await work(page, panel);
          const [ours, ...peers] = table.get(job).map((cell) => Number(cell.match(/^\d+/)?.[0] ?? Infinity));
          assert.equal(clicks, ours, `${job}: docs/jobs.md says otherwise`);
          assert.ok(peers.length === 3 && ours <= Math.min(...peers), `${job}: a peer needs fewer: ${peers}`);
        });
      }
    } finally {
      await panel.close();
    }
  });
}
