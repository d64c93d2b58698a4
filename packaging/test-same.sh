#!/usr/bin/env bash
# Builds a target twice, here and from a copy of the commit in another folder, and compares: test-same.sh [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-x86_64}
other=$(mktemp -d)/elsewhere
trap 'rm -rf "$(dirname "$other")"' EXIT
./dist.sh --file "$name"
git archive --prefix=elsewhere/ HEAD | tar -x -C "$(dirname "$other")"
"$other/dist.sh" --file "$name"
cmp "target/static/$name/mu-panel" "$other/target/static/$name/mu-panel"
echo "$name: two builds, the same bytes: $(sha256sum <"target/static/$name/mu-panel" | cut -c1-64)"
