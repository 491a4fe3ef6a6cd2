# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests and the demo use inside the guest. Sourced by bash.
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
	while [[ ${BASH_SOURCE[i]##*/} == @(lib|actor|rawfuse).sh && -n ${BASH_SOURCE[i + 1]:-} ]]; do i=$((i + 1)); done
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
nap() { read -r -t "$1" -u "$NAP" || true; }
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
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# ---- dax devices ------------------------------------------------------------
# dax_dev_dynamic, dax_dev_static: the name (dax0.0) of the device that dax_hmem
# made, or the kernel of a region of CXL memory, and of the one on persistent memory.
dax_dev_dynamic() { dax_dev_of "$(cxl_machine && echo dax_region || echo hmem)"; }
dax_dev_static()  { dax_dev_of ndbus; }
# dax_devs: both, or the one where a machine has only one; a test that names neither kind
# runs there, too. dax_any: the first.
dax_devs() { dax_dev_dynamic; dax_dev_static; }
dax_any() { dax_devs | head -n 1; }
# wants_dynamic: whether this machine was given memory for a dynamic device, and the kernel makes one.
wants_dynamic() {
	[ -n "${DYNAMIC:-}" ] || { told_of_memory && modprobe -qn dax_hmem && DYNAMIC=yes; } ||
		{ cxl_machine && modprobe -qn dax_cxl && DYNAMIC=yes; } || DYNAMIC=no
	[ $DYNAMIC = yes ]
}
told_of_memory() { grep -q '+0xefffffff' /proc/cmdline; }
dax_dev_of() {
	local d
	for d in $DAX/devices/*; do
		case $(readlink -f "$d") in
		*/"$1"*) basename "$d"; return 0 ;;
		esac
	done
	return 1
}
# dax_size DEV: bytes.
dax_size() { cat "$DAX/devices/$1/size"; }
# dax_dev_large MIB: one of at least that size, of a test with a line "# dax: MIB".
dax_dev_large() {
	local d
	for d in $(ls $DAX/devices); do
		[ "$(dax_size "$d")" -lt $(($1 << 20)) ] || { echo "$d"; return 0; }
	done
	return 1
}
# dax_align DEV BYTES: of a dynamic device, which has no driver then.
dax_align() {
	must dax_unbind "$1"
	echo "$2" >"$DAX/devices/$1/align" || fail "$1 takes no alignment of $2"
}
# dax_driver DEV: the driver it is bound to, nothing if none.
dax_driver() {
	local l
	l=$(readlink "$DAX/devices/$1/driver") || return 0
	basename "$l"
}
# dax_offline DEV: take kmem's memory back, so that the device can leave it.
dax_offline() {
	local b block at
	daxctl offline-memory "$1" >/dev/null 2>&1 && return 0
	# It also fails if none is online. The machine's other memory stays as it is.
	block=$((16#$(cat /sys/devices/system/memory/block_size_bytes)))
	at=$(cat "$DAX/devices/$1/resource")
	for ((b = at / block; b * block < at + $(dax_size "$1"); b++)); do
		[ "$(cat /sys/devices/system/memory/memory$b/state 2>/dev/null)" != online ] ||
			echo offline >/sys/devices/system/memory/memory$b/state 2>/dev/null
	done
}
# dax_unbind DEV
dax_unbind() {
	local drv
	drv=$(dax_driver "$1")
	[ -n "$drv" ] || return 0
	[ "$drv" != kmem ] || dax_offline "$1"
	echo "$1" >"$DAX/drivers/$drv/unbind"
}
# dax_bind DEV DRIVER: switch by sysfs, as a user would. Quiet when it is already so.
dax_bind() {
	local dev=$1 drv=$2 status=0
	[ "$(dax_driver "$dev")" != "$drv" ] || return 0
	dax_unbind "$dev" || return 1
	# new_id attaches at once; the id is taken away again, or the driver would
	# claim the device whenever it is probed anew.
	echo "$dev" >"$DAX/drivers/$drv/new_id" || status=1
	echo "$dev" >"$DAX/drivers/$drv/remove_id" 2>/dev/null
	[ $status = 0 ] && [ "$(dax_driver "$dev")" = "$drv" ]
}
# dax_split COUNT MIB: cut so many small devices off the dynamic one, in device_dax mode;
# dax_parts names them. dax_whole undoes it; the runner does that after each test.
dax_parts() { (cd $DAX/devices && ls -d dax*.[1-9]* 2>/dev/null); }
dax_region() { echo "$(dirname "$(readlink -f "$DAX/devices/$1")")/dax_region"; }
dax_split() {
	local dev region d i
	dev=$(dax_dev_dynamic)
	region=$(dax_region "$dev")
	dax_unbind "$dev" || return 1
	echo $(($(dax_size "$dev") - $1 * ($2 << 20))) >"$DAX/devices/$dev/size" || return 1
	for ((i = 0; i < $1; i++)); do
		echo 1 >"$region/create" || return 1
		d=$(cat "$region/create")
		echo $(($2 << 20)) >"$DAX/devices/$d/size" || return 1
		dax_bind "$d" device_dax || return 1
	done
	dax_bind "$dev" device_dax
}
dax_whole() {
	local dev region d
	[ -n "$(dax_parts)" ] || return 0
	dev=$(dax_dev_dynamic)
	region=$(dax_region "$dev")
	for d in $(dax_parts); do
		dax_unbind "$d" || return 1
		echo 0 >"$DAX/devices/$d/size" && echo "$d" >"$region/delete" || return 1
	done
	dax_unbind "$dev" || return 1
	echo $(($(dax_size "$dev") + $(cat "$region/available_size"))) >"$DAX/devices/$dev/size" || return 1
	dax_bind "$dev" device_dax
}
# slow_disk SECONDS: /dev/nullb0, where every request takes so long, and on a slow kernel longer,
# but for the 5 s after which the driver gives it up; slow_disk_busy: has it one? (The look starts
# no program.) Whoever does direct I/O to it has the pages pinned meanwhile.
slow_disk() {
	local s=$(($1 * ${LAB_SLOW:-1}))
	must modprobe null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((s < 4 ? s : 4))000000000
	wait_for 10 test -b /dev/nullb0 || fail "no /dev/nullb0"
}
slow_disk_busy() {
	local reads writes
	read -r reads writes </sys/block/nullb0/inflight && [ $((reads + writes)) != 0 ]
}
# huge_size: bytes of a large page: 2 MiB, unless the kernel's pages are not of 4 KiB; where there
# are none, of a page.
huge_size() { cat /sys/kernel/mm/transparent_hugepage/hpage_pmd_size 2>/dev/null || getconf PAGESIZE; }
# pmem_namespace: where there are labels, there is another one of no size.
pmem_namespace() {
	local n
	for n in /sys/bus/nd/devices/namespace*; do
		[ "$(cat "$n/size" 2>/dev/null || echo 0)" = 0 ] || { basename "$n"; return; }
	done
	return 1
}
# pmem_mode devdax|fsdax: the persistent memory as a dax device, or as a block device.
pmem_mode() {
	ndctl create-namespace -f -e "$(pmem_namespace)" -m "$1" -a "$(huge_size)" >/tmp/ndctl.log 2>&1 ||
		{ cat /tmp/ndctl.log; echo "ndctl cannot make a $1 namespace"; return 1; }
	case $1 in
	devdax) wait_for 20 dax_dev_static ;;
	fsdax) wait_for 20 pmem_disk ;;
	esac || { echo "no device in $1 mode"; return 1; }
}
# pmem_disk: the name of the block device, in fsdax mode.
pmem_disk() { (cd /sys/class/block && ls -d pmem* 2>/dev/null); }
# disk_partitions DISK ENTRIES: write a table with these entries, of 16 bytes each as printf takes
# them, and wait for the last of the partitions.
disk_partitions() {
	# shellcheck disable=SC2059
	printf "$2" >/tmp/entries
	# With anything else among the other entries it is no table.
	must dd if=/dev/zero of="$1" bs=512 count=1 conv=notrunc status=none
	must dd if=/tmp/entries of="$1" bs=1 seek=446 conv=notrunc status=none
	printf '\125\252' | must dd of="$1" bs=1 seek=510 conv=notrunc status=none
	must blockdev --rereadpt "$1"
	set -- "${1}p$(($(stat -c %s /tmp/entries) / 16))"
	wait_for 10 test -b "$1" || fail "no $1"
}
# dax_missing: succeeds if this kernel has no dax devices at all: they want transparent huge
# pages, which real-time kernels do not have. Persistent memory is a block device there.
dax_missing() { ! modprobe -n device_dax 2>/dev/null; }
# dax_setup: called once after boot: make the devices, in device_dax mode.
dax_setup() {
	local m dev
	if dax_missing; then
		for m in nd_e820 nd_pmem; do
			modprobe $m || { echo "cannot load $m"; return 1; }
		done
		wait_for 20 pmem_namespace || { echo "no pmem namespace"; return 1; }
		pmem_mode fsdax
		return
	fi
	if cxl_machine; then
		cxl_setup
		return
	fi
	# The one that tells of persistent memory: memmap= or the firmware.
	for m in device_dax dax_pmem $(wants_dynamic && echo dax_hmem) \
			$(told_of_memory && echo nd_e820 || echo nfit) nd_pmem; do
		modprobe $m || { echo "cannot load $m"; return 1; }
	done
	wait_for 20 pmem_namespace || { echo "no pmem namespace"; return 1; }
	pmem_mode devdax || return 1
	! wants_dynamic || wait_for 20 dax_dev_dynamic || { echo "no dynamic dax device"; return 1; }
	for dev in $(dax_devs); do
		dax_bind "$dev" device_dax || { echo "$dev cannot be bound to device_dax"; return 1; }
	done
}

# ---- CXL memory ------------------------------------------------------------------
# cxl_machine: is it one of lab/cxl.sh? Then cxl.sh has what is to be had there.
cxl_machine() { [ -e /sys/bus/acpi/devices/ACPI0017:00 ]; }
# shellcheck source=tests/vm/cxl.sh
! cxl_machine || . /lab/tests/cxl.sh

# ---- our modules --------------------------------------------------------------
# module_loaded NAME
module_loaded() { [ -d "/sys/module/$1" ] && [ -e "/sys/module/$1/initstate" ]; }
# module_refs NAME: the use count.
module_refs() { cat "/sys/module/$1/refcnt"; }
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
	for dev in $(ls $DAX/devices); do
		dax_bind "$dev" device_dax || { echo "$dev does not go back to device_dax"; status=1; }
	done
	dax_missing || ! wants_dynamic || dax_dev_dynamic >/dev/null || { echo "the dynamic device is gone"; status=1; }
	dax_missing || dax_whole || { echo "the dynamic device cannot be put together again"; status=1; }
	unload fsdev_dax || { echo "fsdev_dax cannot be unloaded (use count $(module_refs fsdev_dax))"; status=1; }
	return $status
}

# ---- fmapd ----------------------------------------------------------------------
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
	local manifest=$1 mnt=$2 log; shift 2
	log=$(fmapd_log "$mnt")
	mkdir -p "$mnt"
	: >"$log"
	rm -f "$(fmapd_counts "$mnt")"
	# FMAPD_UNDER: a command to run it under, such as setpriv.
	# shellcheck disable=SC2086
	${FMAPD_UNDER:-} ${FMAPD:-fmapd} -f --log-requests="$(fmapd_counts "$mnt")" "$@" "$manifest" "$mnt" >"$log" 2>&1 &
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
fmapd_settled() { grep -q 'famfs protocol' "$(fmapd_log "$1")" || ! running "$2"; }
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
	local file pid=${FMAPD_PIDS[$1]}
	file=$(fmapd_counts "$1")
	if running "$pid"; then
		rm -f "$file"
		kill -USR1 "$pid" || return 1
		wait_for 10 test -s "$file" || return 1
	fi
	awk -v op="$2" '$1 == op { n = $2 } END { print n + 0 }' "$file"
}
# request_seen MOUNTPOINT OPERATION COUNT: has it asked so often, or more?
request_seen() { [ "$(request_count "$1" "$2")" -ge "$3" ]; }

