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
        const node = page.getByRole("group", { name: "Your first node" });
        assert.ok(await node.getByRole("radio", { name: "On this server" }).isChecked(), "what is the least work is chosen");
        await node.getByRole("radio", { name: "On another server" }).check();
        await node.getByLabel("Name").fill("Tokyo");
        await node.getByLabel("Address").fill("tokyo.example.net");
        // Their first friend they can name at once, or afterwards.
        if (javaScriptEnabled) await page.locator("#friend").fill("Lena");
        await page.getByRole("button", { name: "Finish setup" }).click();
        if (!javaScriptEnabled) {
          await says(page, "You are signed in. Next, add your first friend.");
          await page.getByRole("textbox", { name: "Add a user" }).fill("Lena");
          await page.getByRole("button", { name: "Add" }).first().click();
        }
        await says(page, "Lena has been added.");
        assert.match(await page.locator("main .notice").innerText(), /^Next: start the program on Tokyo\./, "one message says what comes next");
        await page.getByRole("heading", { name: "Lena", exact: true }).waitFor();

        const link = await page.locator("#link-1").innerText();
        assert.match(link, /^ss:\/\/[\w-]+@tokyo\.example\.net:20001#/);
        assert.ok(await page.getByRole("img", { name: /^QR code/ }).evaluate((code) => code.complete && code.naturalWidth > 0));
        await page.getByText("Invitation", { exact: true }).first().click();
        const [invitation, own] = [await page.getByLabel("Invitation", { exact: true }).inputValue(), await page.locator("#page-address").innerText()];
        for (const part of ["Lena", link]) assert.ok(invitation.includes(part), `${part} in ${invitation}`);
        assert.ok(!invitation.includes("127.0.0.1"), "an address that no friend can open is not sent");

        const copy = page.getByRole("button", { name: "Copy invitation" });
        if (javaScriptEnabled) {
          await copy.click();
          await page.getByRole("button", { name: "Copied" }).waitFor();
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

        await page.reload();
        const facts = await page.getByRole("region", { name: "Usage", exact: true }).innerText();
        for (const part of [/3 KiB no limit/, /Uploaded\s+1\sKiB/, /Downloaded\s+2\sKiB/]) assert.match(facts, part);
        await page.getByRole("link", { name: "Users", exact: true }).click();
        assert.match(await page.getByRole("row").filter({ hasText: "Lena" }).innerText(), /Lena\s.*On\s.*3 KiB no limit.*never.*(just now|\d+ s ago).*20001/s);
        await page.getByRole("link", { name: "Nodes", exact: true }).click();
        await page.getByText(/^\S*\s*Seen (just now|\d+ s ago)$/).waitFor();

        await page.goto("/");
        await page.getByRole("switch", { name: "Access for Lena" }).click();
        await says(page, "Lena is switched off.");
        assert.equal((await panel.asNode("GET", "/nodes/1/users")).data[0].enable, 0);

        await page.getByRole("link", { name: "Lena", exact: true }).click();
        await page.getByRole("link", { name: "Delete…" }).click();
        await page.getByRole("heading", { name: "Delete Lena?" }).waitFor();
        await page.getByRole("button", { name: "Delete" }).click();
        await says(page, "Lena deleted.");
        await page.getByRole("button", { name: "Undo" }).click();
        await says(page, "Undone.");
        assert.equal((await panel.everything()).users.length, 1);

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
