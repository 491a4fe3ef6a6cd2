#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the packages, once more elsewhere (same bytes?), and once as a later version.
# Leaves /var/lab/packages/1 and /2.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/lib.sh"

# other_build: the packages of the tree in which this runs, without the unit tests.
other_build() { quietly env DEB_BUILD_OPTIONS=nocheck make deb; }

first_build deb 7
other_tree /var/lab/elsewhere
(cd /var/lab/elsewhere && other_build) || exit 1
same_bytes /var/lab/elsewhere/build/deb

other_tree /var/lab/next
(cd /var/lab/next && become_next && other_build) || exit 1
mv /var/lab/next/build/deb /var/lab/packages/2
ok "version $next"

quietly apt-get -qy install --no-install-recommends lintian
lintian --allow-root --fail-on error,warning --suppress-tags newer-standards-version \
	/var/lab/packages/1/*.changes >"$log" 2>&1 || { cat "$log" >&2; fail "lintian"; }
ok "lintian"
