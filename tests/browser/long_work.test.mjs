// Work that takes long: a page says that it goes on and leads by itself to what came of it, without JavaScript too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MADE_UP, openBrowser, Panel, SLOW_TO_COPY, visitAnew, visitAsAdmin } from "./panel.mjs";

let browser, panel;
before(async () => { [browser, panel] = await Promise.all([openBrowser(), Panel.startFrom(SLOW_TO_COPY)]); });
after(() => Promise.all([browser.close(), panel.close()]));

const LIST = JSON.stringify([701, 702].map((id) => ({ id, passwd: "secret1234", port: 30000 + id, method: "aes-128-gcm", email: `Friend ${id}` })));

/** Begins what writes while another program does, looks at the page that waits, and lets it go on; again, if it has not waited so long. */
async function wait(page, title, begin) {
  do {
    const letWrite = await panel.holdWriting();
    await begin();
    await page.getByRole("heading", { name: title }).waitFor();
    assert.ok(await page.getByRole("progressbar", { name: title }).isVisible());
    assert.match(await page.getByRole("status").innerText(), /^(Adding users|Saving the current database)…$/);
    await letWrite();
    await page.locator(".flash, .error, main section[role=status]").first().waitFor();
  } while (await page.locator(".error").count());
}

const KINDS = [{ javaScriptEnabled: true, how: "with" }, { javaScriptEnabled: false, how: "without" }];

for (const { how, ...options } of KINDS) {
  test(`a backup is made and comes by itself, ${how} JavaScript`, () => visitAsAdmin(browser, panel, options, async (page) => {
    const coming = page.waitForEvent("download");
    // On a machine that stood still meanwhile it may be ready already.
    for (let seen = 0; seen === 0; seen = await page.getByText(/^Copying the database: \d+%$/).count()) {
      await page.goto("/settings");
      await page.getByRole("button", { name: "Download a backup" }).click();
      await page.getByRole("heading", { name: /^(Making a backup|The backup is ready)$/ }).waitFor();
    }
    await page.getByRole("heading", { name: "The backup is ready" }).waitFor();
    const file = `${panel.dir}/made-${how}.db`;
    await (await coming).saveAs(file);
    assert.match(await panel.run("--db", file, "check"), /is sound: \d+ users and 2 nodes/);
    assert.ok(await page.getByRole("link", { name: /^Download \([\d.]+ MiB\)$/ }).isVisible(), "and once more, if it is lost");
  }));

  test(`a list is imported while another program writes, ${how} JavaScript`, () => visitAsAdmin(browser, panel, options, async (page) => {
    const list = LIST.replaceAll("70", how === "with" ? "71" : "72");
    await wait(page, "Adding users", async () => {
      await page.goto("/import");
      await page.getByLabel("List of users").last().fill(list);
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByRole("button", { name: "Add", exact: true }).click();
    });
    await page.getByText("2 users added.").waitFor();
    assert.ok((await panel.everything()).users.some(({ id }) => id === JSON.parse(list)[1].id));
  }));
}

// Then the large database is gone.
for (const { how, ...options } of KINDS) {
  test(`a backup is put back while another program writes, ${how} JavaScript`, () => visitAnew(browser, panel, options, async (page) => {
    await panel.addUser(`added since, ${how}`);
    await page.goto("/restore");
    await page.getByLabel("Backup file").last().setInputFiles(MADE_UP);
    await page.getByRole("button", { name: "Check" }).click();
    await wait(page, "Restoring the backup", () => page.getByRole("button", { name: "Restore" }).click());
    await page.getByText("The backup with 12 users was restored").waitFor();
    assert.equal((await panel.everything()).users.length, 12);
  }));
}
