#!/bin/sh
# Installs mu-panel on a Linux server with systemd, as root:
#
#     wget -qO- "$BASE/install.sh" | BASE="$BASE" sh
#
# BASE is the address of a release's files. The same line again installs a newer version; database and unit stay.
set -eu

base=${BASE:?name the address of a release, as in BASE=https://example.org/mu-panel}
to=${MU_PANEL_ROOT:-} # for tests: a folder in the place of /
say() { echo "install.sh: $*"; }
fail() { echo "install.sh: $*" >&2; exit 1; }

case $(uname -s)-$(uname -m) in
Linux-x86_64) machine=x86_64 ;;
Linux-aarch64 | Linux-arm64) machine=aarch64 ;;
Linux-armv7* | Linux-armv8*) machine=armv7 ;;
*) fail "there is no file for $(uname -s) on $(uname -m)" ;;
esac
[ "$(id -u)" = 0 ] || fail "run it as root: put sudo before sh"
if command -v wget >/dev/null; then
    get() { wget -q -O "$1" "$base/$1"; }
elif command -v curl >/dev/null; then
    get() { curl -fsSL -o "$1" "$base/$1"; }
else
    fail "install wget or curl first"
fi

# Download, and compare with the sums.
folder=$(mktemp -d) || fail "there is no room for temporary files"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
get SHA256SUMS || fail "$base/SHA256SUMS cannot be downloaded"
archive=$(grep -o "mu-panel-[0-9.]*-linux-$machine.tar.gz" SHA256SUMS) || fail "$base has no archive for $machine"
get "$archive" || fail "$base/$archive cannot be downloaded"
grep " $archive\$" SHA256SUMS | sha256sum -c >/dev/null 2>&1 ||
    fail "$archive is not what SHA256SUMS says: nothing was installed"
tar -xzf "$archive" && cd "${archive%.tar.gz}" || fail "$archive cannot be unpacked: nothing was installed"
./mu-panel --version >/dev/null || fail "the file does not run here: nothing was installed"

# Put everything into place; the program itself last, and in one step.
unit=$to/etc/systemd/system/mu-panel.service program=$to/usr/local/bin/mu-panel
{ mkdir -p "${program%/*}" "${unit%/*}" "$to/usr/local/share/man/man1" && cp man/* "$to/usr/local/share/man/man1"; } &&
    { id mu-panel >/dev/null 2>&1 || useradd --system --shell /usr/sbin/nologin mu-panel; } &&
    { [ -e "$unit" ] || ./mu-panel unit >"$unit"; } &&
    cp mu-panel "$program.new" && mv "$program.new" "$program" ||
    fail "it could not be put into place, for the reason above; run this again once that is mended"
say "$(./mu-panel --version) is in $program"

# Start it and print the link.
if [ -d /run/systemd/system ] && [ -z "$to" ]; then
    systemctl daemon-reload && systemctl enable --quiet mu-panel && systemctl restart mu-panel ||
        fail "systemd does not start it, for the reason above"
    well() { mu-panel --db /var/lib/mu-panel/mu-panel.db health >/dev/null 2>&1; }
    for _ in 1 2 3 4 5 6 7 8 9 10; do well && break || sleep 1; done
    well || fail "it is installed, but not well: see journalctl -u mu-panel"
    mu-panel --db /var/lib/mu-panel/mu-panel.db setup-link || say "it runs"
else
    say "there is no systemd here: start it with \`mu-panel serve\`; it prints the link to set the password"
fi
