#!/usr/bin/env bash
# Makes the files to give away, into target/files: for each target one static file, an archive and a Debian package, and
# the sums of all. `./dist.sh` for this machine's kind, `./dist.sh x86_64 aarch64 armv7` or `./dist.sh --all` for more;
# with `--file` before them no more than the static files.
# Two builds of one commit give the same bytes. CONTRIBUTING.md says what it needs.
#
# The file for x86_64 has musl in it: with glibc it is 0.8 MiB larger and takes 2 MiB more memory, and only what friends
# upload through the node is faster (1.5 times). Those for ARM have glibc, since Debian has no musl to build for other
# machines. MU_PANEL_LIBC=glibc builds all with it.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD
out=$root/target/files
version=$(sed -n 's/^version = "\(.*\)"/\1/p;T;q' Cargo.toml)
# The time in archives is that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

# name, Rust's target, Debian's architecture, compiler prefix, processor, how readelf's name of the machine begins, qemu
targets="
x86_64  x86_64-unknown-linux-musl     amd64 musl                x86-64  Advanced qemu-x86_64-static
aarch64 aarch64-unknown-linux-gnu     arm64 aarch64-linux-gnu   generic AArch64  qemu-aarch64-static
armv7   armv7-unknown-linux-gnueabihf armhf arm-linux-gnueabihf generic ARM      qemu-arm-static
"

if [ "${MU_PANEL_LIBC:-musl}" = glibc ]; then
    targets=$(sed -E 's/unknown-linux-musl +amd64 musl/unknown-linux-gnu amd64 x86_64-linux-gnu/' <<<"$targets")
fi

