// What is typed is not lost: by another action on its page, another language, going back, with JavaScript and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hasFocus, openBrowser, Panel, PASSWORD, press, signIn, visit, visitAsAdmin } from "./panel.mjs";

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startSetUp()]);
  await panel.addUser("Lena", "--quota", "10GiB", "--expires", "2027-01-31");
  await panel.addUser("Mio");
  await panel.report(1, [1, 1024, 1024]);
});
after(() => Promise.all([browser.close(), panel.close()]));

const stored = async (name) => (await panel.everything()).users.find((user) => user.name === name);
const NOT_SAVED = { en: "What you typed below is kept, but not saved yet.", zh: "下面填写的内容已保留，但尚未保存。" };

for (const [button, told] of [["+10 GiB", "now has a quota of"], ["+1 month", "now expires on"], ["Switch off", "is switched off"], ["Reset usage", "reset to zero"]]) {
  test(`what is typed outlives ${button}, and is not saved by it`, () => visitAsAdmin(browser, panel, {}, async (page) => {
    await page.goto("/users/1?month=2026-10");
    assert.ok(!await page.locator("#unsaved").isVisible());
    await page.getByLabel("Note").fill("two\nlines");
    await page.locator("#port").evaluate((field) => { field.value = "20555"; });
    await page.getByLabel("Renew every month").check();
    await page.getByLabel("Monthly reset").selectOption("3");
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.locator(".flash").getByText(told).waitFor();
    await page.locator("#unsaved").getByText(NOT_SAVED.en).waitFor();
    const typed = () => page.evaluate(() => ["note", "port", "reset_day"].map((id) => document.getElementById(id).value));
    assert.deepEqual(await typed(), ["two\nlines", "20555", "3"]);
    assert.ok(await page.getByLabel("Renew every month").isChecked() && await page.locator("#port").isVisible());
    assert.deepEqual([(await stored("Lena")).note, (await stored("Lena")).port], ["", 20001]);
    // Where nothing was typed, what was done is shown.
    const { quota, expires } = await stored("Lena");
    assert.equal(await page.locator("#quota").inputValue(), `${quota / 2 ** 30} GiB`);
    assert.equal(await page.locator("#expires").inputValue(), expires);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator(".flash").getByText("Undone.").waitFor();
    assert.deepEqual(await typed(), ["two\nlines", "20555", "3"]);
    await page.getByRole("button", { name: "中文" }).click();
    await page.locator("#unsaved").getByText(NOT_SAVED.zh).waitFor();
    assert.deepEqual(await typed(), ["two\nlines", "20555", "3"]);
    await press(page, "header button[value=en]");
    // It is not brought back once it is looked at anew.
    await page.goto("/users/1");
    assert.deepEqual([...await typed(), await page.locator("#unsaved").isVisible()], ["", "20001", "", false]);
  }));
}

test("what is typed into one form outlives another one of the page", () => visitAsAdmin(browser, panel, {}, async (page) => {
  await page.goto("/settings");
  await page.locator("#sharing-title").fill("Friends");
  await page.locator("#zone").fill("Europe/Berlin");
  await page.locator("form[action='/settings/zone'] button:not([type=button])").click();
  await page.locator(".flash").waitFor();
  assert.deepEqual([await page.locator("#sharing-title").inputValue(), await page.locator("#zone").inputValue()], ["Friends", "Europe/Berlin"]);
  assert.ok(await page.locator("#unsaved").isVisible());
  await page.getByRole("button", { name: "Show token" }).click();
  await page.locator("#token").waitFor();
  assert.equal(await page.locator("#sharing-title").inputValue(), "Friends");
  await page.locator("form[action='/settings/sharing'] button").last().click();
  await page.locator(".flash").waitFor();
  assert.ok(!await page.locator("#unsaved").isVisible(), "nothing is unsaved any more");
  await page.goto("/users");
  await page.getByRole("textbox", { name: "Add a user" }).fill("Tove");
  await page.getByRole("row").filter({ hasText: "Mio" }).getByRole("switch").click();
  await page.locator(".flash").getByText("Mio is switched off.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Add a user" }).inputValue(), "Tove");
}));

