# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests and the demo use inside the guest. Sourced by bash, and sources what there is for one
# thing each: dax.sh (devices), fmapd.sh (servers), kernellog.sh (what the kernel says of it).
#
# A test is tests/vm/cases/GROUP/NAME.sh. It starts with both dax devices in device_dax
# mode and neither module loaded, and it must leave no mount and no process
# behind; device modes and modules are put back after it. It ends 0 for success.

FSDEV=fsdev_dax
COUNTERS=/sys/fs/famfs_fuse
DAX=/sys/bus/dax

# ---- verdicts -------------------------------------------------------------
# fail REASON: end the test; the test's own line that led here is shown.
fail() {
	local i=1
	# Not the helpers that noticed.
	while [[ ${BASH_SOURCE[i]##*/} == @(lib|dax|fmapd|kernellog|actor|rawfuse).sh && -n ${BASH_SOURCE[i + 1]:-} ]]; do i=$((i + 1)); done
	echo "FAILED at ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}: $*"
	exit 1
}
# skip REASON: end the test as not applicable here.
skip() { echo "SKIP: $*"; exit 77; }
# ok TEXT: note a step that went well.
ok() { echo "ok: $*"; }
# same WHAT GOT WANTED: fail unless the two are the same string.
same() { [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"; }
# must COMMAND...: fail if the command fails.
must() { "$@" || fail "status $? from: $*"; }
# must_not COMMAND...: fail if the command succeeds.
must_not() { ! "$@" || fail "succeeded, and should not: $*"; }
# LAB_SLOW: how many times slower than a stock kernel this one is, see tests/vm/run.
# nap SECONDS: as sleep does, but starts no program: on an emulated CPU that takes as long.
[ -p /tmp/nap ] || mkfifo /tmp/nap
exec {NAP}<>/tmp/nap
nap() { local REPLY; read -r -t "$1" -u "$NAP" || true; }
# wait_for SECONDS COMMAND...: try until it succeeds.
wait_for() {
	local end=$((SECONDS + $1 * ${LAB_SLOW:-1})); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		nap 0.1
	done
}
# ends_within SECONDS PID WHAT: fail, and show where in the kernel it is, if it does not end; it
# may be anybody's process.
ends_within() {
	wait_for "$1" gone "$2" || { cat "/proc/$2/stack"; fail "$3 takes more than $1 s"; }
}
# kernel_at_least 6.12: is this kernel that version or newer?
kernel_at_least() {
	[ "$(printf '%s\n' "$1" "$(</proc/sys/kernel/osrelease)" | sort -V | head -n 1)" = "$1" ]
}

# ---- our modules --------------------------------------------------------------
# module_loaded NAME
module_loaded() { [ -d "/sys/module/$1" ] && [ -e "/sys/module/$1/initstate" ]; }
# module_refs NAME: the use count.
module_refs() { echo "$(<"/sys/module/$1/refcnt")"; }
# refs_are NAME COUNT: mostly to be waited for.
refs_are() { [ "$(module_refs "$1")" = "$2" ]; }
# module_unpacked NAME [FILE]: the module as a plain file, /tmp/NAME.ko.
module_unpacked() {
	local f=${2:-$(modinfo -n "$1")}
	case $f in
	*.xz) xz -dc "$f" 2>/dev/null || busybox xzcat "$f" ;;
	*.gz) gzip -dc "$f" ;;
	*.zst) zstd -dc "$f" ;;
	*) cat "$f" ;;
	esac >"/tmp/$1.ko"
	[ -s "/tmp/$1.ko" ] || fail "cannot unpack $f"
}
# famfs_up [DEV...]: load both modules, put the devices (none: all) into famfs mode.
famfs_up() {
	local dev
	must modprobe fsdev_dax
	must modprobe famfs_fuse
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(dax_devs)
	for dev; do
		must dax_bind "$dev" $FSDEV
	done
}
# unload NAME: rmmod; just after umount it may be refused for a moment.
unload() { ! module_loaded "$1" || wait_for 10 rmmod "$1"; }
# famfs_down: devices back to device_dax, modules out. Non-zero if one will not go.
famfs_down() {
	local dev status=0
	unload famfs_fuse || { echo "famfs_fuse cannot be unloaded (use count $(module_refs famfs_fuse))"; status=1; }
	dax_missing || dax_dev_static >/dev/null || pmem_mode devdax || status=1
	for dev in $DAX/devices/*; do
		[ -e "$dev" ] || continue
		dax_bind "${dev##*/}" device_dax || { echo "${dev##*/} does not go back to device_dax"; status=1; }
	done
	dax_missing || ! wants_dynamic || dax_dev_dynamic >/dev/null || { echo "the dynamic device is gone"; status=1; }
	dax_missing || dax_whole || { echo "the dynamic device cannot be put together again"; status=1; }
	unload fsdev_dax || { echo "fsdev_dax cannot be unloaded (use count $(module_refs fsdev_dax))"; status=1; }
	return $status
}

# drop_caches: what nobody uses leaves the caches; a name used lately only at the second time.
drop_caches() { local _; for _ in 1 2 3; do echo 3 >/proc/sys/vm/drop_caches; done; }
# evict: the same for files that may be dirty.
evict() { sync; drop_caches; }

# cgroup_mounted: the tree of control groups, which is left there.
cgroup_mounted() { mountpoint -q /sys/fs/cgroup || must mount -t cgroup2 cgroup2 /sys/fs/cgroup; }

# fault_counts: "PTE PMD PUD" since fault_counts_start.
fault_counts_start() { echo 0 >$COUNTERS/fault_count_enable; echo 1 >$COUNTERS/fault_count_enable; }
fault_counts() {
	echo "$(<$COUNTERS/pte_fault_ct) $(<$COUNTERS/pmd_fault_ct) $(<$COUNTERS/pud_fault_ct)"
}

# available_kib: memory that is to be had, with what each CPU keeps at hand for itself: that
# is not counted as free, and comes and goes by tens of MiB.
available_kib() {
	awk '/^MemAvailable:/ { n += $2 }
		$1 == "cpu:" { pcp = 1 }
		pcp && $1 == "count:" { n += $2 * 4; pcp = 0 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

# shellcheck source=tests/vm/lib/dax.sh
. /lab/tests/dax.sh
# shellcheck source=tests/vm/lib/fmapd.sh
. /lab/tests/fmapd.sh
# shellcheck source=tests/vm/lib/kernellog.sh
. /lab/tests/kernellog.sh
