// By keyboard alone, in either language, in either colours; and whatever people are called.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fenced, HOSTILE } from "./hostile.mjs";
import { openBrowser, Panel, PASSWORD, PHONE, visit, visitAsAdmin } from "./panel.mjs";

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startSetUp()]);
  await panel.addUser("Lena", "--quota", "1GiB");
});
after(() => Promise.all([browser.close(), panel.close()]));

test("adding a user by keyboard alone", () => visit(browser, panel, {}, async (page) => {
  const { keyboard } = page;
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id);
  await page.goto("/");
  await page.locator("#password:focus").waitFor(); // the page gives it the focus
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Users" }).waitFor();
  await keyboard.press("Tab");
  assert.equal(await focused(), "Skip to content");
  assert.ok(await page.getByText("Skip to content").evaluate((link) => link.getBoundingClientRect().top >= 0), "it can be seen now");
  await keyboard.press("Enter");
  assert.equal(await page.evaluate(() => location.hash), "#main");
  while (await focused() !== "name") await keyboard.press("Tab");
  await keyboard.type("Mio");
  await keyboard.press("Tab");
  assert.equal(await focused(), "Add");
  await keyboard.press("Tab");
  assert.equal(await focused(), "More options");
  await keyboard.press("Enter");
  while (await focused() !== "quota") await keyboard.press("Tab");
  await keyboard.type("5GiB");
  while (await focused() !== "Add") await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByText("Mio has been added.").waitFor();
  assert.equal((await panel.everything()).users.find(({ name }) => name === "Mio").transfer_enable, 5 * 2 ** 30);
}));

test("the focus can always be seen", () => visitAsAdmin(browser, panel, {}, async (page) => {
  for (const at of ["/users", "/users/1", "/nodes/1", "/settings", "/usage", "/users/batch?act=extend&user=1"]) {
    for (const colorScheme of at === "/users" ? ["light", "dark"] : ["light"]) {
      await page.emulateMedia({ colorScheme });
      await page.goto(at);
      await page.evaluate(() => document.activeElement.blur());
      const seen = new Set();
      for (;;) {
        await page.keyboard.press("Tab");
        const now = await page.evaluate(() => {
          const at = document.activeElement;
          const { outlineStyle, outlineWidth, clip } = getComputedStyle(at);
          const { top, bottom, width } = at.getBoundingClientRect();
          return {
            what: at === document.body ? "" : `${at.tagName} ${at.id} ${at.name ?? ""} ${at.textContent.slice(0, 30)} ${[...document.querySelectorAll("*")].indexOf(at)}`,
            outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
            inView: bottom > 0 && top < innerHeight && width > 0,
          };
        });
        if (now.what === "" || seen.has(now.what)) break;
        seen.add(now.what);
        assert.ok(now.outlined && now.inView, `${at}, ${colorScheme}: ${now.what}`);
      }
      assert.ok(seen.size > 8, `${at} has ${seen.size} places for the focus`);
    }
  }
}));

test("what was typed outlives the sign-in", () => visitAsAdmin(browser, panel, {}, async (page) => {
  await page.goto("/users");
  await panel.feed(PASSWORD, "password");
  await page.getByRole("textbox", { name: "Add a user" }).fill("Zoë <b>");
  await page.getByRole("button", { name: "Add" }).first().click();
  await page.getByText("Your session has ended").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Not done yet" }).waitFor();
  await page.getByText("Zoë <b>").waitFor();
  await page.getByRole("button", { name: "Send it again" }).click();
  await page.getByRole("heading", { name: "Zoë <b>" }).waitFor();
}));

test("one click changes the language, and it stays", () => visit(browser, panel, { locale: "zh-TW" }, async (page) => {
  await page.goto("/login");
  await page.getByRole("heading", { name: "登录" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto("/settings");
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("heading", { name: "设置" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh");
}));

test("light and dark come from the system, or from a button that stays", () => visitAsAdmin(browser, panel, {}, async (page) => {
  // All that the sheet names, and what the browser itself draws.
  const ground = () => page.evaluate(() => {
    const names = [...[...document.styleSheets[0].cssRules].find(({ selectorText }) => selectorText === ":root").style];
    const style = getComputedStyle(document.documentElement);
    const boxes = style.colorScheme === "light dark" ? matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" : style.colorScheme;
    return [boxes, ...names.filter((name) => name.startsWith("--")).map((name) => `${name}: ${style.getPropertyValue(name)}`)].join("\n");
  });
  const colours = {};
  await page.goto("/");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    colours[colorScheme] = await ground();
  }
  assert.notEqual(colours.light, colours.dark);
  for (const [button, expected] of [["Light", colours.light], ["Dark", colours.dark]]) {
    await page.getByRole("button", { name: button }).click();
    await page.locator(`[aria-pressed=true]:has-text("${button}")`).waitFor();
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.goto("/nodes");
      assert.equal(await ground(), expected, `${button}, whatever the system says`);
    }
  }
  await page.getByRole("button", { name: "System" }).click();
  await page.locator("[aria-pressed=true]:has-text('System')").waitFor();
  assert.equal(await ground(), colours.dark);
}));

for (const name of HOSTILE) {
  test(`a user is called ${name}`, () => visitAsAdmin(browser, panel, { viewport: PHONE }, async (page) => {
    const text = (page, where) => page.locator(where).first().evaluate((part) => part.textContent);
    await page.goto("/");
    await page.getByRole("textbox", { name: "Add a user" }).fill(name);
    await page.getByRole("button", { name: "Add" }).first().click();
    await page.waitForURL("/users/*");
    assert.ok((await text(page, "h1")) === name, "the heading is their name");
    assert.ok((await text(page, ".flash")).includes(name), "so it says what it did");
    assert.equal(await page.title(), `${fenced(name)} · mu-panel`);
    assert.equal(await page.locator("#name").inputValue(), name);
    const own = await text(page, "#page-address");
    const id = Number(new URL(page.url()).pathname.split("/").at(-1));
    await panel.report(1, [id, 2 ** 30, 2 ** 31]);
    for (const [at, where] of [["/users", `a[href="/users/${id}"]`], ["/usage", `a[href="/users/${id}"]`], ["/nodes/1", `a[href="/users/${id}"]`],
      [`/users/${id}/delete`, "h1 bdi"], [`/users/batch?act=off&user=${id}`, `a[href="/users/${id}"]`]]) {
      await page.goto(at);
      assert.equal(await text(page, `main ${where}`), name, at);
      assert.equal(await page.locator("main script, main img[onerror], main img[src=x]").count(), 0);
    }
    await page.goto(own);
    assert.equal(await text(page, "h1"), `Hello ${fenced(name)}`);
  }));
}

for (const name of ["\u2069\u202Egpj", "\u2066\u202Etac", "\u202Egod\u2069\u2069", "שלום \u2067"]) {
  test(`what stands beside ${JSON.stringify(name)} runs as it always does`, () => visitAsAdmin(browser, panel, {}, async (page) => {
    const { id } = await panel.addUser(name);
    for (const at of ["delete", "password", "address"].map((question) => `/users/${id}/${question}`)) {
      await page.goto(at);
      // The mark at the end of the question is the last thing to its right.
      assert.ok(await page.locator("h1").evaluate((heading) => {
        const place = (node, from, to) => { const range = document.createRange(); range.setStart(node, from); range.setEnd(node, to); return range.getBoundingClientRect(); };
        const end = heading.lastChild;
        const mark = end.data.lastIndexOf("?");
        return place(end, mark, mark + 1).left >= heading.querySelector("bdi").getBoundingClientRect().right - 1;
      }), at);
    }
  }));
}
