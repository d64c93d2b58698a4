// Every page that anybody can see: what it is, and how one gets there.
import path from "node:path";
import { HOSTILE } from "./hostile.mjs";
import { goAndStay, MADE_UP, Panel, PASSWORD, press, send, SLOW_TO_COPY, stayWhileWorking, visit, visitAnew, visitAsAdmin } from "./panel.mjs";

/** A panel with a password and nothing else. */
async function startEmpty() {
  const panel = await Panel.start();
  await panel.feed(PASSWORD, "password");
  return panel;
}

/** A panel with everything in it that can be shown. */
async function startLively() {
  const panel = await Panel.startSetUp();
  const used = [];
  for (const name of HOSTILE) {
    const { id } = await panel.addUser(name, "--quota", "10GiB", "--note", `${name}\n${name}`);
    used.push([id, 123456789, 3456789012]);
  }
  for (const [name, ...more] of [
    ["Lena", "--quota", "10GiB", "--reset-day", "15", "--expires", "2099-12-31"],
    ["Over", "--quota", "1MiB", "--reset-day", "1"],
    ["Expired", "--expires", "2020-01-01"],
    ["Off", "--method", "aes-256-cfb"],
    ["Gone"],
  ]) {
    const { id } = await panel.addUser(name, ...more);
    panel.ids[name] = id;
    used.push([id, 2 ** 40, 2 ** 41]);
  }
  await panel.report(1, ...used);
  await panel.run("user", "reset", "Lena");
  await panel.report(1, [panel.ids.Lena, 5e8, 4e9], ["<b>nobody</b>", 1, 1]);
  await panel.asNode("POST", "/nodes/1/info", new URLSearchParams({ load: `${HOSTILE[0]} ${"9".repeat(100)}`, uptime: "123456.7" }));
  await panel.asNode("POST", "/nodes/1/online_count", new URLSearchParams({ count: "3" }));
  await panel.asNode("GET", "/nodes/2/users");
  await panel.run("node", "set", "2", "--name", HOSTILE[2], "--address", "2001:db8::2", "--rate", "0.5");
  await panel.run("user", "off", "Off");
  await panel.run("user", "remove", "Gone");
  return panel;
}

/** The same, with VMess, and the addresses of the friends' own pages, which the admin finds on the page of each. */
async function startWithOwnPages(browser) {
  const panel = await startLively();
  await visitAsAdmin(browser, panel, {}, async (page) => {
    await setVmess(page);
    for (const { id } of (await panel.everything()).users) {
      await page.goto(`/users/${id}`);
      panel.own[id] = await page.locator("#page-address").innerText();
    }
  });
  return panel;
}

const setVmess = async (page) => {
  await page.goto("/nodes/1");
  await send(page, "/nodes/1/vmess", { port: "443", network: "ws", path: "/ray", host: "cdn.example.net", tls: true });
};

const unfold = async (page) => {
  const folded = page.locator("details:not([open]) > summary:visible");
  while (await folded.count()) await folded.first().click();
};

const long = "x".repeat(300);
const MANY = JSON.stringify(Array.from({ length: 120 }, (_, index) => ({ id: 1000 + index, email: `Friend ${index}`, passwd: "secret12", port: 31000 + index, method: "aes-128-gcm" })));
const LIST = JSON.stringify({ data: HOSTILE.map((email, index) => ({ id: 900 + index, email, passwd: "secret12", port: 30000 + index, method: "aes-128-gcm", u: 1, d: 1e12, transfer_enable: 2 ** 40, switch: 1, enable: 1, t: 0 })) });
const COLLIDING = JSON.stringify([{ id: 1, passwd: "secret12", port: 20001, method: "aes-128-gcm" }, { id: 2, passwd: "secret12", port: 20002, method: "aes-128-gcm" }]);

