# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Servers and their mounts in the guest. Sourced by lib.sh.

# Several servers can run at once: each is known by its mount point. FMAPD=fmapd-test is one that
# answers late and wrongly if told to, by options of tests/fmapd/seam.c.
declare -A FMAPD_PIDS
FMAPD_PID=	# of the server started last
# fmapd_log MOUNTPOINT, fmapd_counts MOUNTPOINT: files with what the server says and counted.
fmapd_log() { echo "/tmp/fmapd${1//\//-}.log"; }
fmapd_counts() { echo "/tmp/fmapd${1//\//-}.counts"; }
# mount_fmapd MANIFEST MOUNTPOINT [OPTION...]: start the server in the background, wait
# until it has mounted and INIT is through. It runs with --log-requests. Sets FMAPD_PID.
mount_fmapd() {
	start_fmapd "$@"
	if ! wait_for 20 fmapd_settled "$2" $FMAPD_PID || [ ! -d "/proc/$FMAPD_PID" ]; then
		echo "fmapd says:"; cat "$(fmapd_log "$2")"
		return 1
	fi
}
# start_fmapd: the same, but wait for nothing.
start_fmapd() {
	local manifest=$1 mnt=$2 log counts; shift 2
	log=$(fmapd_log "$mnt")
	[ -d "$mnt" ] || mkdir -p "$mnt"
	: >"$log"
	counts=$(fmapd_counts "$mnt")
	[ ! -e "$counts" ] || rm "$counts"
	# FMAPD_UNDER: a command to run it under, such as setpriv.
	# shellcheck disable=SC2086
	${FMAPD_UNDER:-} ${FMAPD:-fmapd} -f --log-requests="$counts" "$@" "$manifest" "$mnt" >"$log" 2>&1 &
	FMAPD_PID=$!
	FMAPD_PIDS[$mnt]=$FMAPD_PID
}
# new_mount_works MOUNTPOINT LEN ROUND: a mount of /tmp/manifest, its file f written by stores
# and read by calls, and the end of the mount.
new_mount_works() {
	must mount_fmapd /tmp/manifest "$1" --require-fmap
	must daxio fill "$1/f" 0 "$2" "$3"
	must daxio -r check "$1/f" 0 "$2" "$3"
	must umount_fmapd "$1"
}
# kill_fmapd MOUNTPOINT: by SIGKILL; the mount stays.
kill_fmapd() {
	local pid=${FMAPD_PIDS[$1]}
	kill -KILL "$pid"
	wait_for 10 gone "$pid" || { echo "fmapd survives SIGKILL"; return 1; }
	wait "$pid" 2>/dev/null
	return 0
}
fmapd_settled() { [[ $(<"$(fmapd_log "$1")") == *'famfs protocol'* ]] || ! running "$2"; }
# running PID: a process that is not a zombie.
running() {
	local stat=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	# The name is in brackets, then comes the state.
	[[ $stat != *') Z '* ]]
}
gone() { ! running "$1"; }
# umount_fmapd MOUNTPOINT: unmount, and see the server out.
umount_fmapd() {
	local pid=${FMAPD_PIDS[$1]}
	umount "$1" || return 1
	wait_for 10 gone "$pid" || { echo "fmapd is still there after umount"; return 1; }
	wait "$pid" 2>/dev/null
	return 0
}
# request_count MOUNTPOINT OPERATION: how often the kernel asked (LOOKUP, OPEN, READ,
# GET_FMAP, ... as fmapd names them). Works while mounted and after.
request_count() {
	local file op count n=0 pid=${FMAPD_PIDS[$1]}
	file=$(fmapd_counts "$1")
	if running "$pid"; then
		[ ! -e "$file" ] || rm "$file"
		kill -USR1 "$pid" || return 1
		wait_for 10 test -s "$file" || return 1
	fi
	while read -r op count _; do [ "$op" != "$2" ] || n=$count; done <"$file"
	echo "$n"
}
# request_seen MOUNTPOINT OPERATION COUNT: has it asked so often, or more?
request_seen() { [ "$(request_count "$1" "$2")" -ge "$3" ]; }
