// Every form, with what is wrong and with what is right.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, Panel, PASSWORD, send, signIn, visit, visitAsAdmin, visitAnew } from "./panel.mjs";

let browser, panel;
before(async () => {
  [browser, panel] = await Promise.all([openBrowser(), Panel.startSetUp()]);
  for (const name of ["Lena", "Mio", "Tove"]) panel.ids[name] = (await panel.addUser(name)).id;
});
after(() => Promise.all([browser.close(), panel.close()]));

const long = "x".repeat(70);

/**
 * The forms of the admin: where each is and where it is sent; what is wrong, by field, and what is said about it; what the other fields
 * have in them meanwhile; which are wrong `together`, if not all can be; and what is right, with the form that shows it afterwards.
 */
const FORMS = {
  "adding a user": {
    at: "/users", action: "/users", changed: "/users/4",
    wrong: {
      name: [["", "enter a name"], [long, "up to 64"], ["a\u0007b", "control"], ["Lena", "Lena"]],
      port: [["0", "1 to 65535"], ["65536", "1 to 65535"], ["x", "1 to 65535"], ["20001", "belongs to another"]],
      quota: [["much", "valid size"], ["-1", "valid size"], ["99999999PiB", "valid size"]],
      expires: [["2026-02-30", "date"], ["tomorrow", "date"]],
      renews: [["1", "choose its day", { reset_day: "" }]],
      valid_days: [["0", "number of days"], ["soon", "number of days"], ["30", "leave one of them empty"]],
      passwd: [["with space", "printable ASCII"], ["\"quoted\"", "printable ASCII"], ["ключ", "printable ASCII"]],
      note: [["x".repeat(1001), "up to 1000"]],
    },
    right: { name: "Ida", port: "23456", quota: "5 GiB", reset_day: "31", expires: "2099-12-31", method: "aes-256-gcm", passwd: "ownpassword", note: "a note" },
  },
  "changing a user": {
    at: "/users/2", action: "/users/2", breaks: true,
    wrong: {
      name: [["", "enter a name"], [long, "up to 64"], ["Lena", "Lena"]],
      port: [["0", "1 to 65535"], ["20001", "belongs to another"]],
      quota: [["much", "valid size"]],
      expires: [["2026-02-30", "date"]],
      renews: [["1", "choose its day", { reset_day: "" }]],
      valid_days: [["0", "number of days"], ["30", "leave one of them empty", { expires: "2099-11-30" }]],
      passwd: [["with space", "printable ASCII"]],
      note: [["x".repeat(1001), "up to 1000"]],
    },
    right: { name: "Mio Ito", port: "23457", quota: "512 MiB", reset_day: "1", expires: "", valid_days: "30", method: "aes-128-gcm", passwd: "otherpassword", note: "two\nlines" },
  },
  "adding a node": {
    at: "/nodes", action: "/nodes", changed: "/nodes/2",
    wrong: {
      name: [[long, "up to 64"]],
      address: [["https://x.example", "valid address"], ["a b", "valid address"], ["x:443", "valid address"]],
      rate: [["-1", "valid multiplier"], ["1001", "valid multiplier"], ["0.1234", "valid multiplier"], ["x", "valid multiplier"]],
    },
    right: { name: "Osaka", address: "osaka.example.net", rate: "0.5" },
  },
  "changing a node": {
    at: "/nodes/1", action: "/nodes/1", breaks: true,
    wrong: { name: [[long, "up to 64"]], address: [["https://x.example", "valid address"]], rate: [["x", "valid multiplier"]] },
    right: { name: "Tokyo 2", address: "2001:db8::7", rate: "2" },
  },
  "how a node carries VMess": {
    at: "/nodes/1", action: "/nodes/1/vmess", prefix: "vmess-", together: ["port", "host"],
    wrong: { port: [["0", "1 to 65535"]], path: [["ray", "valid path"]], host: [["a b", "valid address"]] },
    rest: { port: "443", network: "ws" },
    right: { port: "443", network: "ws", path: "/ray", host: "cdn.example.net", tls: true, alone: false },
  },
  "the time zone": {
    at: "/settings", action: "/settings/zone",
    wrong: { zone: [["Mars/Olympus", "a known time zone"]] },
    right: { zone: "Asia/Shanghai" },
  },
  "the defaults": {
    at: "/settings", action: "/settings/defaults",
    wrong: { quota: [["much", "valid size"]], expires: [["0", "number of days"], ["soon", "number of days"]] },
    right: { quota: "20 GiB", expires: "30", reset_day: "15", method: "2022-blake3-aes-128-gcm" },
  },
  "the password": {
    at: "/settings", action: "/settings/password", secret: true, together: ["current"],
    wrong: { current: [["wrong", "password is wrong"]], new: [["short", "too short"]] },
    rest: { current: PASSWORD, new: "another password" },
  },
  "the public address": {
    at: "/settings", action: "/settings/address", id: { address: "address" },
    wrong: { address: [["ftp://panel.example", "valid address"], ["https://a b", "valid address"]] },
    right: { address: "https://panel.example.net" },
  },
  "what apps are told": {
    at: "/settings", action: "/settings/sharing", prefix: "sharing-",
    wrong: { title: [[long, "at most|up to"]], support: [["call me", "start it with"]] },
    right: { title: "Lindqvists", support: "https://t.me/lindqvists", china_direct: true },
  },
  "the level of V2Ray users": {
    at: "/nodes", action: "/nodes/level",
    wrong: { level: [["x", "whole number"], ["65536", "whole number"]] },
    right: { level: "3" },
  },
  "extending several users": {
    at: `/users/batch?act=extend&user=1&user=3`, action: "/users/batch",
    wrong: { date: [["2026-02-30", "date"], ["", "date|day"]] },
    rest: { by: "until" },
  },
  "importing": {
    at: "/import", action: "/import",
    wrong: { list: [["{", "list of users"], ["[]", "no user"], ["[{\"id\":-1}]", "."]] },
  },
};