/** What the admin sees: what it is, and how they get there. */
const OFFICE = {
  "users": (page) => page.goto("/"),
  "users, some selected": async (page) => { await page.goto("/users"); await page.locator("[name=user]").first().check(); },
  "users over quota": (page) => page.goto("/users?state=over"),
  "users who are deleted": (page) => page.goto("/users?state=removed"),
  "users, all selected, the busiest first": (page) => page.goto("/users?tick=all&sort=total&dir=desc"),
  "users who expire soon": (page) => page.goto("/users?state=soon"),
  "users, none found": (page) => page.goto(`/users?q=${encodeURIComponent(`nobody ${HOSTILE[0]}`)}`),
  "users, a name that is too long": async (page) => { await page.goto("/users"); await send(page, "/users", { name: long }); },
  "users, everything wrong": async (page) => {
    await page.goto("/users");
    await send(page, "/users", { name: "Lena", port: long, quota: long, expires: long, passwd: `${HOSTILE[0]}${long}`, note: long.repeat(4) });
  },
  ...Object.fromEntries(HOSTILE.map((name, index) => [`the user ${name}`, (page) => page.goto(`/users/${index + 1}`)])),
  "a user": (page, panel) => page.goto(`/users/${panel.ids.Lena}`),
  "a user, invited in Chinese": (page, panel) => page.goto(`/users/${panel.ids.Lena}?invite=zh`),
  "a user, another month": (page, panel) => page.goto(`/users/${panel.ids.Lena}?month=2020-02`),
  "a user over quota": (page, panel) => page.goto(`/users/${panel.ids.Over}`),
  "a user who has expired": (page, panel) => page.goto(`/users/${panel.ids.Expired}`),
  "a user who is off": (page, panel) => page.goto(`/users/${panel.ids.Off}`),
  "a user who is deleted": (page, panel) => page.goto(`/users/${panel.ids.Gone}`),
  "a user, everything wrong": async (page) => {
    await page.goto("/users/1");
    await send(page, "/users/1", { name: long, port: "0", quota: long, expires: long, passwd: `${HOSTILE[0]}${long}`, note: long.repeat(4) });
  },
  "a user, a change that breaks links": async (page) => {
    await page.goto("/users/1");
    await send(page, "/users/1", { port: "24680" });
    await page.locator("[name=sure]").waitFor();
  },
  "the codes of a user": (page) => page.goto("/users/2/code"),
  "a user whom another tab has changed": async (page, panel) => {
    await page.goto(`/users/${panel.ids.Over}`);
    await panel.run("user", "set", "Over", "--note", `${HOSTILE[2]}\n${HOSTILE[0]}`, "--quota", "2MiB", "--passwd", "W".repeat(60));
    await send(page, `/users/${panel.ids.Over}`, { note: "mine" });
  },
  "a user whom another tab has deleted": async (page, panel) => {
    const { id } = await panel.addUser("Short");
    await page.goto(`/users/${id}`);
    await panel.run("user", "remove", "Short");
    await send(page, `/users/${id}`, { note: "mine" });
  },
  "what was done, with an undo": async (page) => {
    await page.goto(`/users/5/delete`);
    await press(page, "main form button");
    await page.locator(".flash form button").waitFor();
  },
  "what was undone": async (page) => { await page.goto("/users/5"); await press(page, "form[action$='/restore'] button"); },
  "the question before a new password": (page) => page.goto("/users/5/password"),
  "the question before a delete": (page) => page.goto("/users/6/delete"),
  "the question before another address": (page) => page.goto("/users/1/address"),
  ...Object.fromEntries(["on", "off", "extend", "quota", "reset", "method", "delete"].map((act) =>
    [`bulk: ${act}`, (page) => page.goto(`/users/batch?act=${act}&user=1&user=2&user=3&user=4&user=5&back=/users`)])),
  "bulk: a date that is none": async (page) => {
    await page.goto("/users/batch?act=extend&user=1&user=2");
    await page.locator("[value=until]").check();
    await send(page, "/users/batch", { date: long });
  },
  "bulk: an amount that is none": async (page) => { await page.goto("/users/batch?act=quota&user=1&user=2"); await send(page, "/users/batch", { amount: `${HOSTILE[0]}${long}` }); },
  "bulk: nobody": (page) => page.goto("/users/batch?act=off"),
  "bulk: they are gone": async (page, panel) => {
    const { id } = await panel.addUser("Passing");
    await page.goto(`/users/batch?act=reset&user=${id}`);
    await panel.run("user", "remove", "Passing");
    await send(page, "/users/batch", {});
  },
  "nodes": (page) => page.goto("/nodes"),
  "nodes, everything wrong": async (page) => { await page.goto("/nodes"); await send(page, "/nodes", { name: long, address: `${HOSTILE[0]}${long}`, rate: long }); },
  "a node": async (page) => {
    await page.goto("/nodes/1");
    await unfold(page);
  },
  "a node with its token": async (page) => { await page.goto("/nodes/1"); await press(page, "form[action*='/token'] button"); },
  "a node, a change that breaks links": async (page) => {
    await page.goto("/nodes/1");
    await send(page, "/nodes/1", { address: "other.example.net" });
    await page.locator("[name=sure]").waitFor();
  },
  "a node with a wide name": (page) => page.goto("/nodes/2"),
  "a node, everything wrong": async (page) => { await page.goto("/nodes/1"); await send(page, "/nodes/1", { name: long, address: `${HOSTILE[0]}${long}`, rate: "-1" }); },
  "a node, VMess wrong": async (page) => { await page.goto("/nodes/1"); await send(page, "/nodes/1/vmess", { port: long, path: `${HOSTILE[0]}${long}`, host: `${HOSTILE[0]}${long}`, network: "ws" }); },
  "a node, VMess that another tab has changed": async (page) => { await page.goto("/nodes/1"); await send(page, "/nodes/1/vmess", { seen: "older", port: "443" }); },
  "a node with VMess": setVmess,
  "a user with a VMess link": async (page) => { await page.goto("/users/1"); await unfold(page); },
  "a node that another tab has changed": async (page, panel) => {
    await page.goto("/nodes/2");
    await panel.run("node", "set", "2", "--name", "宽".repeat(64), "--address", `${"a".repeat(60)}.example.net`, "--rate", "0.7");
    await send(page, "/nodes/2", { name: HOSTILE[2] });
  },
  "a node that works": (page) => page.goto("/nodes/1/watch"),
  "the usage": (page) => page.goto("/usage"),
  "the usage of another month": (page) => page.goto("/usage?from=2020-02-01&to=2020-02-29"),
  "the question before closing": (page) => page.goto("/usage/reset"),
  "settings": (page) => page.goto("/settings"),
  "settings with the token": async (page) => { await page.goto("/settings"); await press(page, "form[action^='/settings/token'] button"); },
  "settings, a wrong password": async (page) => { await page.goto("/settings"); await send(page, "/settings/password", { current: "no", new: "short" }); },
  "settings, a zone that is none": async (page) => { await page.goto("/settings"); await send(page, "/settings/zone", { zone: `${HOSTILE[0]}${long}` }); },
  "settings, wrong defaults": async (page) => { await page.goto("/settings"); await send(page, "/settings/defaults", { quota: long, expires: long }); },
  "settings, defaults that another tab has changed": async (page) => { await page.goto("/settings"); await send(page, "/settings/defaults", { seen: "older", quota: "5GiB" }); },
  "settings, a zone that another tab has changed": async (page) => { await page.goto("/settings"); await send(page, "/settings/zone", { seen: "older", zone: "Asia/Tokyo" }); },
  "settings, what apps are told is wrong": async (page) => { await page.goto("/settings"); await send(page, "/settings/sharing", { title: long, support: `${HOSTILE[0]}${long}` }); },
  "settings, a public address that is none": async (page) => { await page.goto("/settings"); await send(page, "/settings/address", { address: `${HOSTILE[0]}${long}` }); },
  "nodes, a level that is none": async (page) => { await page.goto("/nodes"); await send(page, "/nodes/level", { level: long }); },
  "notices": async (page) => { await page.goto("/settings/notices"); await unfold(page); },
  "notices, everything wrong": async (page) => { await page.goto("/settings/notices"); await send(page, "/settings/notices/webhook", { url: `${HOSTILE[0]}${long}` }); },
  "https": (page) => page.goto("/settings/https"),
  "https, a name that is none": async (page) => { await page.goto("/settings/https"); await send(page, "/settings/https", { site: `${HOSTILE[0]}${long}` }); },
  "a node that is muted": async (page) => { await page.goto("/nodes/2"); await press(page, "form[action$='/mute'] button"); },
  "removing a node, asked": (page) => page.goto("/nodes/2/remove"),
  "switching this server's node off, asked": (page) => page.goto("/nodes/here"),
  "a node that is removed": async (page) => { await page.goto("/nodes/2/remove"); await press(page, "form[action$='/remove'] button"); await page.goto("/nodes/2"); },
  "nodes, one of them removed": async (page) => { await page.goto("/nodes"); await unfold(page); },
  "a node that is back": async (page) => { await page.goto("/nodes/2"); await press(page, "form[action$='/restore'] button"); },
  "nodes, no address for this server": async (page) => { await page.goto("/nodes"); await send(page, "/nodes/here", { address: `${HOSTILE[0]}${long}` }); },
  "settings with another sign-in": async (page, panel) => {
    await visitAnew(page.context().browser(), panel, { userAgent: `${HOSTILE[1]} ${long}` }, () => {});
    await page.goto("/settings");
  },
  "the question before another token": (page) => page.goto("/settings/rotate"),
  "import": (page) => page.goto("/import"),
  "import, a preview": async (page) => { await page.goto("/import"); await send(page, "/import", { list: LIST }); },
  "import, a collision": async (page) => { await page.goto("/import"); await send(page, "/import", { list: COLLIDING }); },
  "import, no list": async (page) => { await page.goto("/import"); await send(page, "/import", { list: HOSTILE[0] + long }); },
  "no backup yet": (page) => page.goto("/backup"),
  "nothing is being imported": (page) => page.goto("/import/progress"),
  "putting a backup back": (page) => page.goto("/restore"),
  "putting back what is no backup": async (page) => {
    await page.goto("/restore");
    await page.setInputFiles("#file", { name: "holiday.jpg", mimeType: "image/jpeg", buffer: Buffer.from(HOSTILE[0]) });
    await press(page, "main button.main");
    await page.locator(".error").first().waitFor();
  },
  "the question before a backup is put back": async (page, panel) => {
    const file = path.join(panel.dir, `${await page.evaluate("document.documentElement.lang")}-copy.db`);
    await panel.run("backup", file);
    await page.goto("/restore");
    await page.setInputFiles("#file", file);
    await press(page, "main button.main");
    await page.locator("main button.danger").waitFor();
  },
  "an error: nothing there": (page) => page.goto(`/${"nowhere".repeat(30)}`),
  "an error: no such user": (page) => page.goto("/users/4711"),
  "an error: only for forms": (page) => page.goto("/settings/zone"),
  "a form whose sign-in has ended": async (page, panel) => {
    await page.goto("/users/1");
    await panel.feed(PASSWORD, "password");
    await send(page, "/users/1", { name: HOSTILE[0], note: `${HOSTILE[2]}\n${long}` });
    await page.locator("#password").fill(PASSWORD);
  },
  "what was kept of it": async (page) => {
    await press(page, "main button.main");
    await page.locator(".typed").first().waitFor();
  },
  "a form of an earlier sign-in": async (page) => { await page.goto("/users/1"); await send(page, "/users/1", { csrf: "old", name: HOSTILE[0], note: `${HOSTILE[2]}\n${long}` }); },
  "an error: a form that is too old": async (page) => { await page.goto("/settings"); await send(page, "/settings/password", { csrf: "old", current: "no", new: "short" }); },
};

