// What is done with a thumb: several names that are pasted, a list that is sorted at once, a bar that covers nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, Panel, visitAsAdmin } from "./panel.mjs";

const PHONE = { width: 390, height: 844 };

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startSetUp()]);
  for (const name of ["Anna", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gina", "Hugo", "Ines", "Jens", "Kurt", "Lena"]) await panel.addUser(name);
});
after(() => Promise.all([browser.close(), panel.close()]));

const onPhone = (use, options = {}) => visitAsAdmin(browser, panel, { viewport: PHONE, ...options }, use);

/** As if that had been pasted into a field. */
const paste = (page, selector, text) => page.locator(selector).evaluate((field, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  return field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}, text);

for (const [how, text, names] of [["lines", "Mia\r\nNoa\r\n\r\nOle\r\n", 3], ["commas", "Mia, Noa, Ole、Pia", 4]]) {
  test(`several names that are pasted as ${how} are several users`, () => onPhone(async (page) => {
    await page.goto("/users");
    await paste(page, "#name", text);
    await page.getByRole("heading", { name: `Add ${names} users?` }).waitFor();
    assert.equal(await page.locator("#preview ~ table tbody tr").count(), names);
  }));
}

test("one name that is pasted stays in its field", () => onPhone(async (page) => {
  await page.goto("/users");
  for (const one of ["Mia", "Mia\n", "Bergmann, Mia"]) assert.ok(await paste(page, "#name", one), `${one} is left to the browser`);
  await page.getByRole("link", { name: "Several at once…" }).click();
  await page.getByRole("textbox", { name: "List of users" }).waitFor();
}));

test("the list is sorted as soon as its order is chosen", () => onPhone(async (page) => {
  await page.goto("/users");
  await page.locator("#dir").selectOption("desc");
  await page.waitForURL(/dir=desc/);
  assert.equal(await page.locator(".users tbody tr a bdi").first().innerText(), "Lena");
  await page.locator("#only").selectOption("off");
  await page.waitForURL(/state=off/);
  await page.getByText("No matching users").waitFor();
}));

test("the bar says how many are selected, and does not cover the one selected last", () => onPhone(async (page) => {
  await page.goto("/users");
  const row = page.getByRole("row").filter({ hasText: "Hugo" });
  // The row lies at the very foot of the screen.
  await row.evaluate((part) => scrollTo(0, part.getBoundingClientRect().bottom + scrollY - innerHeight));
  await row.getByRole("checkbox").check();
  await page.locator("#chosen").getByText("1 selected").waitFor();
  const [bottom, top] = await page.evaluate(() => [
    document.querySelector("tr:has(:checked)").getBoundingClientRect().bottom, document.querySelector("#bulk").getBoundingClientRect().top,
  ]);
  assert.ok(bottom <= top, `the row ends at ${bottom} px and the bar begins at ${top} px`);
  await page.getByRole("link", { name: "Select all on this page" }).click();
  await page.locator("#chosen").getByText("12 selected").waitFor();
}));
