// What the admin meets every day: a list that stays where it was, errors that are seen, charts that can be read by
// touch, and nothing typed that is lost.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { hasFocus, MADE_UP, openBrowser, Panel, PASSWORD, PHONE, send, visit, visitAnew, visitAsAdmin } from "./panel.mjs";

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startFrom(MADE_UP)]);
  const list = Array.from({ length: 130 }, (_, index) => ({ email: `Friend ${String(index).padStart(3, "0")}`, passwd: "secret1234", port: 26000 + index, method: "aes-256-gcm" }));
  await writeFile(`${panel.dir}/list.json`, JSON.stringify(list));
  await panel.run("import", `${panel.dir}/list.json`);
});
after(() => Promise.all([browser.close(), panel.close()]));

const LIST = "/users?q=friend&sort=port&dir=desc&page=2";
/** Without the marks that keep a number and its unit together. */
const plain = (text) => text.replaceAll("\u00a0", " ");
const query = (page) => new URL(page.url()).search;
const inView = (locator) => locator.evaluate((part) => {
  const { top, bottom } = part.getBoundingClientRect();
  return top >= -1 && bottom <= innerHeight + 1;
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with" : "without";

  test(`the list stays where it was when a user is switched, ${how} JavaScript`, () => visitAsAdmin(browser, panel, { javaScriptEnabled }, async (page) => {
    await page.goto(LIST);
    const [one, other, name] = javaScriptEnabled ? ["Friend 051", "Friend 053", "Friend 050"] : ["", "", "Friend 052"];
    const row = page.getByRole("row").filter({ hasText: name });
    await row.scrollIntoViewIfNeeded();
    if (javaScriptEnabled) for (const each of [one, other]) await page.getByRole("checkbox", { name: `Select ${each}` }).check();
    const place = () => row.evaluate((part) => part.getBoundingClientRect().top);
    const before = await place();
    await row.getByRole("switch").click();
    await page.getByRole("status").getByText(`${name} is switched off.`).waitFor();
    assert.match(query(page), /^\?q=friend&sort=port&dir=desc&page=2/);
    assert.equal(await page.locator("#q").inputValue(), "friend");
    assert.equal(await page.getByRole("columnheader", { name: "Port" }).getAttribute("aria-sort"), "descending");
    assert.ok(await inView(row), "the row is in view");
    if (javaScriptEnabled) {
      // The message above the list moves it down by its own height at most.
      assert.ok(Math.abs(await place() - before) <= 80, `the row was at ${before} px and is at ${await place()} px`);
      const selected = await page.locator("[name=user]:checked").evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")));
      assert.deepEqual(selected, [`Select ${other}`, `Select ${one}`], "what was selected still is");
    }
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("status").getByText("Undone.").waitFor();
    assert.match(query(page), /^\?q=friend&sort=port&dir=desc&page=2/, "undoing leads back too");
  }));

  test(`the way back from a user leads to the list as it was, ${how} JavaScript`, () => visitAsAdmin(browser, panel, { javaScriptEnabled }, async (page) => {
    await page.goto(LIST);
    const name = javaScriptEnabled ? "Friend 045" : "Friend 046";
    const row = page.getByRole("row").filter({ hasText: name });
    await row.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name }).waitFor();
    // Also after something was done there.
    await page.getByRole("button", { name: "Switch off" }).click();
    await page.getByRole("status").getByText("is switched off.").waitFor();
    await page.getByRole("link", { name: "← Users" }).click();
    await row.waitFor();
    assert.equal(query(page), "?q=friend&sort=port&dir=desc&page=2");
    assert.ok(await inView(row), "the row is in view");
    await row.getByRole("link", { name, exact: true }).click();
    await page.getByRole("link", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("status").getByText(`${name} deleted.`).waitFor();
    assert.equal(query(page), "?q=friend&sort=port&dir=desc&page=2", "deleting leads back too");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("status").getByText("Undone.").waitFor();
  }));

  test(`several users at once leave the list as it was, ${how} JavaScript`, () => visitAsAdmin(browser, panel, { javaScriptEnabled, viewport: PHONE }, async (page) => {
    await page.goto(LIST);
    for (const name of ["Friend 060", "Friend 061"]) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
    await page.getByLabel("Selected users", { exact: true }).last().selectOption("Switch off");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Switch off 2 users?" }).waitFor();
    await page.getByRole("button", { name: "Switch off" }).click();
    await page.getByRole("status").getByText("2 users switched off.").waitFor();
    assert.match(query(page), /^\?q=friend&sort=port&dir=desc&page=2/);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("status").getByText("Undone.").waitFor();
  }));
}