# drop_caches: what nobody uses leaves the caches; a name used lately only at the second time.
drop_caches() { local _; for _ in 1 2 3; do echo 3 >/proc/sys/vm/drop_caches; done; }
# evict: the same for files that may be dirty.
evict() { sync; drop_caches; }

# cgroup_mounted: the tree of control groups, which is left there.
cgroup_mounted() { mountpoint -q /sys/fs/cgroup || must mount -t cgroup2 cgroup2 /sys/fs/cgroup; }

# fault_counts: "PTE PMD PUD" since fault_counts_start.
fault_counts_start() { echo 0 >$COUNTERS/fault_count_enable; echo 1 >$COUNTERS/fault_count_enable; }
fault_counts() {
	echo "$(cat $COUNTERS/pte_fault_ct) $(cat $COUNTERS/pmd_fault_ct) $(cat $COUNTERS/pud_fault_ct)"
}

# available_kib: memory that is to be had, with what each CPU keeps at hand for itself: that
# is not counted as free, and comes and goes by tens of MiB.
available_kib() {
	awk '/^MemAvailable:/ { n += $2 }
		$1 == "cpu:" { pcp = 1 }
		pcp && $1 == "count:" { n += $2 * 4; pcp = 0 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

# ---- leaks, on a kernel that looks for them ------------------------------------------
KMEMLEAK=/sys/kernel/debug/kmemleak
# leaks_scan: an object counts when a scan finds no pointer to it that has been there for 5 s;
# in a first scan some are missed that were just being moved.
leaks_scan() { sleep 5; echo scan >$KMEMLEAK && echo scan >$KMEMLEAK; }
# memory_figures: do the kernel's figures tell what is lost? KASAN keeps freed memory for a while;
# on such a kernel leaks.sh finds it.
memory_figures() { [ ! -e $KMEMLEAK ]; }
# leaks_known: what has been lost until now shall not be told later.
leaks_known() {
	[ -e $KMEMLEAK ] || return 0
	leaks_scan
	echo clear >$KMEMLEAK
}

# ---- the kernel's log ----------------------------------------------------------
# dmesg_mark NAME: what comes later is judged by dmesg_check NAME.
dmesg_mark() { echo "lab: begin $1" >/dev/kmsg; }
# The mark can be the first line there is.
dmesg_since() {
	dmesg | awk -v mark="lab: begin $1" 'seen
		index($0, mark) && substr($0, length($0) - length(mark) + 1) == mark { seen = 1 }'
}
# dmesg_check NAME: non-zero, with an excerpt, if the kernel complained since the mark.
# A test that provokes a line on purpose names it (a regular expression) in the file
# $DMESG_EXPECTED; one after which the kernel shows its stack, in $DMESG_STACK_EXPECTED.
DMESG_EXPECTED=/tmp/dmesg-expected
DMESG_STACK_EXPECTED=/tmp/dmesg-stack-expected
DMESG_BAD='WARNING:|BUG|Oops|circular|lockdep[: ]|RIP:|general protection|[Ll]eak|Call Trace|refcount_t|UBSAN|KASAN|KFENCE|blocked for more than|page allocation failure|Bad page|list_(add|del) corruption|Kernel panic|kernel BUG|stack guard|bad p[gmu4]d'
dmesg_check() {
	local said allow='^$' stack='^$'
	[ ! -s $DMESG_EXPECTED ] || allow=$(paste -sd'|' $DMESG_EXPECTED)
	[ ! -s $DMESG_STACK_EXPECTED ] || stack=$(paste -sd'|' $DMESG_STACK_EXPECTED)
	# Not by -v, which would take a backslash for its own.
	said=$(dmesg_since "$1" | STACK=$stack awk '$0 ~ ENVIRON["STACK"] { in_it = 1 }
		!in_it; /<\/TASK>/ { in_it = 0 }' | grep -vE "$allow")
	grep -qE "$DMESG_BAD" <<<"$said" || return 0
	echo "the kernel complained:"
	grep -E -B 5 -A 40 -m 1 "$DMESG_BAD" <<<"$said"
	return 1
}
