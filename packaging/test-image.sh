#!/usr/bin/env bash
# Does by hand what the container image is, without a container: lays its files out as Dockerfile does, then starts it
# in an otherwise empty root as its user, with its environment and commands, and asks its health. As root.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=$(dpkg --print-architecture)
[ "$architecture" != armhf ] || architecture=arm
root=$(mktemp -d)
chmod 755 "$root"
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$root"
}
trap cleanup EXIT
fail() {
    echo "test-image.sh: $*" >&2
    exit 1
}

MU_PANEL_FILE=${1:-target/static/$(uname -m | sed s/armv7l/armv7/)/mu-panel} packaging/image.sh "$architecture" "$root"
# What the last stage says: its user, environment, and commands.
last=$(sed -n '/^FROM scratch/,$p' Dockerfile)
owner=$(sed -n 's/^COPY --from=build --chown=\([0-9:]*\) .*/\1/p' <<<"$last")
user=$(sed -n 's/^USER //p' <<<"$last")
[ "$owner" = "$user" ] || fail "/data belongs to $owner, but the program runs as $user"
chown -R "$owner" "$root/data"
mapfile -t environment < <(sed -n 's/^ENV //p' <<<"$last" | tr ' ' '\n')
strings() { sed -n "s/^$1 *\[\(.*\)\]/\1/p" <<<"$last" | tr -d '",'; }
read -ra entry < <(strings ENTRYPOINT)
read -ra command < <(strings CMD)
read -ra health < <(sed -n 's/^HEALTHCHECK .* CMD \[\(.*\)\]/\1/p' <<<"$last" | tr -d '",')
chroot=$(command -v chroot)
run() { env -i "${environment[@]}" MU_PANEL_LISTEN=127.0.0.1:0 "$chroot" --userspec="$user" "$root" "$@"; }

# Nothing is written but below the volume.
mount --bind "$root" "$root" 2>/dev/null && mount -o remount,ro,bind "$root" 2>/dev/null &&
    mount --bind "$root/data" "$root/data" 2>/dev/null && mount -o remount,rw,bind "$root/data" 2>/dev/null &&
    trap 'umount "$root/data" "$root" 2>/dev/null || true; cleanup' EXIT
! run "${health[@]}" 2>/dev/null || fail "it is well before it is started"
mkfifo "$root.out" && trap 'rm -f "$root.out" "$root.err"; umount "$root/data" "$root" 2>/dev/null || true; cleanup' EXIT
env -i "${environment[@]}" MU_PANEL_LISTEN=127.0.0.1:0 "$chroot" --userspec="$user" "$root" "${entry[@]}" "${command[@]}" \
    >"$root.out" 2>"$root.err" &
server=$!
read -r line <"$root.out" || fail "it does not start: $(cat "$root.err")"
[[ $line == "listening on http://"* ]] || fail "it does not start: $line"
[ "$(run "${health[@]}")" = well ] || fail "it is not well"
[ "$(stat -c %U:%G "/proc/$server" 2>/dev/null || echo UNKNOWN:UNKNOWN)" != root:root ] || fail "it runs as root"
run /mu-panel setup-link | grep -q '/login?setup=' || fail "there is no link"
run /mu-panel user add anna --expires 2030-01-01 >/dev/null
[ -d "$root/usr/share/zoneinfo/Asia" ] || fail "there are no time zones"
kill -TERM "$server"
wait "$server" || fail "it does not end in order"
server=
run /mu-panel check >/dev/null || fail "it leaves no sound database"
echo "image: laid out, started as $user, well, ended in order"