const REFUSED = [
  ["/users", "/users", { name: "Lena", note: "hi" }, "already a user", "已经有名为"],
  ["/users/1", "/users/1", { quota: "lots", note: "hi" }, "valid size", "无法识别"],
  ["/users/1", "/users/1", { port: "20777", note: "hi" }, "Save anyway", "仍然保存"],
  ["/nodes/1", "/nodes/1", { name: "Rome", address: "a b" }, "valid address", "格式不正确"],
  ["/settings", "/settings/zone", { zone: "Mars" }, "known time zone", "不支持时区"],
];

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with" : "without";
  for (const [at, action, fields, english, chinese] of REFUSED) {
    test(`a refused form at ${action} (${Object.keys(fields)}) outlives language, colours, loading anew and going back, ${how} JavaScript`, () => visitAsAdmin(browser, panel, { javaScriptEnabled }, async (page) => {
      const before = await panel.everything();
      const is = async (words) => {
        const form = page.locator(`form[action="${action}"]`).first();
        for (const [name, value] of Object.entries(fields)) assert.equal(await form.locator(`[name="${name}"]`).inputValue(), value, name);
        await page.locator("main").getByText(words).first().waitFor();
      };
      await page.goto(at);
      for (const details of await page.locator(`form[action="${action}"] details:not([open]) > summary`).all()) await details.click();
      for (const [name, value] of Object.entries(fields)) await page.locator(`form[action="${action}"] [name="${name}"]`).first().fill(value);
      await press(page, `form[action="${action}"] button:is(.main, :only-of-type)`);
      await is(english);
      await press(page, "header button[value=zh]");
      await is(chinese);
      await press(page, "header button[value=en]");
      await press(page, "footer button[value=dark]");
      await is(english);
      await press(page, "footer button[value=system]");
      await page.reload();
      await is(english);
      await page.goto("/usage");
      await page.goBack();
      await is(english);
      assert.deepEqual(await panel.everything(), before);
    }));
  }

  test(`a refused set-up outlives language and going back, ${how} JavaScript`, async () => {
    const fresh = await Panel.start();
    try {
      await visit(browser, fresh, { javaScriptEnabled }, async (page) => {
        await page.goto(await fresh.setupLink());
        await page.locator("#password").fill(PASSWORD);
        await page.locator("[name=where][value=there]").check();
        for (const [id, value] of [["#name", "Tokyo"], ["#address", "http://x"], ["#friend", "Lena"]]) await page.locator(id).fill(value);
        await press(page, "main button.main");
        const is = async (words) => {
          await page.locator("#address-error").getByText(words).waitFor();
          const values = await Promise.all(["#password", "#name", "#address", "#friend"].map((id) => page.locator(id).inputValue()));
          assert.deepEqual(values, [PASSWORD, "Tokyo", "http://x", "Lena"]);
          assert.ok(await page.locator("[name=where][value=there]").isChecked());
        };
        await is("valid address");
        await press(page, "header button[value=zh]");
        await is("格式不正确");
        await page.goto("/login");
        await page.goBack();
        await is("格式不正确");
        await page.locator("#address").fill("tokyo.example.net");
        await press(page, "main button.main");
        await page.getByRole("heading", { name: "Lena" }).waitFor();
      });
    } finally {
      await fresh.close();
    }
  });

  test(`a refused sign-in, and a form that waits for one, outlive language and going back, ${how} JavaScript`, () => visit(browser, panel, { javaScriptEnabled }, async (page, context) => {
    await page.goto("/nodes");
    await page.locator("#password").fill("wrong password");
    await press(page, "main button.main");
    await page.locator("#password-error").getByText("The password is wrong.").waitFor();
    await press(page, "header button[value=zh]");
    await page.locator("#password-error").getByText("密码").waitFor();
    await press(page, "header button[value=en]");
    await page.goto("/u/nothing");
    await page.goBack();
    await page.locator("#password").fill(PASSWORD);
    await press(page, "main button.main");
    assert.equal(new URL(page.url()).pathname, "/nodes");
    await page.goto("/users/2");
    await page.getByLabel("Note").fill("kept");
    const second = await context.newPage();
    await second.goto("/");
    await press(second, "header form[action='/logout'] button");
    await press(page, "form[action='/users/2'] button.main");
    await press(page, "header button[value=zh]");
    await press(page, "header button[value=en]");
    await page.goto("/u/nothing");
    await page.goBack();
    await page.locator("#password").fill(PASSWORD);
    await press(page, "main button.main");
    await page.getByRole("heading", { name: "Not done yet" }).waitFor();
    await press(page, "header button[value=zh]");
    await page.locator("dd").getByText("kept").waitFor();
    await press(page, "header button[value=en]");
    await press(page, "main button.main");
    assert.equal((await stored("Mio")).note, "kept");
    await panel.run("user", "set", "Mio", "--note", "");
  }));
}

test("a password can be looked at while it is typed", async () => {
  const fresh = await Panel.start();
  try {
    await visit(browser, fresh, {}, async (page) => {
      await page.goto(await fresh.setupLink());
      const [field, show] = [page.locator("#password"), page.getByRole("button", { name: "Show", exact: true })];
      await field.fill("a secret word");
      assert.deepEqual([await field.getAttribute("type"), await show.getAttribute("aria-pressed")], ["password", "false"]);
      await show.click();
      assert.deepEqual([await field.getAttribute("type"), await show.getAttribute("aria-pressed")], ["text", "true"]);
      assert.equal(await field.inputValue(), "a secret word");
      await show.click();
      assert.deepEqual([await field.getAttribute("type"), await show.getAttribute("aria-pressed")], ["password", "false"]);
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("button", { name: "显示", exact: true }).waitFor();
    });
    await visit(browser, fresh, { javaScriptEnabled: false }, async (page) => {
      await page.goto("/login");
      assert.equal(await page.locator("[data-show]:visible").count(), 0, "without JavaScript there is no button that does nothing");
    });
  } finally {
    await fresh.close();
  }
});

test("the browser's time zone is one click away, if it is another one", () => visit(browser, panel, { timezoneId: "America/New_York" }, async (page) => {
  await signIn(page);
  await page.goto("/settings");
  const offer = page.locator("#browser-zone");
  assert.equal(await offer.innerText(), "Use America/New_York");
  await offer.click();
  assert.equal(await page.locator("#zone").inputValue(), "America/New_York");
  await hasFocus(page, "zone");
  await press(page, "form[action='/settings/zone'] button:not([type=button])");
  await page.locator(".flash").waitFor();
  assert.equal(await page.locator("#zone").inputValue(), "America/New_York");
  assert.ok(!await offer.isVisible(), "it is set");
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("#zone").fill("UTC");
  await press(page, "form[action='/settings/zone'] button:not([type=button])");
  await page.locator("#browser-zone").getByText("使用 America/New_York").waitFor();
}));
