#!/usr/bin/env bash
# Lays out the files of the container image: image.sh ARCHITECTURE FOLDER, as the stage `build` of Dockerfile does.
# MU_PANEL_FILE names a file that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
case $1 in
amd64) name=x86_64 ;;
arm64) name=aarch64 ;;
arm) name=armv7 ;;
*) echo "image.sh: there is no file for \`$1\`" >&2 && exit 1 ;;
esac
file=${MU_PANEL_FILE:-target/static/$name/mu-panel}
[ -n "${MU_PANEL_FILE:-}" ] || ./dist.sh --file "$name"
install -D -m 755 "$file" "$2/mu-panel"
# Time zones, and the authorities that the panel trusts when it calls others.
mkdir -p "$2/usr/share" "$2/etc/ssl/certs"
cp -rL /usr/share/zoneinfo "$2/usr/share/zoneinfo"
rm -rf "$2"/usr/share/zoneinfo/{right,posix}
cp -L /etc/ssl/certs/ca-certificates.crt "$2/etc/ssl/certs/"
install -d -m 700 "$2/data"