for (const [what, form] of Object.entries(FORMS)) {
  const prefix = form.prefix ?? "";

  // What is only said in the page's source needs no page that is drawn.
  test(`${what}, each field wrong in turn`, () => visitAsAdmin(browser, panel, {}, async (page) => {
    const before = await panel.everything();
    const fresh = await (await page.request.get(form.at)).text();
    let html = fresh;
    for (const [field, tries] of Object.entries(form.wrong)) {
      for (const [value, why, with_] of tries) {
        const typed = { ...form.right, ...form.rest, ...with_, [field]: field === "renews" ? true : value };
        const answer = await page.request.post(form.action, { ...await filled(page, fresh, html, form.action, typed), maxRedirects: 0 });
        assert.ok([400, 409].includes(answer.status()), `${answer.status()} for ${field} ${value}`);
        html = await answer.text();
        const said = await saidOf(page, html, form.action, `${prefix}${field}`, Object.keys(typed));
        assert.deepEqual([said.invalid, said.missing, said.folded], ["true", [], false], `${field} is marked, and unfolded`);
        assert.ok(said.tied.includes(`${prefix}${field}-error`), `${field} is described by ${said.tied}`);
        assert.equal(said.focus, `${prefix}${field}`, "the page opens there");
        assert.match(said.error, new RegExp(why, "i"));
        if (!form.secret) assert.deepEqual(said.kept, typed);
      }
    }
    assert.deepEqual(await panel.everything(), before, "nothing was changed");
  }));

  test(`${what}, everything wrong at once, as it is seen`, () => visitAsAdmin(browser, panel, {}, async (page) => {
    const wrong = Object.entries(form.wrong).filter(([field]) => !form.together || form.together.includes(field)).map(([field, [[value, why, with_]]]) => ({ field, value, why, with_ }));
    const typed = Object.assign({}, form.right, form.rest, ...wrong.map(({ field, value, with_ }) => ({ ...with_, [field]: field === "renews" ? true : value })));
    await page.goto(form.at);
    assert.equal(await send(page, form.action, typed), 400);
    await page.locator(`#${prefix}${wrong[0].field}:focus`).waitFor();
    for (const { field, why } of wrong) await saysWhy(page, `${prefix}${field}`, why);
    if (!form.secret) await keeps(page, form.action, typed);
  }));

  if (form.right) {
    test(`${what}, all right`, () => visitAsAdmin(browser, panel, {}, async (page) => {
      await page.goto(form.at);
      const before = await panel.everything();
      const status = await send(page, form.action, form.right);
      if (form.breaks) {
        // What breaks links that were shared says so first, and keeps what was typed.
        assert.equal(status, 200);
        assert.match(await page.locator("[role=alert]").innerText(), /you have shared stop working/);
        await keeps(page, form.action, form.right);
        assert.deepEqual(await panel.everything(), before, "nothing was changed yet");
        await page.getByRole("button", { name: "Save anyway" }).click();
        await page.locator(".flash").getByText("send").waitFor();
      } else {
        assert.equal(status, 303);
      }
      assert.ok(await page.locator(".flash").isVisible(), "it says what it did");
      await keeps(page, form.changed ?? form.action, form.right);
    }));
  }
}

