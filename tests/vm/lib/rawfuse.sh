# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Mounts whose server answers INIT as it is told: see rawfuse.c. Sourced after lib.sh.

RAW_MNT=/mnt/raw
RAW_NAMED=subtype=famfs		# offered the protocol; without it, only by offer=all
declare -A RAW

# raw_setup DEV: the device in device_dax mode gets a 'D' in each byte of the file.
raw_setup() {
	RAW_DEV=$1
	mkdir -p $RAW_MNT
	head -c 2M /dev/zero | tr '\0' D | must daxio put "/dev/$1" 0 2M
}
# raw_probe WORD...: mount, look at the file, unmount. What rawfuse tells is in RAW, by the
# word in front of it; RAW_TEXT is all of it.
raw_probe() {
	local key value
	RAW=()
	RAW_WORDS=$*
	RAW_TEXT=$(timeout -s KILL $((60 * ${LAB_SLOW:-1})) rawfuse $RAW_MNT probe "dev=/dev/$RAW_DEV" "$@" 2>&1) ||
		fail "status $? from rawfuse $*: $RAW_TEXT"
	while read -r key value; do
		key=${key%:}
		RAW[$key]=${RAW[$key]:+${RAW[$key]} }$value
	done <<<"$RAW_TEXT"
}
# raw_is KEY WANTED: what the last probe told.
raw_is() { [ "${RAW[$1]:-}" = "$2" ] || fail "$RAW_WORDS: $1 is '${RAW[$1]:-}', wanted '$2' (${RAW_TEXT//$'\n'/; })"; }
# raw_is_famfs, raw_is_ordinary: what the last probe's mount was.
raw_is_famfs() {
	raw_is file device
	raw_is GET_FMAP 1
	raw_is GET_DAXDEV 1
	raw_is READ 0
	raw_is umount ok
	[ "${RAW[refs]}" != 0 ] || fail "$RAW_WORDS: a famfs mount does not hold the module"
}
raw_is_ordinary() {
	raw_is file server
	raw_is GET_FMAP 0
	[ "${RAW[READ]}" -gt 0 ] || fail "$RAW_WORDS: no READ"
	raw_is umount ok
	case ${RAW[refs]} in 0|none) ;; *) fail "$RAW_WORDS: an ordinary mount holds the module, ${RAW[refs]} times" ;; esac
}

# start_raw WORD...: a server that goes on; umount_fmapd and the like know it by $RAW_MNT.
start_raw() {
	local log
	log=$(fmapd_log $RAW_MNT)
	: >"$log"
	rm -f "$(fmapd_counts $RAW_MNT)"
	rawfuse $RAW_MNT "dev=/dev/$RAW_DEV" "counts=$(fmapd_counts $RAW_MNT)" "$@" >"$log" 2>&1 &
	FMAPD_PIDS[$RAW_MNT]=$!
}
raw_told() { grep -q "^$1" "$(fmapd_log $RAW_MNT)"; }
# raw_wait TEXT: until it has told a line that begins so.
raw_wait() {
	wait_for 20 raw_told "$1" || fail "no '$1' from rawfuse: $(xargs <"$(fmapd_log $RAW_MNT)")"
}
# raw_value KEY: from a line it has told.
raw_value() { sed -n "s/^$1:\{0,1\} //p" "$(fmapd_log $RAW_MNT)" | xargs; }
raw_pid() { echo "${FMAPD_PIDS[$RAW_MNT]}"; }
# raw_answer: INIT that was held back.
raw_answer() { kill -USR2 "$(raw_pid)"; raw_wait reply:; }

connections() { find /sys/fs/fuse/connections -mindepth 1 -maxdepth 1 | wc -l; }
no_connections() { [ "$(connections)" = 0 ]; }
# raw_nothing_left: no connection, and the module can go; it is loaded again.
raw_nothing_left() {
	must mount -t fusectl fusectl /sys/fs/fuse/connections
	wait_for 5 no_connections || fail "$(connections) FUSE connections are left"
	must umount /sys/fs/fuse/connections
	wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse)"
	must rmmod famfs_fuse
	must modprobe famfs_fuse
}
