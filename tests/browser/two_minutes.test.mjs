// The two minutes to the end: the panel is set up as the server of its friends, the first friend gets the link that is
// printed, a real client fetches a page through it, and what that moved stands on the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as listenAnywhere } from "node:net";
import { after, before, test } from "node:test";
import { openBrowser, Panel, PASSWORD, PHONE, visit } from "./panel.mjs";

/** What the page that is fetched is long, in bytes: 1.2 MiB. */
const LENGTH = Math.round(1.2 * 2 ** 20);

let browser, site;
before(async () => {
  browser = await openBrowser();
  site = createServer((_, answer) => answer.end(Buffer.alloc(LENGTH, "x"))).listen(0, "127.0.0.1");
  await once(site, "listening");
});
after(async () => { await browser.close(); site.close(); });

/** A port that nothing uses at the moment. */
async function freePort() {
  const server = listenAnywhere().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until `look` finds something. */
async function until(what, look) {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  assert.fail(`in vain: ${what}`);
}

const accepts = (port) => new Promise((done) => {
  const socket = connect(port, "127.0.0.1", () => { socket.destroy(); done(true); });
  socket.once("error", () => done(false));
});

/** Starts Debian's client with what stands in a link. */
async function startClient(link) {
  const [, secret, host, port] = link.match(/^ss:\/\/([\w-]+)@([^:]+):(\d+)#/);
  const [method, password] = Buffer.from(secret, "base64url").toString().split(/:(.*)/s);
  const local = await freePort();
  const client = spawn("ss-local", ["-s", host, "-p", port, "-b", "127.0.0.1", "-l", String(local), "-m", method, "-k", password], { stdio: "ignore" });
  const stop = () => client.kill("SIGKILL");
  process.once("exit", stop);
  await until("the client listens", () => accepts(local));
  return { local, stop };
}

/** Fetches the page through a client; returns how many bytes came. */
async function fetchThrough(local, to) {
  const socket = connect(local, "127.0.0.1");
  await once(socket, "connect");
  const answer = once(socket, "data");
  socket.write(Buffer.from([5, 1, 0]));
  assert.deepEqual([...(await answer)[0]], [5, 0]);
  const opened = once(socket, "data");
  socket.write(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, to >> 8, to & 255]));
  assert.equal((await opened)[0][1], 0, "the way is open");
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  let came = 0;
  for await (const part of socket) came += part.length;
  return came;
}

test("from the first start to a friend who is connected", async () => {
  const panel = await Panel.start({ args: ["--node-allow", "127.0.0.1/32"] });
  let client;
  try {
    await visit(browser, panel, { viewport: PHONE, hasTouch: true }, async (page) => {
      await page.goto(await panel.setupLink());
      await page.getByLabel("New password").fill(PASSWORD);
      assert.ok(await page.getByRole("radio", { name: "On this server" }).isChecked());
      await page.getByLabel("Address", { exact: true }).fill("127.0.0.1");
      await page.locator("#friend").fill("Lena");
      await page.getByRole("button", { name: "Finish setup" }).tap();
      await page.getByRole("heading", { name: "Lena", exact: true }).waitFor();
      const said = await page.locator(".flash").innerText();
      assert.match(said, /Lena/);
      assert.equal(await page.locator("main .notice").count(), 0, `nothing contradicts “${said}”`);
      const link = await page.locator("#link-1").innerText();
      assert.match(link, /^ss:\/\/[\w-]+@127\.0\.0\.1:\d+#/);

      client = await startClient(link);
      const came = await until("something comes through", () => fetchThrough(client.local, site.address().port));
      assert.ok(came > LENGTH);

      await page.goto("/");
      const used = await until("it is counted", async () => {
        await page.reload();
        const row = await page.getByRole("row").filter({ hasText: "Lena" }).innerText();
        return row.match(/1\.2 MiB no limit/)?.[0];
      });
      assert.ok(used);
      await page.getByRole("link", { name: "Lena", exact: true }).tap();
      await page.locator(".today .figure").getByText("1.2 MiB").waitFor();
      const [user] = (await panel.everything()).users;
      assert.ok(user.d >= came && user.u > 0, "to the byte, what the site sent is counted as downloaded");
      assert.equal(user.d, came);
    });
  } finally {
    client?.stop();
    await panel.close();
  }
});
