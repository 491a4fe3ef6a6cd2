# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# judge.sh KERNEL HEADERS: say in a line why the modules cannot be had for this kernel, or
# nothing if they can be, as far as can be told without building them.
#
# dkms.conf asks. A build that fails is an error, which leaves the package of a kernel, or of its
# headers, unconfigured; a kernel that is left out is none.
kernel=$1 headers=$2
sources=$(dirname "$0")/..

refuse() {
	printf '%s\n' "$*"
	exit
}

# Headers that are not there are not for us to tell of.
[ -e "$headers/include" ] || exit 0

case $kernel in
[0-5].* | 6.0 | 6.0[!0-9]*) refuse "it is older than 6.1, the first with maple trees, which the modules use" ;;
esac
for option in DAX FS_DAX FUSE_FS DEBUG_INFO_BTF; do
	[ ! -e "$headers/.config" ] || grep -q "^CONFIG_$option=[ym]" "$headers/.config" ||
		refuse "it is configured without CONFIG_$option"
done

# The layout generator knows whether it understands the kernel's types. In a copy, as nothing is to be
# left among the sources, and where DKMS builds: programs can be run there. (It reads no hidden files.)
place=/var/lib/dkms
[ -w $place ] || place=${TMPDIR:-/tmp}
work=$(mktemp -d "$place/.famfs.XXXXXX") || exit 0
trap 'rm -rf "$work"' EXIT
cp -r "$sources/Makefile" "$sources/compat" "$work/" || exit 0
unset MAKEFLAGS MFLAGS MAKELEVEL
if said=$(make -s -C "$work" layouts KVER="$kernel" KDIR="$headers" 2>&1 </dev/null); then exit 0; fi
reason=$(printf '%s\n' "$said" | sed -n 's/^layoutgen: //p' | tail -n 1)
# Of a compiler that is missing, and the like, the build tells.
[ -z "$reason" ] || refuse "${reason#"$kernel: "}"