/** What the admin sees before there is anything. */
const EMPTY = {
  "no users yet": (page) => page.goto("/"),
  "no nodes yet": (page) => page.goto("/nodes"),
  "an empty usage": (page) => page.goto("/usage"),
  "the first user, without a node": async (page, panel) => {
    await panel.addUser("Lena", "--quota", "10GiB");
    await page.goto("/users/1");
  },
  "users without a node": (page) => page.goto("/"),
  "a node that has not called": async (page) => {
    await page.goto("/nodes");
    await send(page, "/nodes", { name: "Osaka", address: "osaka.example.net" });
  },
  "waiting for a node": (page) => goAndStay(page, "/nodes/1/watch"),
  "waiting in vain": (page) => goAndStay(page, "/nodes/1/watch?round=200"),
};

/** What is seen without a sign-in, on a panel without a password. */
const SET_UP = {
  "setting up": (page, panel) => page.goto(panel.link),
  "setting up, everything wrong": async (page, panel) => { await page.goto(panel.link); await send(page, "/login", { password: "short", name: long, address: HOSTILE[0] + long }); },
  "setting up, a short password": async (page, panel) => { await page.goto(panel.link); await send(page, "/login", { password: "short" }); },
  "setting up with an old link": async (page) => { await page.goto("/login?setup=old"); await send(page, "/login", { password: PASSWORD }); },
  "setting up without a link": (page) => page.goto("/login"),
};

