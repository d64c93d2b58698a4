"""Runs a program in the network namespace that it has for itself, uses the network as applications do once the program
has taken the default route over, and prints where packets go that leave the namespace: one line each, protocol,
address and port.

Usage: unshare -n -m python3 leaks.py FOLDER PROGRAM ARGUMENT...
"""

import os
import socket
import subprocess
import sys
import threading
import time

PATIENCE = 30


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def namespace(folder):
    """A way out with nobody at its other end, which takes every packet."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "outside")
    ip("link", "set", "outside", "up")
    ip("link", "set", "eth0", "up")
    ip("addr", "add", "192.0.2.2/24", "dev", "eth0")
    ip("-6", "addr", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
    for gateway in ("192.0.2.1", "2001:db8::1"):
        ip("neigh", "add", gateway, "lladdr", "02:00:00:00:00:01", "dev", "eth0", "nud", "permanent")
        ip("route", "add", "default", "via", gateway, "dev", "eth0")
    resolver = os.path.join(folder, "resolv.conf")
    with open(resolver, "w") as file:
        file.write("nameserver 9.9.9.9\n")
    subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)


def destination(packet):
    """Where an Ethernet frame goes; nothing for what only finds neighbours and groups."""
    kind, rest = int.from_bytes(packet[12:14], "big"), packet[14:]
    if kind == 0x0800:
        protocol, head = rest[9], (rest[0] & 15) * 4
        address = socket.inet_ntop(socket.AF_INET, rest[16:20])
    elif kind == 0x86DD and rest[6] not in (0, 58):
        protocol, head = rest[6], 40
        address = socket.inet_ntop(socket.AF_INET6, rest[24:40])
    else:
        return None
    name = {6: "tcp", 17: "udp"}.get(protocol, str(protocol))
    return f"{name} {address} {int.from_bytes(rest[head + 2:head + 4], 'big')}"


class Watch(threading.Thread):
    def __init__(self):
        super().__init__()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("outside", 0))
        self.socket.settimeout(0.1)
        self.left, self.over = set(), False
        self.start()

    def run(self):
        while True:
            try:
                self.left.add(destination(self.socket.recv(65535)))
            except TimeoutError:
                # Only when there is nothing left to read.
                if self.over:
                    return

    def end(self):
        self.over = True
        self.join()
        return sorted(self.left - {None})


def taken_over():
    route = subprocess.run(["ip", "route", "get", "203.0.113.5"], capture_output=True, text=True)
    return route.returncode == 0 and "dev eth0" not in route.stdout


def connect(host, port):
    try:
        with socket.create_connection((host, port), timeout=2) as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
            stream.recv(16)
    except OSError:
        pass


def ask(server, kind):
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.sendto(question + kind.to_bytes(2, "big") + b"\x00\x01", (server, 53))
        try:
            asking.recv(512)
        except OSError:
            pass


def use():
    connect("203.0.113.5", 80)
    connect("2001:db8:1::5", 443)
    connect("example.com", 80)
    for server in ("8.8.8.8", "9.9.9.9"):
        for kind in (1, 16, 28):
            ask(server, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as game:
        game.sendto(b"x" * 50, ("203.0.113.9", 9999))
        game.settimeout(1)
        try:
            game.recv(512)
        except OSError:
            pass


def main(folder, *program):
    namespace(folder)
    watch = Watch()
    with open(os.path.join(folder, "log"), "wb") as log:
        running = subprocess.Popen(program, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while not taken_over():
                if running.poll() is not None or time.monotonic() > end:
                    sys.exit("the program does not take over: " + open(log.name).read()[-2000:])
                time.sleep(0.02)
            use()
        finally:
            running.kill()
            running.wait()
            left = watch.end()
    print("\n".join(left))


main(*sys.argv[1:])
