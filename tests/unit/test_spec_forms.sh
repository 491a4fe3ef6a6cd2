#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The RPM spec in its two forms: it can be read in both, and what packages are asked for have
# the names that they have there.
spec=$(cd "$(dirname "$0")/../.." && pwd)/rpm/famfs-stock.spec
command -v rpmspec >/dev/null || { echo "skipped: there is no rpmspec (package rpm or rpm-build)"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "$*" >&2; exit 1; }

# form NAME DEFINE: what packages and scripts are asked for, and run, in that form.
form() {
	if ! {
		rpmspec --define "$2" -q --qf \
			"[%{=NAME} requires %{REQUIRENAME}\n][%{=NAME} recommends %{RECOMMENDNAME}\n]" "$spec" &&
		rpmspec --define "$2" -q --srpm --qf "[build %{REQUIRENAME}\n]" "$spec"
	} >"$work/$1" 2>"$work/errors" || ! rpmspec --define "$2" -P "$spec" >"$work/$1.spec" 2>>"$work/errors"; then
		fail "$1: $(cat "$work/errors")"
	fi
	! grep -i 'error\|warning' "$work/errors" >&2 || fail "$1: rpmspec complains"
}
# has FORM LINE..., lacks FORM PATTERN
has() {
	in=$1; shift
	for line; do grep -qxF "$line" "$work/$in" || fail "$in has no \"$line\": $(cat "$work/$in")"; done
}
lacks() { ! grep -E "$2" "$work/$1" >&2 || fail "$1 has that"; }

form fedora "fedora 43"
form suse "suse_version 1600"
for in in fedora suse; do
	has $in "famfs-dkms requires dkms" "famfs-dkms requires gcc" "famfs-dkms requires make" \
		"famfs-dkms requires zstd" "famfs-dkms recommends mokutil" "fmapd recommends famfs-dkms" \
		"build fuse3-devel" "build pkgconfig(libkmod)" "build check-devel"
done
has fedora "famfs-dkms recommends kernel-devel" "build libasan" "build libubsan"
lacks fedora 'kernel-(default|rt)'
! grep -q ldconfig "$work/fedora.spec" || fail "fedora runs ldconfig"
has suse "famfs-dkms recommends (kernel-default-devel if kernel-default)" \
	"famfs-dkms recommends (kernel-rt-devel if kernel-rt)" "libfmap requires /sbin/ldconfig"
lacks suse 'kernel-core|kernel-devel$|libasan|libubsan'
# The scripts are told which of the two they are for.
grep -q "s/#FAMFS_SUSE#/01600/" "$work/suse.spec" || fail "the script of suse is that of others"
grep -q "s/#FAMFS_SUSE#/0/" "$work/fedora.spec" || fail "the script of fedora is that of suse"
echo "both forms of the spec ask for what there is: Fedora ($(wc -l <"$work/fedora") lines), SUSE ($(wc -l <"$work/suse"))"
