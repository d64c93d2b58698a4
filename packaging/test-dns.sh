#!/usr/bin/env bash
# Whether a file resolves names where the C library would load modules for it, which a static file cannot, and where
# there is nothing but itself: test-dns.sh FILE [ROOT], as root. ROOT is a Debian root with glibc; without it this
# machine's glibc and modules are laid out in one. Everything happens in a network of its own; nothing leaves it.
set -euo pipefail
file=$(realpath "${1:-target/static/$(uname -m | sed s/armv7l/armv7/)/mu-panel}")
given=${2:-}
if [ -z "${MU_PANEL_TEST_DNS:-}" ]; then
    # The modules, unpacked into the root alone: installed, they would change this machine's own lookups.
    modules=$(mktemp -d)
    trap 'rm -rf "$modules"' EXIT
    (cd "$modules" && apt-get download -qq libnss-myhostname libnss-mymachines libnss-resolve) >/dev/null 2>&1 || true
    MU_PANEL_TEST_DNS=$modules unshare -n -m "$(realpath "$0")" "$file" ${given:+"$given"}
    exit
fi

chroot=$(command -v chroot)
ip link set lo up
work=$(mktemp -d)
processes=()
cleanup() {
    [ ${#processes[@]} = 0 ] || kill "${processes[@]}" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
fail() {
    echo "test-dns.sh: $*" >&2
    cat "$work"/*.log >&2 2>/dev/null || true
    exit 1
}

# A name server that knows one name, and a panel that hears who comes: it answers every call with a refusal in words.
cat >"$work/peers.py" <<'PY'
import socket, struct, threading
def names():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        packet, peer = server.recvfrom(1500)
        end = packet.index(0, 12) + 5
        name, kind = packet[13:13 + packet[12]], struct.unpack(">H", packet[end - 4:end - 2])[0]
        if name == b"silent":
            continue
        known = name == b"panel"
        found = known and kind == 1
        head = packet[:2] + bytes([0x81, 0x80 if known else 0x83, 0, 1, 0, int(found), 0, 0, 0, 0])
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if found else b""
        server.sendto(head + packet[12:end] + answer, peer)
threading.Thread(target=names, daemon=True).start()
server = socket.create_server(("127.0.0.1", 8080))
print("ready", flush=True)
while True:
    client, _ = server.accept()
    client.recv(4096)
    body = b'{"ret":0,"msg":"heard"}'
    client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
    client.close()
PY
mkfifo "$work/ready"
python3 "$work/peers.py" >"$work/ready" 2>"$work/peers.log" &
processes+=($!)
read -r _ <"$work/ready"

# What a node says that is started in a root, with that host as its panel.
says() {
    local root=$1 host=$2 words=$3 log=$work/node.log
    rm -rf "$root/data"
    mkdir -p "$root/data"
    env -i MU_PANEL_NODE_TOKEN=x "$chroot" "$root" /mu-panel node --url "http://$host:8080/mu/v2" --node-id 1 --data /data \
        >"$log" 2>&1 &
    local node=$!
    for _ in $(seq 300); do
        ! grep -q "$words" "$log" || break
        kill -0 "$node" 2>/dev/null || break
        sleep 0.1
    done
    local lives=0
    kill "$node" 2>/dev/null && lives=1
    wait "$node" 2>/dev/null || true
    grep -q "$words" "$log" && [ $lives = 1 ] || fail "$(basename "$root"), $host: it does not say “$words”"
}

try() {
    local root=$1
    cp "$file" "$root/mu-panel"
    mkdir -p "$root/etc" "$root/tmp"
    echo "nameserver 127.0.0.1" >"$root/etc/resolv.conf"
    says "$root" panel.example "the panel says .heard."
    says "$root" no.example "there is no address for the name"
    says "$root" silent.example "cannot look up the name"
    echo "dns: names are found in $(basename "$root")"
}

# Nothing but the file and where the name server is.
mkdir "$work/bare"
try "$work/bare"

# A glibc whose configuration names modules that a static file must not load, all of which are there.
root=$work/glibc
if [ -n "$given" ]; then
    cp -a "$given" "$root"
else
    libraries=/lib/$(uname -m)-linux-gnu
    mkdir -p "$root$libraries"
    cp -a "$libraries"/libc.so* "$libraries"/libnss_* "$libraries"/libresolv* "$root$libraries"/ 2>/dev/null || true
fi
for package in "$MU_PANEL_TEST_DNS"/*.deb; do
    [ ! -e "$package" ] || dpkg -x "$package" "$root"
done
for module in files dns myhostname mymachines resolve; do
    find "$root" -name "libnss_$module.so*" | grep -q . || echo "dns: libnss_$module is not there; the line names it all the same"
done
mkdir -p "$root/etc"
echo "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns" >"$root/etc/nsswitch.conf"
try "$root"