/** What a stranger sees. */
const STRANGER = {
  "signing in": (page) => page.goto("/login"),
  "signing in before going on": (page) => page.goto("/users/1"),
  "signing in with a wrong password": async (page) => { await page.goto("/login"); await send(page, "/login", { password: "no" }); },
  "signing in with a form that is too old": async (page) => { await page.goto("/login"); await send(page, "/login", { csrf: "old", password: "no" }); },
  "signed out": async (page) => {
    await page.goto("/login");
    await send(page, "/login", { password: PASSWORD });
    await press(page, "form[action='/logout'] button");
  },
  "nothing there": (page) => page.goto("/u/nobody"),
  "too many wrong passwords": async (page) => {
    await page.goto("/login");
    for (let status = 0; status !== 429;) status = await send(page, "/login", { password: "no" });
  },
};

/** What a friend sees on the own page. */
const FRIEND = {
  "the own page": (page, panel) => page.goto(panel.own[1]),
  "the own page with a date": (page, panel) => page.goto(panel.own[panel.ids.Lena]),
  ...Object.fromEntries(HOSTILE.slice(1).map((name, index) => [`the own page of ${name}`, (page, panel) => page.goto(panel.own[index + 2])])),
  "the own page over quota": (page, panel) => page.goto(panel.own[panel.ids.Over]),
  "the own page, expired": (page, panel) => page.goto(panel.own[panel.ids.Expired]),
  "the own page, off": (page, panel) => page.goto(panel.own[panel.ids.Off]),
  "the own page, all links unfolded": async (page, panel) => {
    await page.goto(panel.own[panel.ids.Lena]);
    await unfold(page);
  },
};

