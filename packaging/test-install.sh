#!/usr/bin/env bash
# Runs install.sh against a server on this machine that has the files of target/files, into a folder in the place of /;
# then wherever it has to fail: against an archive that was changed, one that is missing or does not run, a server that
# is not there; on another machine, without root, without a program to download with, and on a full disk. As root.
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
    PATH=${path:-$work/bin:$PATH} MU_PANEL_ROOT=$work/root BASE=$base /bin/sh <(cat install.sh) >"$work/log" 2>&1
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

# A program that says something else in the place of one of the system's.
instead() { printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1" && chmod +x "$work/bin/$1"; }
instead uname 'echo riscv64'
refused "a machine that there is no file for" "there is no file for riscv64 on riscv64"
rm "$work/bin/uname"
instead id 'echo 1000'
refused "without root" "run it as root: put sudo before sh"
rm "$work/bin/id"
mkdir "$work/few"
for program in sh uname id mktemp rm cat; do ln -s "$(command -v $program)" "$work/few/$program"; done
path=$work/few refused "nothing to download with" "install wget or curl first"
instead cp 'echo "cp: No space left on device" >&2; exit 1'
rm -rf "$work/root"
! install || fail "a full disk: it says that all is well"
grep -q "could not be put into place" "$work/log" || { cat "$work/log"; fail "a full disk: it does not say so"; }
[ ! -e "$work/root/usr/local/bin/mu-panel" ] || fail "a full disk: half a program is in place"
rm "$work/bin/cp"
[ -z "$(BASE='' sh install.sh 2>&1 >/dev/null)" ] && fail "without BASE it says nothing"

# An archive whose program does not run here, with sums that are right.
mkdir "$work/foreign" "$work/unpacked"
for archive in "$out"/*.tar.gz; do
    name=$(basename "$archive" .tar.gz)
    mkdir -p "$work/unpacked/$name/man"
    printf '#!/nowhere\n' >"$work/unpacked/$name/mu-panel" && chmod +x "$work/unpacked/$name/mu-panel"
    tar -C "$work/unpacked" -czf "$work/foreign/$name.tar.gz" "$name"
done
(cd "$work/foreign" && sha256sum -- *.tar.gz >SHA256SUMS)
serve "$work/foreign"
refused "a file that does not run" "does not run here: nothing was installed"

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
