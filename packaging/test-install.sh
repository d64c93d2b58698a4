#!/usr/bin/env bash
# Runs install.sh against a server on this machine that has the files of target/files, into a folder in the place of /;
# then against one whose archive has been changed, one without an archive, and one that is not there. As root.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/files
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
fail() {
    echo "test-install.sh: $*" >&2
    exit 1
}
# useradd is not to change this machine.
mkdir "$work/bin"
printf '#!/bin/sh\necho "$@" >%s/useradd\n' "$work" >"$work/bin/useradd"
chmod +x "$work/bin/useradd"

# Serves a folder on a port that is free.
serve() {
    [ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }
    rm -f "$work/port"
    (cd "$1" && exec python3 -c '
import http.server, sys
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
open(sys.argv[1] + ".new", "w").write(str(server.server_port))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()' "$work/port") 2>/dev/null &
    server=$!
    until [ -f "$work/port" ]; do sleep 0.05; done
    base=http://127.0.0.1:$(cat "$work/port")
}
install() {
    PATH=$work/bin:$PATH MU_PANEL_ROOT=$work/root BASE=$base sh <(cat install.sh) >"$work/log" 2>&1
}
refused() {
    rm -rf "$work/root"
    ! install || fail "$1 is installed"
    grep -q "$2" "$work/log" || { cat "$work/log"; fail "$1: it does not say so"; }
    [ ! -e "$work/root" ] || fail "$1: something was installed"
}

serve "$out"
install || { cat "$work/log"; fail "it does not install"; }
"$work/root/usr/local/bin/mu-panel" --version >/dev/null
[ "$(stat -c %a "$work/root/usr/local/bin/mu-panel")" = 755 ] || fail "the mode of the file"
"$work/root/usr/local/bin/mu-panel" unit | cmp - "$work/root/etc/systemd/system/mu-panel.service"
[ -f "$work/root/usr/local/share/man/man1/mu-panel.1" ] || fail "no manual"
id mu-panel >/dev/null 2>&1 || grep -q -- '--system' "$work/useradd" || fail "no user is made"
# Again: an upgrade, which leaves the unit as it was changed.
echo '# mine' >>"$work/root/etc/systemd/system/mu-panel.service"
install || { cat "$work/log"; fail "it does not install again"; }
grep -q '^# mine' "$work/root/etc/systemd/system/mu-panel.service" || fail "a changed unit is overwritten"

cp -r "$out" "$work/changed"
for archive in "$work"/changed/*.tar.gz; do printf x >>"$archive"; done
serve "$work/changed"
refused "a changed archive" "not what SHA256SUMS says"
rm "$work"/changed/*.tar.gz
refused "a missing archive" "cannot be downloaded"
: >"$work/changed/SHA256SUMS"
refused "a list without this machine" "has no archive for"
kill "$server"
wait "$server" 2>/dev/null || true
server=
refused "nothing" "cannot be downloaded"
echo "install.sh: installs, upgrades, and refuses what is not whole"
