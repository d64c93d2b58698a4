// A real panel in an empty folder, and visitors who look at it with a real Chromium.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(HERE, "../..");
const PROGRAM = process.env.MU_PANEL_PROGRAM ?? path.join(ROOT, "target/debug/mu-panel");
/** A database with friends in it, and what they have used. */
export const MADE_UP = process.env.MU_PANEL_MADE_UP ?? path.join(ROOT, "target/tmp/made-up.db");
/** The same, slow to copy. Only `cargo test` makes it. */
export const SLOW_TO_COPY = process.env.MU_PANEL_SLOW_TO_COPY;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const PASSWORD = "correct horse";

/** The width of a desktop, of a phone, and the narrowest that is promised; with their heights. */
export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 375, height: 780 };
export const NARROW = { width: 320, height: 640 };

// The last line: no page lives long enough for what it costs to make it fast.
const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync " +
  "--js-flags=--no-opt,--no-maglev";

/** Starts the browser that all tests of a file share. */
export const openBrowser = (...more) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell",
  args: [...FLAGS.split(" "), ...more],
});

/** A running panel on a free port. */
export class Panel {
  /** Starts one in an empty folder and waits until it listens. */
  static async start({ args = [], dir } = {}) {
    const panel = Object.assign(new Panel(), { ids: {}, own: {} });
    panel.dir = dir ?? await mkdtemp(path.join(tmpdir(), "mu-panel-browser-"));
    const serve = ["serve", "--listen", "127.0.0.1:0", "--backup-dir", "none", "--log", "error", ...args];
    panel.child = spawn(PROGRAM, serve, { cwd: panel.dir, env: panel.env, stdio: ["ignore", "pipe", "inherit"] });
    // Whatever ends the test, the server does not outlive it.
    process.once("exit", () => panel.child.kill("SIGKILL"));
    const lines = createInterface({ input: panel.child.stdout })[Symbol.asyncIterator]();
    const listening = (await lines.next()).value ?? "";
    panel.url = listening.match(/^listening on (\S+?)\/?$/)?.[1];
    assert.ok(panel.url, `it says where it listens: ${listening}`);
    panel.lines = lines;
    return panel;
  }

  /** One that begins with a copy of that database. */
  static async startFrom(database) {
    const dir = await mkdtemp(path.join(tmpdir(), "mu-panel-browser-"));
    await copyFile(database, path.join(dir, "mu-panel.db"));
    const panel = await Panel.start({ dir });
    await panel.feed(PASSWORD, "password");
    return panel;
  }

  /** One whose password is set, with a node that has called. */
  static async startSetUp(options = {}) {
    const panel = await Panel.start(options);
    await panel.feed(PASSWORD, "password");
    await panel.asNode("GET", "/nodes/1/users");
    await panel.run("node", "set", "1", "--name", "Tokyo", "--address", "tokyo.example.net");
    return panel;
  }

  get env() {
    const heeded = Object.entries(process.env).filter(([name]) => !name.startsWith("MU_PANEL_"));
    return { ...Object.fromEntries(heeded), TZ: "UTC" };
  }

  /** The link that it prints as long as no password is set. */
  async setupLink() {
    for (;;) {
      const { value, done } = await this.lines.next();
      assert.ok(!done, "it prints a link");
      if (value.includes("/login?setup=")) return value.match(/https?:\S+/)[0];
    }
  }

  /** Runs a command beside the server and returns what it prints. */
  run(...args) {
    return this.feed("", ...args);
  }

  /** The same for a command that reads `input`. */
  async feed(input, ...args) {
    // A new password ends every session.
    if (args.at(-1) === "password") this.signedIn = undefined;
    const running = promisify(execFile)(PROGRAM, args, { cwd: this.dir, env: this.env });
    // One that reads nothing may have ended before.
    running.child.stdin.on("error", () => {});
    running.child.stdin.end(input);
    return (await running).stdout.trim();
  }

  /** Adds a user by the command line; returns everything about them. */
  async addUser(name, ...args) {
    return JSON.parse(await this.run("user", "add", "--json", ...args, "--", name));
  }

  /** Calls the panel as a node's program does. */
  async asNode(verb, at, body) {
    this.token ??= await this.run("token");
    const answer = await fetch(`${this.url}/mu/v2${at}`, { method: verb, headers: { Token: this.token }, body });
    return { status: answer.status, ...await answer.json() };
  }

  /** Reports `[user, uploaded, downloaded]` rows as a node's program does. */
  async report(node, ...rows) {
    const body = JSON.stringify(rows.map(([user_id, u, d]) => ({ user_id, u, d })));
    const answer = await this.asNode("POST", `/nodes/${node}/traffic`, body);
    assert.equal(answer.status, 200, answer.msg);
    return answer;
  }