/** What a browser would send of the form of that action on a page, with these values in it, as if it was the one on the page `latest`. */
async function filled(page, html, latest, action, values) {
  const pairs = await page.evaluate(([html, latest, action, values]) => {
    const formOf = (html) => new DOMParser().parseFromString(html, "text/html").querySelector(`form[method=post][action="${action}"]`);
    const [form, { once }] = [formOf(html), formOf(latest).elements];
    if (once) form.elements.once.value = once.value;
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (field.type === "date") field.type = "text";
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    return [...new FormData(form)].filter(([, value]) => typeof value === "string");
  }, [html, latest, action, values]);
  return { data: new URLSearchParams(pairs).toString(), headers: { "content-type": "application/x-www-form-urlencoded" } };
}

/** What a page that was answered says of the field with that id, and what the fields of its form have in them. */
const saidOf = (page, html, action, id, names) => page.evaluate(([html, action, id, names]) => {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const field = answer.getElementById(id);
  const tied = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const form = answer.querySelector(`form[method=post][action="${action}"]`);
  const value = (field) => field.type === "checkbox" ? field.checked : field.type === "date" ? field.getAttribute("value") : field.value;
  return {
    invalid: field.getAttribute("aria-invalid"), tied, missing: tied.filter((other) => !answer.getElementById(other)),
    error: answer.getElementById(`${id}-error`)?.textContent ?? "", focus: answer.querySelector("[autofocus]")?.id,
    folded: field.closest("details:not([open])") !== null, kept: Object.fromEntries(names.map((name) => [name, value(form.elements[name])])),
  };
}, [html, action, id, names]);

/** The field is marked, and what is wrong with it is tied to it and stands where it can be seen. */
async function saysWhy(page, id, why) {
  const field = page.locator(`#${id}`);
  assert.equal(await field.getAttribute("aria-invalid"), "true", `${id} is marked`);
  const tied = (await field.getAttribute("aria-describedby")).split(" ");
  assert.ok(tied.includes(`${id}-error`), `${id} is described by ${tied}`);
  const error = page.locator(`#${id}-error`);
  assert.ok(await error.isVisible(), `what is wrong with ${id} can be seen`);
  assert.match(await error.innerText(), new RegExp(why, "i"));
  for (const other of tied) assert.equal(await page.locator(`#${other}`).count(), 1, `${other} is there`);
}

/** The form of that action has these values in it. */
async function keeps(page, action, values) {
  const kept = await page.locator(`form[method=post][action="${action}"]`).first().evaluate((form, names) =>
    Object.fromEntries(names.map((name) => {
      const field = form.elements[name];
      // What a browser makes of a date that is none does not count.
      return [name, field.type === "checkbox" ? field.checked : field.type === "date" ? field.getAttribute("value") : field.value];
    })), Object.keys(values));
  assert.deepEqual(kept, values);
}