/** What the admin and the friends see after weeks of use. */
const WEEKS = {
  "users": (page) => page.goto("/"),
  "a user, each table behind a chart": async (page) => { await page.goto("/users/2"); await unfold(page); },
  "a user, the month before": async (page) => { await page.goto("/users/2"); await press(page, ".months a"); },
  "a node, each table behind a chart": async (page) => { await page.goto("/nodes/1"); await unfold(page); },
  "a whole usage": (page) => page.goto("/usage"),
  "an own page, each table behind a chart": async (page) => {
    await page.goto("/users/1");
    await page.goto(await page.locator("#page-address").innerText());
    await unfold(page);
  },
};

/** What the admin sees of work that takes long, while it goes on and afterwards. Each page follows from the one before. */
const LONG_WORK = {
  "importing": async (page, panel) => {
    await page.goto("/import");
    await send(page, "/import", { list: MANY });
    panel.letWrite = await panel.holdWriting();
    panel.goOn = await stayWhileWorking(page, "/import/progress", () => press(page, "main button.main"));
  },
  "imported in vain, since another program writes": async (page, panel) => {
    await panel.goOn();
    await page.locator("#list-error").waitFor();
    await panel.letWrite();
  },
  "imported": async (page) => {
    await page.goto("/import");
    await send(page, "/import", { list: MANY });
    await press(page, "main button.main");
    await page.locator(".flash").waitFor();
  },
  "users, a page of several": (page) => page.goto("/users?page=2"),
  "making a backup": async (page, panel) => {
    panel.goOn = await stayWhileWorking(page, "/backup", async () => {
      // On a machine that stood still meanwhile it may be ready already.
      for (let seen = 0; seen === 0; seen = await page.locator("main progress").count()) {
        await page.goto("/settings");
        await press(page, "form[action='/settings/backup'] button");
      }
    });
  },
  "a backup is ready": async (page, panel) => {
    const fetched = page.waitForEvent("download");
    await panel.goOn();
    await fetched;
    await page.locator("a[href='/backup/file']").waitFor();
  },
  "putting a backup back": async (page, panel) => {
    await page.goto("/restore");
    await page.setInputFiles("#file", MADE_UP);
    await press(page, "main button.main");
    await page.locator("main button.danger").waitFor();
    panel.letWrite = await panel.holdWriting();
    panel.goOn = await stayWhileWorking(page, "/restore", () => press(page, "main button.danger"));
  },
  "put back in vain, since another program writes": async (page, panel) => {
    await panel.goOn();
    await page.locator("main [role=alert]").waitFor();
    await panel.letWrite();
  },
  "a backup was restored": async (page) => {
    await press(page, "main button.danger");
    await page.locator("main section[role=status]").waitFor();
  },
};

/** Who sees what, and where. */
export const WALKS = [
  { who: "the person who sets it up", visit, screens: SET_UP, start: async () => {
    const panel = await Panel.start();
    panel.link = await panel.setupLink();
    return panel;
  } },
  { who: "the admin before there is anything", visit: visitAnew, screens: EMPTY, start: startEmpty },
  { who: "the admin", visit: visitAnew, screens: OFFICE, start: startLively },
  { who: "everybody after weeks of use", visit: visitAnew, screens: WEEKS, start: () => Panel.startFrom(MADE_UP) },
  { who: "the admin while long work goes on", visit: visitAnew, screens: LONG_WORK, start: () => Panel.startFrom(SLOW_TO_COPY) },
  { who: "a friend", visit, screens: FRIEND, start: startWithOwnPages },
  { who: "a stranger", visit, screens: STRANGER, start: startEmpty },
];
