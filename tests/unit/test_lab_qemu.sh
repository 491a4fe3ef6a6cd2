#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which QEMU emulates a guest, and one with CXL memory: this machine's, the one that was fetched, the one that
# was asked for, or none, with why. All are played.
# shellcheck disable=SC2016
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LAB_CACHE=$work/cache
unset LAB_QEMU
failed=0

mkdir -p "$work/bin" "$LAB_CACHE"
# qemu FILE VERSION: a program that says it is that one.
qemu() {
	mkdir -p "$(dirname "$1")"
	printf '#!/bin/sh\necho "QEMU emulator version %s (Debian)"\n' "$2" >"$1"
	chmod 755 "$1"
}
# The fetched one is run by its own loader, which here just runs what it is given.
fetched() {
	qemu "$LAB_CACHE/qemu/usr/bin/qemu-system-x86_64" "$1"
	mkdir -p "$LAB_CACHE/qemu/usr/lib64"
	printf '#!/bin/sh\nshift 2\nexec "$@"\n' >"$LAB_CACHE/qemu/usr/lib64/ld-linux-x86-64.so.2"
	chmod 755 "$LAB_CACHE/qemu/usr/lib64/ld-linux-x86-64.so.2"
}
# choice VERSION [LAB_QEMU]: the version that is chosen and where it is from, or why there is none.
choice() {
	PATH=$work/bin:$PATH bash -c '
		. "$1/lab/lib.sh"
		. "$1/lab/qemu.sh"
		[ -z "$3" ] || LAB_QEMU=$3
		if qemu_find "$2"; then
			case ${QEMU[*]} in *"$QEMU_DIR"/*) from=fetched ;; *) from=${QEMU[0]##*/} ;; esac
			echo "$QEMU_IS $from"
		else
			echo "none: $QEMU_WHY"
		fi
	' bash "$top" "$1" "${2:-}" 2>&1
}
same() { [ "$2" = "$3" ] || { echo "$1: got '$2', wanted '$3'" >&2; failed=1; }; }

none="none: CXL wants QEMU 10 or newer: this machine has version 7, and none could be had from Debian 13"
qemu "$work/bin/qemu-system-x86_64" 7.2.22
same "an old one" "$(choice 10)" "$none"
same "an old one, where any will do" "$(choice 0)" "7 qemu-system-x86_64"
same "asked for" "$(choice 10 "$work/bin/qemu-system-x86_64")" \
	"none: LAB_QEMU=$work/bin/qemu-system-x86_64 is not of version 10 or newer"
same "asked for, and not there" "$(choice 10 "$work/nowhere")" "none: LAB_QEMU=$work/nowhere is not of version 10 or newer"
fetched 11.1.3
same "an old one, and a fetched one" "$(choice 10)" "11 fetched"
same "any will do, and a fetched one is there" "$(choice 0)" "11 fetched"
qemu "$work/bin/qemu-system-x86_64" 10.0.2
same "a usable one, and a better one" "$(choice 10)" "11 fetched"
rm -rf "$LAB_CACHE/qemu"
same "a usable one" "$(choice 10)" "10 qemu-system-x86_64"
same "a usable one is not a good one" "$(choice 11)" "${none/* 10 or newer: * 7/none: CXL wants QEMU 11 or newer: this machine has version 10}"
qemu "$work/bin/qemu-system-x86_64" 12.0.0
fetched 11.1.3
same "a new one" "$(choice 10)" "12 qemu-system-x86_64"
qemu "$work/other" 10.1.0
same "another one asked for" "$(choice 10 "$work/other")" "10 other"

[ $failed = 0 ] && echo "QEMU for CXL: ok"
exit $failed