case $(uname -m) in aarch64) here=aarch64 ;; armv7l) here=armv7 ;; *) here=x86_64 ;; esac
only_file=
if [ "${1:-}" = --file ]; then only_file=1 && shift; fi
[ $# -gt 0 ] || set -- "$here"
[ "$1" != --all ] || set -- x86_64 aarch64 armv7

fail() {
    echo "dist.sh: $*" >&2
    exit 1
}

# Builds the file for a target and says where it is.
build() {
    local triple=$1 prefix=$2 cpu=$3 upper
    # Addresses that are filled in at the start take a fraction of their room when they are packed, C needs no tables to
    # unwind, and where this folder lies is nothing to anybody.
    local homes sysroot
    sysroot=$(rustc --print sysroot)
    homes="$root=/mu-panel ${CARGO_HOME:-$HOME/.cargo}=/cargo $sysroot=/rust"
    local rust="-C target-feature=+crt-static -C target-cpu=$cpu -C link-arg=-Wl,-z,pack-relative-relocs"
    # Random bytes come from the kernel's call alone: the crate would look for it in a library that is not there, and
    # then in a /dev that a container or a bare root may lack.
    rust="$rust --cfg getrandom_backend=\"linux_getrandom\""
    local c="-fno-asynchronous-unwind-tables"
    for home in $homes; do
        rust="$rust --remap-path-prefix=$home"
        c="$c -ffile-prefix-map=$home"
    done
    [ -d "$sysroot/lib/rustlib/$triple/lib" ] ||
        fail "Rust's standard library for $triple is missing: run \`rustup target add $triple\`"
    local name=${triple//-/_} compiler=$prefix-gcc archiver=$prefix-ar
    local linker=$compiler
    # Rust brings what it links of musl.
    if [ "$prefix" = musl ]; then linker=cc archiver=ar; fi
    if [ "$triple" = "$(rustc -vV | sed -n 's/^host: //p')" ]; then compiler=cc linker=cc archiver=ar; fi
    command -v "$compiler" >/dev/null || fail "\`$compiler\` is missing: CONTRIBUTING.md names the packages"
    upper=$(tr a-z A-Z <<<"$name")
    env "CARGO_TARGET_${upper}_LINKER=$linker" "CARGO_TARGET_${upper}_RUSTFLAGS=$rust" \
        "CC_$name=$compiler" "AR_$name=$archiver" "CFLAGS_$name=$c" \
        cargo build --locked --profile dist --target "$triple" --bin mu-panel
}

# Refuses a file that is for another machine or needs something beside it.
inspect() {
    local file=$1 machine=$2
    readelf -h "$file" | grep -qE "Machine: +$machine\b" || fail "$file is not for $machine"
    ! readelf -lW "$file" | grep -q INTERP || fail "$file is not static"
    ! readelf -dW "$file" | grep -q NEEDED || fail "$file needs a library"
}

# Uses a file, on this machine or under qemu, and alone in an otherwise empty file system.
try() {
    local file=$1 name=$2 qemu=$3 runner=()
    if [ "$name" != "$here" ]; then
        # That of Debian 12 (7.2) ends on armv7 with a fault of its own in mremap; 10.0 does not.
        PATH=$root/target/foreign/bin:$PATH
        command -v "$qemu" >/dev/null || fail "\`$qemu\` is missing: install qemu-user-static, 8 or later"
        runner=("$qemu")
    fi
    python3 packaging/smoke.py "$file" "${runner[@]}"
    if [ "$name" = "$here" ] && unshare --map-root-user true 2>/dev/null; then
        local alone
        alone=$(mktemp -d)
        cp "$file" "$alone/mu-panel"
        unshare --map-root-user chroot "$alone" /mu-panel user add alice >/dev/null
        unshare --map-root-user chroot "$alone" /mu-panel check
        rm -r "$alone"
    fi
}

if [ -z "$only_file" ]; then
    # The manual and the completions are made of the program's own description of its commands; it prints its unit.
    rm -rf "$out/manual"
    # Without the time, for which C would be compiled once more: neither has it in what it prints.
    env -u SOURCE_DATE_EPOCH cargo run --locked --quiet --example manual -- "$out/manual"
    env -u SOURCE_DATE_EPOCH cargo run --locked --quiet --bin mu-panel -- unit >"$out/manual/mu-panel.service"
fi

for wanted in "$@"; do
    read -r name triple debian prefix cpu machine qemu <<<"$(grep "^$wanted " <<<"$targets")" ||
        fail "there is no target \`$wanted\`: x86_64, aarch64, armv7 or --all"
    echo "== $name"
    build "$triple" "$prefix" "$cpu"
    file=target/static/$name/mu-panel
    install -D -m 755 "target/$triple/dist/mu-panel" "$file"
    inspect "$file" "$machine"
    [ -z "$only_file" ] || continue
    try "$file" "$name" "$qemu"
    whole=mu-panel-$version-linux-$name
    rm -rf "${out:?}/$whole"
    mkdir -p "$out/$whole/completions"
    install -m 755 "$file" "$out/$whole/mu-panel"
    install -m 644 LICENSE README.md README.zh-CN.md CHANGELOG.md "$out/manual/mu-panel.service" "$out/$whole"
    mkdir "$out/$whole/man"
    install -m 644 "$out"/manual/man/* "$out/$whole/man"
    install -m 644 "$out"/manual/completions/* "$out/$whole/completions"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$out" -c "$whole" |
        gzip -9n >"$out/$whole.tar.gz"
    packaging/deb.sh "$out/$whole" "$version" "$debian" "$out"
    rm -r "${out:?}/$whole"
    echo "$file: $(wc -c <"$file") bytes"
done

[ -z "$only_file" ] || exit 0
install -m 755 install.sh "$out/install.sh"
cd "$out"
sha256sum -- *.tar.gz *.deb install.sh >SHA256SUMS
if [ -n "${MINISIGN_KEY:-}" ]; then
    minisign -Sm SHA256SUMS -s "$MINISIGN_KEY" -t "mu-panel $version" </dev/null
fi
cat SHA256SUMS
