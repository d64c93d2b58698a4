// The whole way: from the first start to a friend who is connected.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, Panel, PASSWORD, visit } from "./panel.mjs";

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

for (const javaScriptEnabled of [true, false]) {
  test(`from the first start to a friend's link, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
    const panel = await Panel.start();
    try {
      await visit(browser, panel, { javaScriptEnabled, permissions: ["clipboard-read", "clipboard-write"] }, async (page, context) => {
        await page.goto(await panel.setupLink());
        await page.getByLabel("New password").fill(PASSWORD);
        await page.getByRole("group", { name: "Your first node" }).getByLabel("Name").fill("Tokyo");
        await page.getByLabel("Address").fill("tokyo.example.net");
        // Whom he wants to invite first he can name at once, or afterwards.
        if (javaScriptEnabled) await page.locator("#friend").fill("Lena");
        await page.getByRole("button", { name: "Begin" }).click();
        if (!javaScriptEnabled) {
          await says(page, "You are signed in. Next, add Add your first friend below.");
          await page.getByRole("textbox", { name: "Add a user" }).fill("Lena");
          await page.getByRole("button", { name: "Add" }).first().click();
          await says(page, "Lena was added. Send the invitation, and it is done.");
        }
        await page.getByRole("heading", { name: "Lena", exact: true }).waitFor();

        const link = await page.locator("#link-1").innerText();
        assert.match(link, /^ss:\/\/[\w-]+@tokyo\.example\.net:20001#/);
        assert.ok(await page.getByRole("img", { name: /^QR code/ }).evaluate((code) => code.complete && code.naturalWidth > 0));
        const [invitation, own] = [await page.getByLabel("Invitation", { exact: true }).inputValue(), await page.locator("#page-address").innerText()];
        for (const part of ["Lena", link, own]) assert.ok(invitation.includes(part), `${part} in ${invitation}`);

        const copy = page.getByRole("button", { name: "Copy: Invitation" });
        if (javaScriptEnabled) {
          await copy.click();
          await copy.getByText("Copied").waitFor();
          assert.equal(await page.locator("main > p[role=status]").textContent(), "Copied", "who listens hears it");
          assert.equal(await page.evaluate(() => navigator.clipboard.readText()), invitation);
        } else {
          assert.equal(await copy.count(), 0, "a button that could do nothing is not shown");
        }

        await visit(browser, panel, { javaScriptEnabled }, async (friend) => {
          await friend.goto(own);
          await friend.getByRole("heading", { name: "Hello Lena" }).waitFor();
          assert.equal(await friend.locator("#link-1").innerText(), link);
          await friend.getByText("0 B no limit").waitFor();

          const { data: [row] } = await panel.asNode("GET", "/nodes/1/users");
          assert.deepEqual([row.port, row.enable], [20001, 1]);
          await panel.report(1, [row.id, 1024, 2048]);

          await friend.reload();
          await friend.getByText("3 KiB no limit").waitFor();
        });

        await page.getByRole("link", { name: "Users", exact: true }).click();
        const row = page.getByRole("row").filter({ hasText: "Lena" });
        assert.match(await row.innerText(), /On\s.*20001.*1 KiB.*2 KiB.*3 KiB/s);
        await page.getByRole("link", { name: "Nodes" }).click();
        await page.getByText("Seen just now").waitFor();

        await page.goto("/");
        await page.getByRole("switch", { name: "Let Lena in" }).click();
        await says(page, "Lena was switched off.");
        assert.equal((await panel.asNode("GET", "/nodes/1/users")).data[0].enable, 0);

        await page.getByRole("link", { name: "Lena" }).click();
        await page.getByRole("link", { name: "Delete…" }).click();
        await page.getByRole("heading", { name: "Delete Lena?" }).waitFor();
        await page.getByRole("button", { name: "Delete" }).click();
        await says(page, "Lena was deleted.");
        await page.getByRole("button", { name: "Undo" }).click();
        await says(page, "Lena is back.");

        await page.getByRole("button", { name: "Sign out" }).click();
        await says(page, "You are signed out.");
        await page.goto("/users/1");
        await page.getByRole("heading", { name: "Sign in" }).waitFor();
        await page.getByLabel("Password").fill(PASSWORD);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("heading", { name: "Lena", exact: true }).waitFor();
        assert.equal(context.pages().length, 1);
      });
    } finally {
      await panel.close();
    }
  });
}

const says = (page, words) => page.getByRole("status").getByText(words).waitFor();