test("the browser's own way back leads to the list as it was", () => visitAsAdmin(browser, panel, {}, async (page) => {
  await page.goto(LIST);
  const row = page.getByRole("row").filter({ hasText: "Friend 040" });
  await row.scrollIntoViewIfNeeded();
  await row.getByRole("link", { name: "Friend 040", exact: true }).click();
  await page.getByRole("heading", { name: "Friend 040" }).waitFor();
  await page.goBack();
  await row.waitFor();
  assert.equal(query(page), "?q=friend&sort=port&dir=desc&page=2");
  assert.ok(await inView(row));
}));

for (const viewport of [undefined, PHONE]) {
  test(`a refused save says so at the top and leads to each field, ${viewport ? "on a phone" : "on a desktop"}`, () => visitAsAdmin(browser, panel, viewport ? { viewport } : {}, async (page) => {
    await page.goto("/users/1");
    assert.equal(await send(page, "/users/1", { quota: "much", port: "0", note: "kept" }), 400);
    const summary = page.getByRole("alert").first();
    await hasFocus(page, "quota");
    assert.ok(await inView(page.locator("#quota")) && await inView(page.locator("#quota-error")), "and is in view with what is wrong");
    const links = await summary.getByRole("link").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    assert.deepEqual(links, ["#quota", "#port"]);
    await page.evaluate(() => scrollTo(0, 0));
    assert.ok(await inView(summary), "the summary stands at the top");
    await summary.getByRole("link", { name: "Port" }).click();
    assert.ok(await inView(page.locator("#port")), "also one that is folded away otherwise");
    assert.equal(await page.locator("#note").inputValue(), "kept");
  }));
}

test("fields that this tab has not touched take what another tab has saved", () => visitAsAdmin(browser, panel, {}, async (first, context) => {
  const second = await context.newPage();
  for (const tab of [first, second]) await tab.goto("/users/2");
  await first.locator("#quota").fill("20");
  await first.getByRole("button", { name: "Save" }).click();
  await first.getByText("Changes to 王小明 saved.").waitFor();
  await second.locator("#note").fill("a note of the second");
  await second.getByRole("button", { name: "Save" }).click();
  await second.getByText("Changes to 王小明 saved.").waitFor();
  assert.equal(await second.locator("#quota").inputValue(), "20 GiB", "the second save has not set the quota back");
  // Both have changed it.
  await first.goto("/users/2");
  await second.locator("#quota").fill("30");
  await second.getByRole("button", { name: "Save" }).click();
  await second.getByText("Changes to 王小明 saved.").waitFor();
  await first.locator("#quota").fill("40");
  await first.getByRole("button", { name: "Save" }).click();
  await first.locator("#quota-saved").getByText("Now saved: 30 GiB").waitFor();
  assert.equal(await first.locator("#quota").inputValue(), "40");
  const beside = await first.locator("#quota").evaluate((field) => field.closest(".field").textContent.includes("Now saved: 30 GiB"));
  assert.ok(beside, "it stands beside the field");
}));

test("a chart is read by tapping, and by keyboard", () => visitAsAdmin(browser, panel, { viewport: PHONE, hasTouch: true }, async (page) => {
  await page.goto("/users/2?month=");
  const figure = page.locator("section:has(#days) figure");
  const reading = figure.locator(".reading");
  assert.match(await reading.innerText(), /^\d{4}-\d\d-\d\d: [\d.]+\s\w+/, "it begins with the newest");
  const column = figure.locator("svg g").nth(0);
  await column.locator(".down").tap();
  const words = await column.locator("title").textContent();
  assert.equal(plain(await reading.innerText()), words, "what was tapped is told in words");
  assert.match(words, /-01: .*downloaded .*uploaded/);
  const plot = figure.getByRole("slider");
  await plot.focus();
  await page.keyboard.press("End");
  const last = await reading.innerText();
  await page.keyboard.press("Home");
  assert.equal(plain(await reading.innerText()), words);
  assert.equal(await plot.getAttribute("aria-valuetext"), words);
  assert.notEqual(last, words);
  assert.ok(await plot.evaluate((part) => parseFloat(getComputedStyle(part).outlineWidth) >= 2), "the focus is seen");
}));