test("setting up with what is wrong, then with what is right", async () => {
  const fresh = await Panel.start();
  try {
    await visit(browser, fresh, {}, async (page) => {
      await page.goto(await fresh.setupLink());
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("heading", { name: "欢迎" }).waitFor();
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("heading", { name: "Welcome" }).waitFor();
      const all = { where: "there", name: "Tokyo", address: "tokyo.example.net", friend: "Lena" };
      for (const [field, value, why, with_] of [
        ["password", "short", "too short"], ["password", "", "too short"], ["name", long, "64"], ["friend", long, "64"], ["address", "http://x", "http://x"],
        ["address", "", "reach this server", { where: "here" }],
      ]) {
        const typed = { ...all, ...with_ };
        assert.equal(await send(page, "/login", { password: PASSWORD, ...typed, [field]: value }), 400);
        await saysWhy(page, field, why);
        await page.locator(`#${field}:focus`).waitFor();
        await keeps(page, "/login", { ...typed, ...field === "password" ? {} : { [field]: value } });
        const password = await page.locator("#password").inputValue();
        assert.equal(password, field === "password" ? "" : PASSWORD, "a password that is good is not asked for twice");
      }
      assert.deepEqual(await fresh.everything(), { users: [], nodes: [] }, "nothing was changed");
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("heading", { name: "欢迎" }).waitFor();
      assert.equal(await send(page, "/login", { password: PASSWORD, ...all }), 303);
    });
    // The language in which it was set up is that of all who have not chosen another.
    await visit(browser, fresh, { locale: "fr-FR" }, async (page) => {
      await page.goto("/login");
      await page.getByRole("heading", { name: "登录" }).waitFor();
    });
  } finally {
    await fresh.close();
  }
});

test("signing in with a wrong password, then with the right one", () => visit(browser, panel, {}, async (page) => {
  await page.goto("/nodes/1");
  assert.equal(await send(page, "/login", { password: "wrong" }), 400);
  await saysWhy(page, "password", "password is wrong");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  assert.equal(await send(page, "/login", { password: PASSWORD }), 303);
  assert.equal(new URL(page.url()).pathname, "/nodes/1", "and they are where they wanted to go");
}));

test("a form that is sent twice adds nobody twice", () => visitAsAdmin(browser, panel, {}, async (page, context) => {
  await page.goto("/");
  const form = Object.fromEntries(await page.locator(".add form").evaluate((form) => [...new FormData(form)]));
  await page.getByRole("textbox", { name: "Add a user" }).fill("Once");
  await page.getByRole("button", { name: "Add" }).first().dblclick();
  await page.getByRole("heading", { name: "Once", exact: true }).waitFor();
  const again = await context.request.post("/users", { form: { ...form, name: "Once" } });
  assert.equal(again.url(), page.url(), "the second time it only leads to whom the first has added");
  assert.equal((await panel.everything()).users.filter(({ name }) => name === "Once").length, 1);
}));

test("two tabs change the same user: the second is told and loses nothing", () => visitAsAdmin(browser, panel, {}, async (first, context) => {
  const second = await context.newPage();
  await first.goto(`/users/${panel.ids.Tove}`);
  await second.goto(`/users/${panel.ids.Tove}`);
  const [noteOf, quotaOf] = [(page) => page.getByLabel("Note"), (page) => page.getByLabel("Quota")];
  await noteOf(first).fill("from the first");
  await first.getByRole("button", { name: "Save" }).click();
  await first.getByText("Changes to Tove saved.").waitFor();
  await quotaOf(second).fill("7 GiB");
  await noteOf(second).fill("from the second");
  await second.getByRole("button", { name: "Save" }).click();
  await second.getByRole("alert").getByText("changed elsewhere").waitFor();
  assert.deepEqual([await quotaOf(second).inputValue(), await noteOf(second).inputValue()], ["7 GiB", "from the second"]);
  await second.locator("#note-saved").getByText("Now saved: from the first").waitFor();
  assert.equal((await panel.everything()).users.find(({ name }) => name === "Tove").note, "from the first");
  await second.getByRole("button", { name: "Save" }).click();
  await second.getByText("Changes to Tove saved.").waitFor();
  assert.equal((await panel.everything()).users.find(({ name }) => name === "Tove").note, "from the second");
}));

