#!/usr/bin/env bash
# Makes a Debian package of an unpacked archive: deb.sh FOLDER VERSION ARCHITECTURE OUT. Needs dpkg-deb alone.
set -euo pipefail
from=$1 version=$2 architecture=$3 out=$4
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"

install -D -m 755 "$from/mu-panel" "$tree/usr/bin/mu-panel"
mkdir -p "$tree/lib/systemd/system" "$tree/usr/share/man/man1" "$tree/usr/share/doc/mu-panel"
# The unit that the program prints, but for the path.
sed 's|/usr/local/bin/|/usr/bin/|' "$from/mu-panel.service" >"$tree/lib/systemd/system/mu-panel.service"
for page in "$from"/man/*; do
    gzip -9n <"$page" >"$tree/usr/share/man/man1/$(basename "$page").gz"
done
install -D -m 644 "$from/completions/mu-panel.bash" "$tree/usr/share/bash-completion/completions/mu-panel"
install -D -m 644 "$from/completions/_mu-panel" "$tree/usr/share/zsh/vendor-completions/_mu-panel"
install -D -m 644 "$from/completions/mu-panel.fish" "$tree/usr/share/fish/vendor_completions.d/mu-panel.fish"
install -D -m 644 "$here/debian/default" "$tree/etc/default/mu-panel"
install -m 644 "$from/README.md" "$from/README.zh-CN.md" "$tree/usr/share/doc/mu-panel"
install -m 644 "$from/LICENSE" "$tree/usr/share/doc/mu-panel/copyright"
gzip -9n <"$from/CHANGELOG.md" >"$tree/usr/share/doc/mu-panel/changelog.gz"

mkdir "$tree/DEBIAN"
for script in preinst postinst prerm postrm config templates; do
    [ ! -f "$here/debian/$script" ] || install -m 755 "$here/debian/$script" "$tree/DEBIAN/$script"
done
[ ! -f "$tree/DEBIAN/templates" ] || chmod 644 "$tree/DEBIAN/templates"
echo /etc/default/mu-panel >"$tree/DEBIAN/conffiles"
size=$(du -ks --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" "$here/debian/control" \
    >"$tree/DEBIAN/control"
find "$tree" -type f ! -path '*/DEBIAN/*' -printf '%P\n' | sort | (cd "$tree" && xargs md5sum) >"$tree/DEBIAN/md5sums"
find "$tree" -type d -exec chmod 755 {} +
chmod 644 "$tree/DEBIAN/conffiles" "$tree/DEBIAN/control" "$tree/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/mu-panel_${version}_$architecture.deb" >/dev/null
