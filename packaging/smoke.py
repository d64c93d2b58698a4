#!/usr/bin/env python3
"""Uses one mu-panel file as an admin, a node and a friend do: smoke.py FILE [RUNNER...].

Everything happens in a folder that vanishes and on 127.0.0.1. Ends with 0 if all went well."""

import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import shadowsocks

FILE = [*sys.argv[2:], os.path.abspath(sys.argv[1])]
PASSWORD = "correct horse"


def run(folder, *arguments, given=None):
    """Runs a command to its end and returns what it printed."""
    command = [*FILE, *arguments]
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, env=environment())
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout.strip()


def environment():
    return {"PATH": os.environ["PATH"], "TZ": "UTC"}


def call(address, verb, path, body=None, **headers):
    """One request: status, headers, body."""
    connection = http.client.HTTPConnection(address, timeout=120)
    connection.request(verb, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def sign_in(address, path, **fields):
    """Sends the form of the page at that path; the status, and the cookie of the sign-in."""
    _, headers, page = call(address, "GET", path)
    form = fields | {"csrf": re.search(r'name="csrf" value="([^"]+)"', page)[1]}
    cookie = headers["Set-Cookie"].split(";")[0]
    kind = "application/x-www-form-urlencoded"
    form = urllib.parse.urlencode(form)
    status, headers, _ = call(address, "POST", "/login", form, Content_Type=kind, Cookie=cookie)
    return status, "; ".join(cookie.split(";")[0] for cookie in headers.get_all("Set-Cookie", []))


def serves_a_client(folder, user):
    """Fetches a page through the node in the panel, as a friend does, and returns how many bytes it had."""
    page = os.urandom(3000).hex().encode()

    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    target = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    node, password = ("127.0.0.1", user["port"]), user["passwd"]
    answer = within("the node listens", lambda: shadowsocks.fetch(node, password, target.server_address, b"GET / HTTP/1.0\r\n\r\n"))
    target.shutdown()
    check("serves a friend's client", answer.endswith(b"\r\n\r\n" + page))
    try:
        refused = shadowsocks.fetch(node, password + "x", target.server_address, b"GET / HTTP/1.0\r\n\r\n")
    except OSError:
        refused = b""
    check("serves nobody with a wrong password", not refused)
    return len(page)


def within(what, try_it, seconds=120):
    """What comes of it, tried again while nothing does."""
    end = time.monotonic() + seconds
    while True:
        try:
            if outcome := try_it():
                return outcome
        except OSError:
            pass
        if time.monotonic() > end:
            raise SystemExit(f"failed: {what}")
        time.sleep(0.1)


def check(what, is_so):
    if not is_so:
        raise SystemExit(f"failed: {what}")
    print(f"  {what}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check("says its version", run(folder, "--version").startswith("mu-panel "))
        user = json.loads(run(folder, "user", "add", "alice", "--json"))
        token = run(folder, "token")
        arguments = [*FILE, "serve", "--listen", "127.0.0.1:0", "--log", "warn"]
        arguments += ["--node", "on", "--node-allow", "127.0.0.1/32"]
        server = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment())
        try:
            address = re.match(r"listening on http://(\S+)", server.stdout.readline())[1].rstrip("/")
            check("is well", call(address, "GET", "/healthz")[0] == 200)
            run(folder, "health")
            link = urllib.parse.urlsplit(re.search(r"https?://\S+/login\?\S+", run(folder, "setup-link"))[0])
            secret = urllib.parse.parse_qs(link.query)["setup"][0]
            status, cookie = sign_in(address, "/login?" + link.query, setup=secret, password=PASSWORD)
            check("lets the admin set the password with a link of its own", status == 303 and cookie)
            status, cookie = sign_in(address, "/login", password=PASSWORD)
            check("lets the admin sign in", status == 303 and cookie)
            check("shows the users", "alice" in call(address, "GET", "/users", Cookie=cookie)[2])
            rows = json.dumps([{"user_id": user["id"], "u": 1024, "d": 1024}])
            status, _, answer = call(address, "POST", "/mu/v2/nodes/9/traffic", rows, Token=token)
            check("counts a report", status == 200 and json.loads(answer)["ret"] == 1)
            users = json.loads(call(address, "GET", "/mu/v2/users", Token=token)[2])["data"]
            check("tells nodes who may connect", (users[0]["u"], users[0]["d"]) == (1024, 1024))
            check("shows what was used", "2 KiB" in call(address, "GET", "/users", Cookie=cookie)[2])
            moved = serves_a_client(folder, user)
            used = lambda: json.loads(run(folder, "user", "show", "alice", "--json"))["d"] >= 1024 + moved
            check("counts what the client has moved", within("it is counted", used))
        finally:
            server.send_signal(signal.SIGTERM)
            ended = server.wait(60)
        check("ends in order", ended == 0)
        check("leaves a sound database", "sound" in run(folder, "check"))


if __name__ == "__main__":
    main()