  /** Holds the right to write to the database, so that whatever writes waits, until what it returns is called. */
  async holdWriting() {
    const holder = this.holder = connect(Number(process.env.MU_PANEL_HOLDER), "127.0.0.1");
    const ended = once(holder, "close");
    holder.write(`${path.join(this.dir, "mu-panel.db")}\n`);
    const [answer] = await once(createInterface({ input: holder }), "line");
    assert.equal(answer, "held");
    return () => { holder.end(); return ended; };
  }

  /** All that a form could change, to be compared. */
  async everything() {
    return { users: JSON.parse(await this.run("user", "list", "--json")), nodes: JSON.parse(await this.run("node", "list", "--json")) };
  }

  async close() {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGKILL");
    this.holder?.destroy();
    await ended;
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** What of a browser's complaints is no fault of the page: that the page itself was an error, which the test has asked for. */
const expected = (message, page) =>
  /^Failed to load resource: the server responded with a status of (4|503)/.test(message.text()) && message.location().url === page.url().split("#")[0];

/** Looks at a panel with a browser of its own, and fails if that browser complained about anything. */
export async function visit(browser, panel, options, looks) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-GB", baseURL: panel.url, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(30_000);
  try {
    const page = await newPage(context);
    await looks(page, context);
    assert.deepEqual(page.complaints, [], "the browser has nothing to complain about");
  } finally {
    await context.close();
  }
}

async function newPage(context) {
  const page = await context.newPage();
  page.complaints = [];
  const complain = (what) => page.complaints.push(`${page.url()}: ${what}`);
  page.on("console", (message) => { if (message.type() === "error" && !expected(message, page)) complain(message.text()); });
  page.on("pageerror", (error) => complain(error));
  page.on("dialog", (dialog) => { complain(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("requestfailed", (request) => { if (request.failure()?.errorText !== "net::ERR_ABORTED") complain(`${request.url()} failed: ${request.failure()?.errorText}`); });
  return page;
}

/** Signs in as the admin. */
export async function signIn(page) {
  await page.goto("/login");
  await page.fill("#password", PASSWORD);
  await page.press("#password", "Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** Like [`visit`], by an admin who signs in for it, on the page that this leads to. */
export const visitAnew = (browser, panel, options, looks) => visit(browser, panel, options, async (page, context) => {
  await signIn(page);
  await looks(page, context);
});

/** Like [`visit`], by an admin who is signed in: once for all visits to a panel. */
export async function visitAsAdmin(browser, panel, options, looks) {
  if (!panel.signedIn) await visitAnew(browser, panel, {}, async (_, context) => { panel.signedIn = await context.storageState(); });
  await visit(browser, panel, { ...options, storageState: panel.signedIn }, looks);
}

/**
 * Sends the form with that `action` as if the browser itself checked nothing, so that the panel has to. Returns the answer's status, or
 * that of the page that shows the form again. Fields that are not seen before they are unfolded can be set too.
 */
export async function send(page, action, fields) {
  const answered = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.request().isNavigationRequest());
  const loaded = page.waitForNavigation();
  await page.locator(`form[action="${action}"]`).first().evaluate((form, fields) => {
    for (const [name, value] of Object.entries(fields)) {
      const field = form.elements[name];
      if (field.type === "date") field.type = "text";
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    form.noValidate = true;
    form.requestSubmit(form.querySelector("button:not([type='button'])"));
  }, fields);
  const shown = await loaded;
  return page.url().includes("kept=") ? shown.status() : (await answered).status();
}

/** Clicks on what leads to another page, and waits for that. */
export async function press(page, selector) {
  const loaded = page.waitForNavigation();
  await page.locator(selector).first().click();
  await loaded;
}

/**
 * Does what begins long work, and stays on the page `at` that says that it goes on, until what is returned is called. That page looks
 * again by itself; here it is told once that there is nothing new, and then stands still. A look that was kept waiting instead would
 * keep the browser from changing its colours.
 */
export async function stayWhileWorking(page, at, begin) {
  const isLook = (request) => request.method() === "GET" && new URL(request.url()).pathname === at;
  let told;
  const looked = new Promise((done) => { told = done; });
  await page.route((url) => url.pathname === at, async (asked) => {
    if (!isLook(asked.request())) return asked.continue();
    await asked.fulfill({ status: 204 });
    told();
  });
  await begin();
  await page.locator("main progress").waitFor();
  await looked;
  return async () => {
    await page.unrouteAll();
    await page.goto(at);
  };
}

/** What is looked for in a page as it stands there; each runs in the browser. */
const LOOKS = {
  /** What a table tells on a desktop and hides here, if it is not said elsewhere in its row. Port and cipher are on the user's own page. */
  leftOut: () => [...document.querySelectorAll("tr")].filter((row) => row.checkVisibility()).flatMap((row) =>
    [...row.cells].filter((cell) => !cell.matches(".users .port, .users .method") && !cell.checkVisibility() && getComputedStyle(cell).display !== "contents" && !row.innerText.includes(cell.textContent.trim()) && row.parentElement.tagName !== "THEAD")
      .map((cell) => `nobody sees «${cell.textContent.trim()}»`)),

  /** The names in the list of users that are cut, though they are short. */
  cutShort: () => [...document.querySelectorAll(".who a")]
    .filter((name) => name.innerText.length <= 10 && name.scrollWidth > name.clientWidth).map((name) => `«${name.innerText}» is cut`),

  /** What has to be moved sideways to be read, if anything. */
  tooWide: () => {
    const [wide, room] = [document.scrollingElement.scrollWidth, innerWidth];
    const out = [...document.querySelectorAll(".card > table")].filter((table) => table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right);
    if (wide <= room) return out.map((table) => `a table leaves its card: ${table.innerText.slice(0, 160)}`);
    const beyond = [...document.querySelectorAll("body *")].filter((part) => part.getBoundingClientRect().right > room + 0.5);
    return [`${wide} px wide: ${beyond.slice(0, 3).map((part) => part.outerHTML.slice(0, 160)).join("\n")}`];
  },

  /** Boxes to tick that the words beside them have squeezed. */
  squeezed: () => [...document.querySelectorAll("input:is([type=checkbox], [type=radio])")].filter((box) => box.checkVisibility()).flatMap((box) => {
    const { width, height } = box.getBoundingClientRect();
    return Math.min(width, height) < 17 || Math.abs(width - height) > 1 ? [`${width} × ${height} px: ${box.outerHTML.slice(0, 160)}`] : [];
  }),

  /** The numbers whose unit stands on another line. */
  numbersParted: () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const parted = [];
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (!/\d (?:[KMGTPE]i)?B(?!\w)/.test(data) || !parentElement.checkVisibility() || parentElement.closest("script, textarea, code, pre, bdi, .typed, option")) continue;
      for (const { index, 0: size } of data.matchAll(/[\d.,]+ (?:[KMGTPE]i)?B(?![\w])/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + size.length);
        const lines = new Set([...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top / 4)));
        if (lines.size > 1) parted.push(`«${size}» stands on two lines: ${parentElement.outerHTML.slice(0, 160)}`);
      }
    }
    return parted;
  },
};
const source = (look) => `(${look})()`;
export const tooWide = (page) => page.evaluate(source(LOOKS.tooWide));
export const numbersParted = (page) => page.evaluate(source(LOOKS.numbersParted));

/** Everything of the above at once. */
export const misplaced = (page) => page.evaluate(`[${Object.values(LOOKS).map(source)}].flat()`);

/**
 * What a page is made of: its elements with what says what each is and how it looks, and where there are words, but not which words.
 * To axe two pages of which this is the same are the same.
 */
const shapeOf = () => {
  const said = /^(class|role|type|lang|dir|hidden|disabled|open|checked|selected|tabindex|autocomplete|aria-(?!label$|valuetext$|valuenow$).*|data-theme)$/;
  let shape = 0;
  const add = (text) => { for (let at = 0; at < text.length; at++) shape = Math.imul(shape ^ text.charCodeAt(at), 0x01000193) + (shape >>> 15) | 0; };
  const walk = (node, depth) => {
    if (node.nodeType === Node.TEXT_NODE) { if (/\S/.test(node.data)) add(`${depth}t`); return; }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const attributes = [...node.attributes].map(({ name, value }) => `${name}=${said.test(name) ? value.replace(/\d+/g, "0") : value !== ""}`);
    add(`${depth}${node.tagName} ${attributes.join(" ")}`);
    for (const child of node.childNodes) walk(child, depth + 1);
  };
  walk(document.documentElement, 0);
  return shape;
};

/**
 * What axe finds: each rule with the elements that break it; of `what` = "colours" only what depends on the colours, of "rest" all else.
 * A page that is made like one in `known` is not looked at again.
 */
export async function axe(page, what = "all", known = new Set()) {
  const shape = `${what} ${await page.evaluate(source(shapeOf))}`;
  if (known.has(shape)) return [];
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(AXE);
  const found = await page.evaluate(async (what) => {
    const colours = ["color-contrast", "link-in-text-block"];
    const tags = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    const runOnly = what === "colours" ? { type: "rule", values: colours } : tags;
    const rules = what === "rest" ? Object.fromEntries(colours.map((rule) => [rule, { enabled: false }])) : {};
    const { violations } = await window.axe.run(document, { runOnly, rules, resultTypes: ["violations"], preload: false });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 5).map((node) => `${node.html.slice(0, 200)} (${node.failureSummary})`).join("\n")}`);
  }, what);
  if (found.length === 0) known.add(shape);
  return found;
}

/** Opens a page that looks again by itself, and keeps it from doing so while it is looked at. */
export async function goAndStay(page, at) {
  await page.unrouteAll();
  await page.goto(at);
  const { pathname } = new URL(page.url());
  await page.route((url) => url.pathname === pathname, (asked) => asked.fulfill({ status: 204 }));
}

/** Waits until the element of that id has the focus, which a browser gives a moment after it has loaded a page. */
export function hasFocus(page, id) {
  return page.waitForFunction((id) => document.activeElement?.id === id, id);
}
