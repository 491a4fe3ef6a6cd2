# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034
# Which QEMU emulates a guest. Sourced after lab/lib.sh.
#
# Version 11 needs a fifth less of the processor for the VM tests than Debian 12's version 7. CXL memory
# devices work as Linux wants them from version 10 on, and from 11 on the memory of one device is mapped
# straight into the guest: before that, and where it is interleaved, each access is a trap (2 to 3 MB/s).
# So it is this machine's QEMU if that is new enough, else the one of Debian 13's backports, or what
# else `lab/prepare qemu` got: unpacked below LAB_CACHE/qemu, with its libraries and its loader,
# and not installed. LAB_QEMU=PROGRAM is for who knows.

QEMU_ENOUGH=10
QEMU_GOOD=11
QEMU_DIR=$LAB_CACHE/qemu

# qemu_major COMMAND...: its first number, or 0.
qemu_major() {
	"$@" --version 2>/dev/null | sed -nE '1s/^QEMU emulator version ([0-9]+).*/\1/p' | grep . || echo 0
}
# qemu_unpacked: sets QEMU to the command that runs the unpacked one.
qemu_unpacked() {
	local lib=$QEMU_DIR/usr/lib/x86_64-linux-gnu
	QEMU=(env "QEMU_MODULE_DIR=$lib/qemu" "$QEMU_DIR/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
		"$QEMU_DIR/usr/bin/qemu-system-x86_64" -L "$QEMU_DIR/usr/share/qemu" -L "$QEMU_DIR/usr/share/seabios")
}
# qemu_find VERSION: sets QEMU to a command that is of that version at least, and QEMU_IS to its
# version; else QEMU_WHY says why there is none.
qemu_find() {
	local least=$1 here
	if [ -n "${LAB_QEMU:-}" ]; then
		QEMU=("$LAB_QEMU") QEMU_WHY="LAB_QEMU=$LAB_QEMU is not of version $least or newer"
		QEMU_IS=$(qemu_major "${QEMU[@]}")
		[ "$QEMU_IS" -ge "$least" ]
		return
	fi
	QEMU=(qemu-system-x86_64)
	QEMU_IS=$(qemu_major "${QEMU[@]}")
	[ "$QEMU_IS" -lt $QEMU_GOOD ] || return 0
	here=$QEMU_IS
	if [ -d "$QEMU_DIR" ]; then
		qemu_unpacked
		QEMU_IS=$(qemu_major "${QEMU[@]}")
		[ "$QEMU_IS" -lt "$least" ] || return 0
	fi
	QEMU=(qemu-system-x86_64) QEMU_IS=$here
	[ "$QEMU_IS" -lt "$least" ] || return 0
	QEMU_WHY="CXL wants QEMU $least or newer: this machine has version $here, and none could be had from Debian 13"
	return 1
}
