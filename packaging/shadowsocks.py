"""A Shadowsocks client of chacha20-ietf-poly1305 over TCP, of Python's standard library alone, for trying a node."""

import hashlib
import hmac
import os
import socket
import struct

MASK = 0xFFFFFFFF
PRIME = (1 << 130) - 5


def rotate(value, count):
    return (value << count | value >> 32 - count) & MASK


def chacha20_block(key, counter, nonce):
    """One block of 64 bytes (RFC 8439, 2.3)."""
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    x = start.copy()
    columns = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
    diagonals = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    for _ in range(10):
        for a, b, c, d in columns + diagonals:
            for first, second in ((16, 12), (8, 7)):
                x[a] = (x[a] + x[b]) & MASK
                x[d] = rotate(x[d] ^ x[a], first)
                x[c] = (x[c] + x[d]) & MASK
                x[b] = rotate(x[b] ^ x[c], second)
    return struct.pack("<16I", *((one + other) & MASK for one, other in zip(x, start)))


def chacha20(key, nonce, data):
    blocks = range(0, len(data), 64)
    stream = b"".join(chacha20_block(key, 1 + at // 64, nonce) for at in blocks)
    return bytes(one ^ other for one, other in zip(data, stream))


def poly1305(key, nonce, sealed):
    """The tag of what is sealed, without further data (RFC 8439, 2.5 and 2.8)."""
    once = chacha20_block(key, 0, nonce)
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    message = sealed + bytes(-len(sealed) % 16) + struct.pack("<QQ", 0, len(sealed))
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\1", "little")) * r % PRIME
    return ((total + int.from_bytes(once[16:32], "little")) % (1 << 128)).to_bytes(16, "little")


class Direction:
    """One way of a connection: its key comes of the password and a salt, and each piece has a number."""

    def __init__(self, password, salt):
        key = digest = b""
        while len(key) < 32:
            digest = hashlib.md5(digest + password.encode()).digest()
            key += digest
        secret = hmac.new(salt, key, hashlib.sha1).digest()
        first = hmac.new(secret, b"ss-subkey\1", hashlib.sha1).digest()
        self.key = (first + hmac.new(secret, first + b"ss-subkey\2", hashlib.sha1).digest())[:32]
        self.number = 0

    def nonce(self):
        self.number += 1
        return (self.number - 1).to_bytes(12, "little")

    def seal(self, data):
        nonce = self.nonce()
        sealed = chacha20(self.key, nonce, data)
        return sealed + poly1305(self.key, nonce, sealed)

    def open(self, data):
        nonce = self.nonce()
        if not hmac.compare_digest(poly1305(self.key, nonce, data[:-16]), data[-16:]):
            raise ValueError("the tag is wrong")
        return chacha20(self.key, nonce, data[:-16])


def fetch(node, password, target, request):
    """Sends a request to a target through a node, each (IPv4 address, port), and returns all that comes back."""
    with socket.create_connection(node, timeout=120) as stream:
        salt = os.urandom(32)
        out = Direction(password, salt)
        said = b"\1" + socket.inet_aton(target[0]) + struct.pack(">H", target[1]) + request
        stream.sendall(salt + out.seal(struct.pack(">H", len(said))) + out.seal(said))
        reader = stream.makefile("rb")
        back, answer = Direction(password, reader.read(32)), b""
        while head := reader.read(18):
            (length,) = struct.unpack(">H", back.open(head))
            answer += back.open(reader.read(length + 16))
        return answer
