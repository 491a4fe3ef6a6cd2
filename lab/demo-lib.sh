# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What demonstrations in the guest have in common. Sourced; $mnt is where fmapd mounts.

. /lab/tests/lib.sh
cd /root || exit 1
MIB=$((1 << 20))
step=

STEP_AT=
step() {
	[ -z "$step" ] || printf "(%d s)\n" $((SECONDS - STEP_AT))
	step=$* STEP_AT=$SECONDS
	printf "\n== %s\n" "$step"
}
stop() {
	printf '\n== FAILED in step "%s": %s\n' "$step" "$*"
	echo "-- the kernel log ends with"
	dmesg | tail -n 30
	[ ! -s "$(fmapd_log $mnt)" ] || { echo "-- fmapd said"; tail -n 20 "$(fmapd_log $mnt)"; }
	exit 1
}
# Show a command, run it.
run() {
	echo "\$ $*"
	"$@" || stop "status $? from: $*"
}
must_be() { [ "$2" = "$3" ] || stop "$1 is $2, and should be $3"; }
sum() { sha256sum | cut -c1-64; }

