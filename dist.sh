#!/bin/sh
# Builds the file to give away: one, statically linked, for any Linux on x86-64. It says where it is, and how large.
set -eu
cd "$(dirname "$0")"
target=x86_64-unknown-linux-gnu
# Addresses that are filled in at the start take a fraction of their room when they are packed, and C needs no tables to unwind.
CFLAGS="-fno-asynchronous-unwind-tables" \
    RUSTFLAGS="-C target-feature=+crt-static -C target-cpu=x86-64 -C link-arg=-Wl,-z,pack-relative-relocs" \
    cargo build --locked --profile dist --target "$target" --bin mu-panel
file="target/$target/dist/mu-panel"
case $(ldd "$file" 2>&1) in
*"statically linked"* | *"not a dynamic executable"*) ;;
*)
    echo "$file is not statically linked" >&2
    exit 1
    ;;
esac
# It has to work with nothing beside it: alone in an otherwise empty file system.
if unshare --map-root-user true 2>/dev/null; then
    alone=$(mktemp -d)
    trap 'rm -r "$alone"' EXIT
    cp "$file" "$alone/mu-panel"
    unshare --map-root-user chroot "$alone" /mu-panel user add alice >/dev/null
    unshare --map-root-user chroot "$alone" /mu-panel check
fi
"$file" --version
printf '%s\n%s bytes\n' "$file" "$(wc -c <"$file")"
