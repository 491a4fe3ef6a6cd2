#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfs-generator: what each mount comes after, and where nothing is said of it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FAMFS_ETC=$work/etc
mkdir -p "$work"/etc/{mounts.d,lists} "$work/bin"
# Where there is no systemd: of a path, what these tests have of it.
if ! command -v systemd-escape >/dev/null; then
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nshift 3\nprintf %%s "${1#/}" | sed "s|-|\\\\\\\\x2d|g; s| |\\\\\\\\x20|g; s|/|-|g; s|$|.mount|"\n' >"$work/bin/systemd-escape"
	chmod 755 "$work/bin/systemd-escape"
	PATH=$work/bin:$PATH
fi
failed=0
fail() { echo "FAILED: $*" >&2; failed=1; }
run() {
	rm -rf "$work/out"
	mkdir "$work/out"
	"$top/tools/systemd/famfs-generator" "$work/out" "$work/no1" "$work/no2" || fail "exit $?"
}
# has UNIT LINES: its drop-in, without comments.
has() { [ "$(grep -v '^#' "$work/out/$1.d/50-famfs.conf" 2>/dev/null)" = "$2" ] || fail "$1: $(cat "$work/out/$1.d/50-famfs.conf" 2>&1), not $2"; }

run
[ -z "$(ls "$work/out")" ] || fail "of nothing: $(ls "$work/out")"

printf 'device 0 /dev/famfs/pool\n  device\t3   /dev/famfs/b_2 # more\ndevice 4 /dev/dax0.0\ndevice 5 /dev/famfs/../x\n#device 6 /dev/famfs/no\nfile /f size=4K extent=0:0:4K\n' >"$work/etc/one.manifest"
printf 'MANIFEST=%s\nMOUNTPOINT="/srv/the-other one"\nWAIT=7\nOPTIONS=-o ro\n' "$work/etc/lists/two" >"$work/etc/mounts.d/two.conf"
echo 'device 0 /dev/famfs/soft' >"$work/etc/lists/two"
: >"$work/etc/bad name.manifest"
echo 'MANIFEST=/nonexistent' >"$work/etc/mounts.d/three.conf"
run
has fmapd@one.service $'[Unit]\nWants=famfs-mode@b_2.service\nAfter=famfs-mode@b_2.service\nWants=famfs-mode@pool.service\nAfter=famfs-mode@pool.service'
has fmapd@two.service $'[Unit]\nWants=famfs-mode@soft.service\nAfter=famfs-mode@soft.service'
has fmapd@three.service '[Unit]'
has mnt-three.mount $'[Unit]\nDefaultDependencies=no\nAfter=fmapd@three.service'
has 'srv-the\x2dother\x20one.mount' $'[Unit]\nDefaultDependencies=no\nAfter=fmapd@two.service'
has dev-famfs-pool.device $'[Unit]\nJobRunningTimeoutSec=30'
has dev-famfs-soft.device $'[Unit]\nJobRunningTimeoutSec=7'
[ "$(echo "$work"/out/* | wc -w)" = 9 ] || fail "there are $(echo "$work"/out/*)"
[ $failed = 0 ] && echo "famfs-generator: what mounts come after"
exit $failed
