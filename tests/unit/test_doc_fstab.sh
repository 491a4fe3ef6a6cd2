#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The line for /etc/fstab that users are shown is the one that tests/vm/cases/mount/fmapd_fstab.sh mounts.
top=$(dirname "$0")/../..
line=$(sed -n "s/^line='\(.*\)'$/\1/p" "$top/tests/vm/cases/mount/fmapd_fstab.sh")
[ -n "$line" ] || { echo "the test has no such line" >&2; exit 1; }
for doc in README.md tools/fmapd/fmapd.8; do
	sed 's/\\-/-/g; s/^ *//' "$top/$doc" | grep -qxF -- "$line" || {
		echo "$doc does not show \"$line\"" >&2
		exit 1
	}
done
echo "README.md and fmapd(8) show the line of the case fmapd_fstab"
