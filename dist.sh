#!/bin/sh
# Builds the file to give away: one, statically linked, for any Linux on x86-64. It says where it is, and how large.
set -eu
cd "$(dirname "$0")"
target=x86_64-unknown-linux-gnu
RUSTFLAGS="-C target-feature=+crt-static -C target-cpu=x86-64" \
    cargo build --locked --profile dist --target "$target" --bin mu-panel
file="target/$target/dist/mu-panel"
if ldd "$file" >/dev/null 2>&1; then
    echo "$file is not statically linked" >&2
    exit 1
fi
printf '%s\n%s bytes\n' "$file" "$(wc -c <"$file")"