for (const javaScriptEnabled of [true, false]) {
  test(`several users at once, and back, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => visitAsAdmin(browser, panel, { javaScriptEnabled }, async (page) => {
    const here = async () => (await panel.everything()).users.map(({ name }) => name);
    const before = await here();
    await page.goto("/users");
    for (const name of ["Lena", "Tove"]) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("heading", { name: "Delete 2 users?" }).waitFor();
    for (const name of ["Lena", "Tove"]) await page.getByRole("link", { name, exact: true }).waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("2 users deleted.").waitFor();
    assert.deepEqual(await here(), before.filter((name) => !["Lena", "Tove"].includes(name)));
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    assert.deepEqual(await here(), before);
  }));
}

test("importing a list: looked at first, then added", () => visitAsAdmin(browser, panel, {}, async (page) => {
  const list = [{ id: 501, passwd: "secret1234", t: 0, u: 1024, d: 2048, transfer_enable: 1073741824, port: 31000, switch: 1, enable: 1, method: "aes-128-gcm", email: "imported" }];
  const before = await panel.everything();
  await page.goto("/import");
  await page.getByLabel("List of users").last().fill(JSON.stringify({ data: list }));
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "Add 1 user?" }).waitFor();
  assert.match(await page.getByRole("row").nth(1).innerText(), /imported\s+31000\s+3 KiB\s+1 GiB/);
  assert.deepEqual(await panel.everything(), before, "looking changes nothing");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("1 user added.").waitFor();
  assert.deepEqual((await panel.everything()).users.find(({ id }) => id === 501).passwd, "secret1234");
}));

test("changing the password ends every other sign-in", () => visitAnew(browser, panel, {}, (other) => visitAnew(browser, panel, {}, async (page) => {
  await page.goto("/settings");
  await page.getByText("Sign out everywhere else").waitFor();
  assert.equal(await send(page, "/settings/password", { current: PASSWORD, new: "a longer password" }), 303);
  await page.getByText("Password changed. All other sessions have ended.").waitFor();
  await other.goto("/nodes");
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await panel.feed(PASSWORD, "password");
  await signIn(page);
})));

for (const javaScriptEnabled of [true, false]) {
  test(`putting a backup back, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => visitAnew(browser, panel, { javaScriptEnabled }, async (page) => {
    const [file, before] = [`${panel.dir}/copy-${javaScriptEnabled}.db`, await panel.everything()];
    await panel.run("backup", file);
    await panel.run("user", "remove", "Lena");
    await page.goto("/restore");
    await page.setInputFiles("#file", file);
    await page.locator("main button.main").click();
    const gone = await panel.everything();
    await page.locator("main button.danger").waitFor();
    assert.ok(!gone.users.some(({ name }) => name === "Lena"), "only looked at so far");
    await page.locator("main button.danger").click();
    await page.locator("main [role=status]").waitFor();
    assert.deepEqual(await panel.everything(), before);
  }));
}

test("importing a file", () => visitAnew(browser, panel, {}, async (page) => {
  const list = [{ id: 601, passwd: "secret1234", port: 31001, method: "aes-128-gcm", email: "from a file" }];
  await page.goto("/import");
  await page.setInputFiles("#file", { name: "users.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(list)) });
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("1 user added.").waitFor();
  assert.ok((await panel.everything()).users.some(({ id }) => id === 601));
}));

test("downloading a backup", () => visitAnew(browser, panel, {}, async (page) => {
  await page.goto("/settings");
  const coming = page.waitForEvent("download");
  await page.locator("form[action='/settings/backup'] button").click();
  const file = `${panel.dir}/downloaded.db`;
  await (await coming).saveAs(file);
  assert.match(await panel.run("--db", file, "check"), /sound|ok/i);
}));
