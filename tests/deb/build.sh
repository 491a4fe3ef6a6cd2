#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the packages, once more elsewhere (same bytes?), and once as a later version.
# Leaves /var/lab/packages/1 and /2.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/lib.sh"

rm -rf /var/lab/packages
mkdir -p /var/lab/packages
grep -qx '    make deb' README.md || fail "README.md does not tell to make deb"
quietly make deb
mv build/deb /var/lab/packages/1
ok "make deb, with what it needs"

other_tree /var/lab/elsewhere
(cd /var/lab/elsewhere && quietly env DEB_BUILD_OPTIONS=nocheck make deb) || exit 1
sums() { (cd "$1" && sha256sum -- *.deb *.dsc *.tar.*); }
sums /var/lab/packages/1 >/var/lab/sums.1
sums /var/lab/elsewhere/build/deb >/var/lab/sums.2
[ -s /var/lab/sums.1 ] || fail "no packages"
diff /var/lab/sums.1 /var/lab/sums.2 >&2 || fail "two builds differ"
ok "$(wc -l </var/lab/sums.1) files, the same bytes twice"

other_tree /var/lab/next
(
	cd /var/lab/next
	become_next
	quietly env DEB_BUILD_OPTIONS=nocheck make deb
) || exit 1
mv /var/lab/next/build/deb /var/lab/packages/2
ok "version $next"

quietly apt-get -qy install --no-install-recommends lintian
lintian --allow-root --fail-on error,warning --suppress-tags newer-standards-version \
	/var/lab/packages/1/*.changes >"$log" 2>&1 || { cat "$log" >&2; fail "lintian"; }
ok "lintian"
