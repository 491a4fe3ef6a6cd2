#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel that the modules take for the newest tested one is the newest of docs/matrix.md.
top=$(dirname "$0")/../..
said=$(sed -n 's/^#define FAMFS_TESTED_KERNEL[[:space:]]*"\(.*\)"$/\1/p' "$top/compat/compat_tested.h")
newest=$(awk -F ' *[|] *' '$4 ~ /^[0-9]+\.[0-9]+\./ && $7 == 1 && $8 == 1 { split($4, v, "."); print v[1] "." v[2] }' \
	"$top/docs/matrix.md" | sort -V | tail -n 1)
if [ -z "$said" ] || [ "$said" != "$newest" ]; then
	echo "compat/compat_tested.h says \"$said\", docs/matrix.md \"$newest\"" >&2
	exit 1
fi
echo "$said is the newest kernel of docs/matrix.md"
