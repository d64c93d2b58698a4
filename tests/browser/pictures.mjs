// Takes the pictures in docs/pictures of the running program with made-up friends: `cargo test --test browser --
// --ignored pictures`. Needs openssl for a certificate, since a real panel is reached by HTTPS; makes the pictures
// smaller if pngquant is installed.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DESKTOP, MADE_UP, openBrowser, Panel, PASSWORD, PHONE, press, ROOT, send, signIn, visit } from "./panel.mjs";

const HOST = "panel.example.net";
const OUT = path.join(ROOT, "docs/pictures");
const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });

const dir = await mkdtemp(path.join(tmpdir(), "mu-panel-pictures-"));
await copyFile(MADE_UP, path.join(dir, "mu-panel.db"));
run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", `/CN=${HOST}`,
  "-keyout", path.join(dir, "key.pem"), "-out", path.join(dir, "cert.pem"));
const args = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];
const [panel, fresh] = [await Panel.start({ dir, args }), await Panel.start()];
await panel.feed(PASSWORD, "password");
const link = await fresh.setupLink();

/** A panel as it is seen at a name of its own. */
const browserOf = (panel) => openBrowser(`--host-resolver-rules=MAP ${HOST} ${new URL(panel.url).host}`);
const browsers = [await browserOf(panel), await browserOf(fresh)];
const there = { url: `https://${HOST}` };

/** What the nodes have said a moment ago. */
async function callsOfNodes(request) {
  const headers = { Token: await panel.run("token") };
  const call = (verb, at, data) => request.fetch(`${panel.url}/mu/v2${at}`, { method: verb, headers, ...data });
  for (const [node, load, uptime, online] of [[1, "0.12 0.09 0.05", 3456789, 4], [2, "0.31 0.22 0.20", 1234567, 2]]) {
    await call("GET", `/nodes/${node}/users`);
    await call("POST", `/nodes/${node}/info`, { form: { load, uptime } });
    await call("POST", `/nodes/${node}/online_count`, { form: { count: online } });
    const rows = [1, 2, 4, 5, 9, 11].map((user_id) => ({ user_id, u: 400_000 * user_id * node, d: 7_000_000 * user_id * node }));
    await call("POST", `/nodes/${node}/traffic`, { data: rows });
  }
}

const LIST = JSON.stringify({ msg: "ok", data: [
  [31, "Hana Kim", 24001, 3.1e9, 41e9], [32, "周杰", 24002, 0.4e9, 6.2e9], [33, "Felix Braun", 24003, 1.2e9, 19e9],
].map(([id, email, port, u, d]) => ({ id, email, port, u, d, passwd: "fromtheoldpanel1", method: "aes-256-gcm", transfer_enable: 50 * 2 ** 30, switch: 1, enable: 1, t: 0 })) });

/** Each screen: what it shows, in words, and how to get there. */
const SCREENS = {
  "set-up": ["The first page, from the link that the program prints", (page) => page.goto(link.replace(/^.*?(?=\/login)/, `http://${HOST}`))],
  "users": ["The users", (page) => page.goto("/")],
  "bulk": ["Done to several at once", (page) => page.goto("/users/batch?act=extend&user=3&user=8&user=12")],
  "user": ["A user: what to send them, what they have used, all that can be changed", (page) => page.goto("/users/2")],
  "friend_page": ["A friend's own page", async (page) => {
    await page.goto("/users/2");
    await page.goto(await page.locator("#page-address").innerText());
  }],
  "nodes": ["The nodes", (page) => page.goto("/nodes")],
  "node": ["A node", (page) => page.goto("/nodes/1")],
  "usage": ["Usage of all users over any days", (page) => page.goto("/usage")],
  "import": ["Moving from another panel: a look before anything happens", async (page) => { await page.goto("/import"); await send(page, "/import", { list: LIST }); }],
  "restore": ["Restoring a backup: what is in it, before anything happens", async (page) => {
    await page.goto("/restore");
    // The question stands until it is answered.
    if (await page.locator("#file").count() === 0) return;
    const file = path.join(dir, "backup.db");
    await panel.run("backup", file);
    await page.setInputFiles("#file", file);
    await press(page, "main button.main");
    await page.locator("main button.danger").waitFor();
  }],
  "settings": ["Settings", (page) => page.goto("/settings")],
};

const KINDS = {
  light: { viewport: DESKTOP, colorScheme: "light", locale: "en-GB" },
  dark: { viewport: DESKTOP, colorScheme: "dark", locale: "en-GB" },
  phone: { viewport: PHONE, colorScheme: "light", locale: "en-GB" },
  chinese: { viewport: DESKTOP, colorScheme: "light", locale: "zh-CN" },
};
/** Pages that are longer are cut off there, in px. */
const LONGEST = { light: 1800, dark: 1800, phone: 1600, chinese: 1800 };

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const ignoreHTTPSErrors = true;
await visit(browsers[0], there, { ignoreHTTPSErrors, userAgent: SAFARI }, signIn);
let storageState;
await visit(browsers[0], there, { ignoreHTTPSErrors }, async (page, context) => {
  await signIn(page);
  storageState = await context.storageState();
});
for (const [kind, options] of Object.entries(KINDS)) {
  await visit(browsers[0], there, { ...options, ignoreHTTPSErrors, storageState }, async (page, context) => {
    for (const [name, [, go]] of Object.entries(SCREENS)) {
      if (name === "set-up") {
        await visit(browsers[1], { url: `http://${HOST}` }, options, (page) => take(page, go, kind, name));
        continue;
      }
      await callsOfNodes(context.request);
      await take(page, go, kind, name);
    }
  });
}

async function take(page, go, kind, name) {
  await go(page);
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.scrollingElement.scrollHeight);
  const clip = { x: 0, y: 0, width, height: Math.min(Math.max(whole, height / 2), LONGEST[kind]) };
  await page.screenshot({ path: path.join(OUT, `${name}-${kind}.png`), fullPage: true, clip });
}

const shown = Object.entries(SCREENS).map(([name, [words]]) => `## ${words}

![${words}](pictures/${name}-light.png)

<p>${["dark", "phone", "chinese"].map((kind) => `<a href="pictures/${name}-${kind}.png"><img src="pictures/${name}-${kind}.png" alt="${words}, ${kind}" height="360"></a>`).join("\n")}</p>
`);
await writeFile(path.join(ROOT, "docs/pictures.md"), `# Pictures of every page

In light, in dark, on a phone and in Chinese, of a panel with made-up friends. Long pages are cut off.
\`cargo test --test browser -- --ignored pictures\` takes them anew.

${shown.join("\n")}`);

try {
  execFileSync("pngquant", ["--force", "--ext", ".png", "--strip", "128", ...Object.keys(SCREENS).flatMap((name) => Object.keys(KINDS).map((kind) => path.join(OUT, `${name}-${kind}.png`)))]);
} catch (error) {
  if (error.code !== "ENOENT") throw error;
  console.log("without pngquant the pictures are larger than they have to be");
}
await Promise.all([...browsers, panel, fresh].map((each) => each.close()));
