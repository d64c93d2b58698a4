// What is done with a thumb: several names that are pasted, a list that is sorted at once, a bar that covers nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hasFocus, openBrowser, Panel, visitAsAdmin } from "./panel.mjs";

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

test("what is tapped in a row is as wide as a thumb, and away from the switch", () => onPhone(async (page) => {
  await page.goto("/users");
  const box = (selector) => page.locator(".users tbody tr").nth(1).locator(selector).boundingBox();
  const [copy, code, toggle] = await Promise.all(["button.copy", "a.icon", ".switch"].map(box));
  for (const each of [copy, code]) assert.ok(each.width >= 40 && each.height >= 40, JSON.stringify(each));
  assert.ok(toggle.x - (code.x + code.width) >= 8, "the switch stands apart");
  // Also where the neighbours reach.
  const hit = await page.evaluate(([x, y]) => document.elementFromPoint(x, y).closest("button, a")?.className, [copy.x + 20, copy.y + 38]);
  assert.match(hit, /copy/);
  await page.goto("/users/1");
  assert.ok((await page.locator(".crumbs a").boundingBox()).height >= 32);
}));

test("what was done stays in view, and does not cover what was changed", () => onPhone(async (page) => {
  await page.goto("/users");
  for (const name of ["Jens", "Bert"]) {
    const row = page.getByRole("row").filter({ hasText: name });
    // The row lies at the very top of the screen.
    await row.evaluate((part) => scrollTo(0, part.getBoundingClientRect().top + scrollY));
    await row.getByRole("switch").click();
    const told = page.locator(".flash").getByText(`${name} is switched off.`);
    await told.waitFor();
    await page.waitForFunction(() => {
      const [flash, row] = [document.querySelector(".flash"), document.querySelector("tr:target")].map((part) => part.getBoundingClientRect());
      return flash.top >= 0 && flash.bottom <= row.top && row.bottom <= innerHeight;
    });
    assert.ok((await page.getByRole("button", { name: "Undo" }).boundingBox()).height >= 32);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("status").getByText("Undone.").waitFor();
  }
}));

test("a form stands in one column, with a password that can be read whole", () => onPhone(async (page) => {
  await page.goto("/users/1?field=port");
  await hasFocus(page, "port");
  for (const id of ["#passwd", "#method"]) {
    const { width } = await page.locator(id).boundingBox();
    assert.ok(width >= 300, `${id} is ${width} px wide`);
  }
  const field = page.locator("#passwd");
  assert.ok(await field.evaluate((input) => input.scrollWidth <= input.clientWidth + 1), "nothing of it is cut");
}, { javaScriptEnabled: false }));
