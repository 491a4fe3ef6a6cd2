# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Dax devices in the guest: which there are, their drivers, sizes and pieces; and the block devices
# that are not dax. Sourced by lib.sh.

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
	export DYNAMIC
	[ $DYNAMIC = yes ]
}
told_of_memory() { grep -q '+0xefffffff' /proc/cmdline; }
dax_dev_of() {
	local d
	for d in $DAX/devices/*; do
		(cd -P "$d" 2>/dev/null && [[ $PWD == */"$1"* ]]) || continue
		echo "${d##*/}"
		return 0
	done
	return 1
}
# dax_size DEV: bytes.
dax_size() { echo "$(<"$DAX/devices/$1/size")"; }
# dax_dev_large MIB: one of at least that size, of a test with a line "# dax: MIB".
dax_dev_large() {
	local d
	for d in $DAX/devices/dax*; do
		[ "$(<"$d/size")" -lt $(($1 << 20)) ] || { echo "${d##*/}"; return 0; }
	done
	return 1
}
# dax_align DEV BYTES: of a dynamic device, which has no driver then.
dax_align() {
	must dax_unbind "$1"
	echo "$2" >"$DAX/devices/$1/align" || fail "$1 takes no alignment of $2"
}
# dax_has DEV DRIVER: is it bound to that?
dax_has() { [ "$DAX/devices/$1/driver" -ef "$DAX/drivers/$2" ]; }
# dax_driver DEV: the driver it is bound to, nothing if none.
dax_driver() {
	local d
	for d in $DAX/drivers/*; do
		! dax_has "$1" "${d##*/}" || echo "${d##*/}"
	done
}
# dax_offline DEV: take kmem's memory back, so that the device can leave it.
dax_offline() {
	local b block at
	daxctl offline-memory "$1" >/dev/null 2>&1 && return 0
	# It also fails if none is online. The machine's other memory stays as it is.
	block=$((16#$(</sys/devices/system/memory/block_size_bytes)))
	at=$(<"$DAX/devices/$1/resource")
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
	! dax_has "$dev" "$drv" || return 0
	dax_unbind "$dev" || return 1
	# new_id attaches at once; the id is taken away again, or the driver would
	# claim the device whenever it is probed anew.
	echo "$dev" >"$DAX/drivers/$drv/new_id" || status=1
	echo "$dev" >"$DAX/drivers/$drv/remove_id" 2>/dev/null
	[ $status = 0 ] && dax_has "$dev" "$drv"
}
# dax_split COUNT MIB: cut so many small devices off the dynamic one, in device_dax mode;
# dax_parts names them. dax_whole undoes it; the runner does that after each test.
dax_parts() {
	local d
	for d in $DAX/devices/dax*.[1-9]*; do [ ! -e "$d" ] || echo "${d##*/}"; done
}
dax_region() { echo "$(dirname "$(readlink -f "$DAX/devices/$1")")/dax_region"; }
dax_split() {
	local dev region d i
	dev=$(dax_dev_dynamic)
	region=$(dax_region "$dev")
	dax_unbind "$dev" || return 1
	echo $(($(dax_size "$dev") - $1 * ($2 << 20))) >"$DAX/devices/$dev/size" || return 1
	for ((i = 0; i < $1; i++)); do
		echo 1 >"$region/create" || return 1
		d=$(<"$region/create")
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
	echo $(($(dax_size "$dev") + $(<"$region/available_size"))) >"$DAX/devices/$dev/size" || return 1
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
		[ ! -e "$n/size" ] || [ "$(<"$n/size")" = 0 ] || { echo "${n##*/}"; return; }
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
pmem_disk() {
	local d
	for d in /sys/class/block/pmem*; do [ ! -e "$d" ] || { echo "${d##*/}"; return; }; done
	return 1
}
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
dax_missing() {
	[ -n "${DAX_MISSING:-}" ] || { modprobe -n device_dax 2>/dev/null && DAX_MISSING=no; } || DAX_MISSING=yes
	export DAX_MISSING
	[ $DAX_MISSING = yes ]
}
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
# shellcheck source=tests/vm/lib/cxl.sh
! cxl_machine || . /lab/tests/cxl.sh