test("without JavaScript a chart has a table", () => visitAsAdmin(browser, panel, { javaScriptEnabled: false, viewport: PHONE }, async (page) => {
  for (const at of ["/users/2", "/nodes/1"]) {
    await page.goto(at);
    assert.ok(await page.locator(".reading").first().isHidden(), "nothing is offered that does nothing");
    await page.getByText("As a table").first().click();
    assert.match(await page.getByRole("table").first().innerText(), /\d\d-\d\d\s+[\d.]+ \w+\s+[\d.]+ \w+/);
  }
  await page.goto("/usage?by=day");
  assert.ok(await page.getByRole("table").isVisible());
}));

test("changing the language or the colours keeps what was typed, but no password", () => visitAsAdmin(browser, panel, {}, async (page) => {
  await page.goto("/users/3");
  assert.equal(await send(page, "/users/3", { quota: "much", note: "typed and refused" }), 400);
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("button", { name: "保存" }).waitFor();
  await page.waitForLoadState();
  assert.deepEqual([await page.locator("#quota").inputValue(), await page.locator("#note").inputValue()], ["much", "typed and refused"]);
  await page.getByRole("button", { name: "深色" }).or(page.locator("footer button[value=dark]")).first().click();
  await page.locator("html[data-theme=dark]").waitFor();
  await page.waitForLoadState();
  assert.equal(await page.locator("#note").inputValue(), "typed and refused");
  await page.goto("/users/3");
  assert.notEqual(await page.locator("#note").inputValue(), "typed and refused", "it is kept once");
  await page.goto("/settings");
  await page.locator("#current").fill("a secret");
  await page.locator("#sharing-title").fill("typed");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await page.waitForLoadState();
  assert.deepEqual([await page.locator("#current").inputValue(), await page.locator("#sharing-title").inputValue()], ["", "typed"]);
  assert.equal(await page.evaluate(() => JSON.stringify({ ...sessionStorage })), "{}", "nothing is left behind");
}));

for (const javaScriptEnabled of [true, false]) {
  test(`what was typed outlives signing out in another tab, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => visitAnew(browser, panel, { javaScriptEnabled }, async (page, context) => {
    await page.goto("/users/4");
    // Another one each time: what is saved already is no change.
    const note = `written before the end, ${javaScriptEnabled}`;
    await page.locator("#note").fill(note);
    const other = await context.newPage();
    await other.goto("/nodes");
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.getByText("You are signed out.").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your session has ended").waitFor();
    await page.locator("#password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Not done yet" }).waitFor();
    await page.getByText(note).first().waitFor();
    await page.getByRole("button", { name: "Send it again" }).click();
    await page.getByRole("status").getByText("saved").waitFor();
    assert.equal((await panel.everything()).users.find(({ id }) => id === 4).note, note);
  }));
}

test("going back to a set-up form that was refused shows a page", async () => {
  const fresh = await Panel.start();
  try {
    await visit(browser, fresh, {}, async (page) => {
      await page.goto(await fresh.setupLink());
      assert.equal(await send(page, "/login", { password: "short" }), 400);
      assert.equal(await send(page, "/login", { password: PASSWORD, where: "there", friend: "Lena" }), 303);
      await page.getByRole("heading", { name: "Lena", exact: true }).waitFor();
      const back = await page.goBack();
      assert.ok(back === null || back.ok(), "no error of the browser");
      await page.getByRole("textbox", { name: "Add a user" }).waitFor();
    });
  } finally {
    await fresh.close();
  }
});

test("going back to any form that was refused shows its page", () => visitAsAdmin(browser, panel, {}, async (page) => {
  for (const [at, action, wrong] of [["/users", "/users", { name: "" }], ["/users/1", "/users/1", { quota: "much" }], ["/nodes/1", "/nodes/1", { rate: "x" }],
    ["/settings", "/settings/zone", { zone: "Mars" }], ["/import", "/import", { list: "{" }]]) {
    await page.goto(at);
    assert.equal(await send(page, action, wrong), 400, action);
    await page.getByRole("link", { name: "Usage", exact: true }).click();
    await page.getByRole("heading", { name: /^Usage/ }).waitFor();
    await page.goBack();
    await page.locator(`form[action="${action}"]`).first().waitFor();
    await page.reload();
    await page.locator(`form[action="${action}"]`).first().waitFor();
  }
}));
