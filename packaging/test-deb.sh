#!/usr/bin/env bash
# Installs, upgrades, removes and purges the Debian package in bare Debian roots, as root: test-deb.sh SUITE...
# Each suite is tried without systemd and with it. The roots are made by mmdebstrap and kept in target/roots; with
# `--roots` before the suites no more is done than that.
set -euo pipefail
cd "$(dirname "$0")/.."
roots=$PWD/target/roots
mkdir -p "$roots"

# The archive of a bare root of a suite, made once.
archive() {
    local suite=$1 with=$2 extra=adduser,debconf,tzdata
    local kept=$roots/$suite-$with.tar
    ! [ -f "$kept" ] || return 0
    [ "$with" = plain ] || extra=$extra,systemd,systemd-sysv,dbus
    mmdebstrap --quiet --format=tar --variant=minbase --include="$extra" "$suite" "$kept.part" 2>"$kept.log" ||
        { tail -20 "$kept.log"; echo "test-deb.sh: no root of $suite could be made" >&2; return 1; }
    mv "$kept.part" "$kept"
}

if [ "${1:-}" = --roots ]; then
    shift
    for suite in "$@"; do archive "$suite" plain && archive "$suite" systemd; done
    exit
fi

out=$PWD/target/files
version=$(sed -n 's/^version = "\(.*\)"/\1/p;T;q' Cargo.toml)
architecture=$(dpkg --print-architecture)
package=$out/mu-panel_${version}_$architecture.deb
db=/var/lib/mu-panel/mu-panel.db
work=$(mktemp -d "$roots/work.XXXXXX")
root=
cleanup() {
    [ -z "$root" ] || umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT

fail() {
    echo "test-deb.sh: $suite, $kind: $*" >&2
    exit 1
}
inside() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}
as_panel() { inside setpriv --reuid=mu-panel --regid=mu-panel --clear-groups "$@"; }

# The same package under a later version, to upgrade to.
mkdir "$work/later"
tar -xzf "$out"/mu-panel-"$version"-linux-"$(uname -m)".tar.gz -C "$work/later"
packaging/deb.sh "$work/later"/* "$version+later" "$architecture" "$work"
later=$work/mu-panel_${version}+later_$architecture.deb

# A bare root of a suite, with the packages to install.
make_root() {
    archive "$suite" "$1"
    root=$work/root
    rm -rf --one-file-system "$root"
    mkdir "$root"
    tar -C "$root" -xf "$roots/$suite-$1.tar"
    cp "$package" "$root/first.deb"
    cp "$later" "$root/later.deb"
}

install_first() {
    inside dpkg -i /first.deb >"$work/log" 2>&1 || { cat "$work/log"; fail "installation"; }
    grep -q "mu-panel --db $db setup-link" "$work/log" || { cat "$work/log"; fail "does not say where the link is"; }
    [ "$(inside mu-panel --version)" = "mu-panel $version" ] || fail "the program does not run"
    [ "$(inside stat -c '%U %a' /var/lib/mu-panel)" = "mu-panel 700" ] || fail "the folder is open to others"
    inside mu-panel unit | sed 's|/usr/local/bin/|/usr/bin/|' | cmp - "$root/lib/systemd/system/mu-panel.service" ||
        fail "the unit is not that of mu-panel unit"
    inside man -w mu-panel >/dev/null 2>&1 || [ -f "$root/usr/share/man/man1/mu-panel.1.gz" ] || fail "no manual"
    grep -q setup-link "$root/usr/share/bash-completion/completions/mu-panel" || fail "no completions"
}

upgrade_remove_purge() {
    as_panel mu-panel --db $db user add bob >/dev/null
    echo '# mine' >>"$root/etc/default/mu-panel"
    inside dpkg -i /later.deb >"$work/log" 2>&1 || { cat "$work/log"; fail "upgrade"; }
    ! grep -q "link to set" "$work/log" || fail "an upgrade speaks of the link"
    grep -q '^# mine' "$root/etc/default/mu-panel" || fail "the options were overwritten"
    as_panel mu-panel --db $db user show bob >/dev/null || fail "the database did not survive the upgrade"
    local copy=$db.before-$version
    [ "$(inside stat -c '%U %a' "$copy")" = "mu-panel 600" ] || \
        fail "no copy from before, or one that is open to others"
    as_panel mu-panel --db "$copy" user show bob >/dev/null || fail "the copy is not what was there"
    inside dpkg -r mu-panel >"$work/log" 2>&1 || { cat "$work/log"; fail "removal"; }
    [ -f "$root$db" ] && [ ! -e "$root/usr/bin/mu-panel" ] || fail "removal took the database or left the program"
    # Purging asks, and unasked keeps the database; told so, it deletes it.
    inside dpkg -i /first.deb >/dev/null 2>&1
    inside mu-panel --db $db user show bob >/dev/null || fail "the database is not taken up again"
    inside dpkg -P mu-panel >"$work/log" 2>&1 || { cat "$work/log"; fail "purging"; }
    [ -f "$root$db" ] || fail "purging deleted the database unasked"
    inside dpkg -i /first.deb >/dev/null 2>&1
    echo "mu-panel mu-panel/purge-database boolean true" | inside debconf-set-selections
    inside dpkg -P mu-panel >"$work/log" 2>&1 || { cat "$work/log"; fail "purging"; }
    [ ! -e "$root/var/lib/mu-panel" ] || fail "purging kept the database though told to delete it"
    [ ! -e "$root/etc/default/mu-panel" ] || fail "purging left the options"
}

for suite in "$@"; do
    kind="without systemd"
    make_root plain
    install_first
    upgrade_remove_purge
    echo "$suite, $kind: installed, upgraded, removed, purged"

    kind="with systemd"
    make_root systemd
    install_first
    [ -L "$root/etc/systemd/system/multi-user.target.wants/mu-panel.service" ] || fail "the service is not enabled"
    inside systemd-analyze verify --man=no mu-panel.service >"$work/log" 2>&1 || { cat "$work/log"; fail "the unit"; }
    upgrade_remove_purge
    echo "$suite, $kind: installed, upgraded, removed, purged"
done
