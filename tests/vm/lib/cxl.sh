# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# CXL memory in the guest, on a machine of lab/cxl.sh. Sourced by lib.sh there.

CXL=/sys/bus/cxl/devices
# cxl_load: the kernel's own drivers; 6.1 has no dax_cxl.
cxl_load() {
	local m
	for m in cxl_acpi cxl_pci cxl_mem cxl_port cxl_pmem $(wants_dynamic && echo dax_cxl) device_dax dax_pmem nd_pmem; do
		modprobe "$m" || { echo "cannot load $m"; return 1; }
	done
	for m in 1 2 3 4; do wait_for 20 cxl_memdev $m || { echo "no CXL device $m"; return 1; }; done
}
# cxl_memdev SERIAL: the name (mem0) of the device with that serial number, when it can be used.
cxl_memdev() {
	local d
	for d in "$CXL"/mem*; do
		[ "$(cat "$d/serial" 2>/dev/null)" = "0x$1" ] && [ -e "$d/driver" ] && basename "$d" && return
	done
	return 1
}
# cxl_pci SERIAL: the device of that memory in /sys/bus/pci/devices.
cxl_pci() { basename "$(dirname "$(readlink -f "$CXL/$(cxl_memdev "$1")")")"; }
# cxl_region ram|pmem DECODER SERIAL...: make a region of all of these devices' memory of that kind, by the
# window that DECODER is; sets REGION to its name.
cxl_region() {
	local kind=$1 decoder=$2 n mems=(); shift 2
	for n; do mems+=("$(cxl_memdev "$n")"); done
	set -- cxl create-region -u -m -t "$kind" -d "$decoder" -w $# "${mems[@]}"
	echo "\$ $*"
	"$@" >/tmp/cxl.log 2>&1 || { cat /tmp/cxl.log; echo "no $kind region of ${mems[*]}"; return 1; }
	REGION=$(sed -n 's/.*"region":"\([^"]*\)".*/\1/p' /tmp/cxl.log)
}
# cxl_namespace REGION: a dax device on a region of persistent memory. Its page structs are not on it.
cxl_namespace() {
	ndctl create-namespace -f -r "$1" -m devdax -M mem -a 2M >/tmp/ndctl.log 2>&1 ||
		{ cat /tmp/ndctl.log; echo "no namespace on $1"; return 1; }
}
# cxl_dax REGION: the name of its dax device.
cxl_dax() { dax_dev_of "$1/dax"; }
# cxl_gone REGION: remove what is left of it, whether its devices are still there or not.
cxl_gone() {
	local decoder
	[ -n "$1" ] && [ -e "$CXL/$1" ] || return 0
	decoder=$(basename "$(dirname "$(readlink -f "$CXL/$1")")")
	# The label of a namespace is on the device, and would be in the way of the next one.
	ndctl destroy-namespace -f -r "$1" all >/dev/null 2>&1
	cxl disable-region -f "$1" >/dev/null 2>&1
	cxl destroy-region -f "$1" >/dev/null 2>&1 || echo "$1" >"$CXL/$decoder/delete_region"
}
# cxl_freed SERIAL: what a region that was deleted by sysfs leaves with the devices that are still there:
# its piece of their memory. The last piece goes first.
cxl_freed() {
	local mem e d
	mem=$(cxl_memdev "$1") || return
	for e in "$CXL"/endpoint*; do
		[ "$(basename "$(readlink -f "$e/uport")")" = "$mem" ] || continue
		for d in $(cd "$e" && ls -rd decoder*.*); do
			[ "$(($(cat "$e/$d/dpa_size")))" = 0 ] || { echo "\$ echo 0 > $CXL/$d/dpa_size"; echo 0 >"$e/$d/dpa_size"; } || return
		done
	done
}
# cxl_host take|put SERIAL: what somebody does to the machine; its end is to be waited for. The emulator
# has a device that was taken for a while after the kernel has let go of it, and then none can be put.
cxl_host() { [ "$1" = take ] || nap 5; echo "@cxl $*" >"/dev/${lab_tty:-ttyS1}"; }
# cxl_setup: a region on each of the first two devices, as the machine's dax devices.
cxl_setup() {
	local dev
	cxl_load || return 1
	if wants_dynamic; then
		cxl_region ram decoder0.0 1 || return 1
		wait_for 20 dax_dev_dynamic || { echo "no dax device on $REGION"; return 1; }
	fi
	cxl_region pmem decoder0.1 2 && wait_for 20 test -e "/sys/bus/nd/devices/$REGION" &&
		cxl_namespace "$REGION" || return 1
	wait_for 20 dax_dev_static || { echo "no dax device on $REGION"; return 1; }
	for dev in $(dax_devs); do
		dax_bind "$dev" device_dax || { echo "$dev cannot be bound to device_dax"; return 1; }
	done
}

# cxl_used REGION KIND MIB: its dax device does what any other does: by mappings of 2 MiB, by calls and
# raw; famfsctl tells KIND of it. It holds the pattern 3 then, from 2 MiB on, and is in devdax mode.
cxl_used() {
	local dev mib=$3 sum
	wait_for 20 cxl_dax "$1" || fail "no dax device of $1"
	dev=$(cxl_dax "$1")
	must dax_bind "$dev" device_dax
	same "what famfsctl says of $dev" "$(cxl_told "$dev")" "$2 devdax"
	must daxio fill "/dev/$dev" 0 $((mib + 2))M 1
	famfs_up "$dev"
	same "what famfsctl says of $dev" "$(cxl_told "$dev")" "$2 famfs"
	cxl_manifest "$dev" "$mib"
	must mount_fmapd /tmp/manifest /mnt/cxl --require-fmap
	fault_counts_start
	must daxio fill /mnt/cxl/f 0 "${mib}M" 2
	same "faults of $mib MiB" "$(fault_counts)" "0 $((mib / 2)) 0"
	must daxio -r check /mnt/cxl/f 0 "${mib}M" 2
	must daxio -r fill /mnt/cxl/f 0 "${mib}M" 3
	must daxio check /mnt/cxl/f 0 "${mib}M" 3
	sum=$(daxio cat /mnt/cxl/f 0 "${mib}M" | sha256sum)
	same "READ" "$(request_count /mnt/cxl READ)" 0
	must umount_fmapd /mnt/cxl
	must dax_bind "$dev" device_dax
	same "the device from 2 MiB on" "$(daxio cat "/dev/$dev" 2M "${mib}M" | sha256sum)" "$sum"
	must daxio check "/dev/$dev" 0 2M 1
	ok "$dev of $1"
}
# cxl_manifest DEV MIB: /tmp/manifest with one file, f.
cxl_manifest() {
	cat >/tmp/manifest <<-END
		device 0 /dev/$1
		file /f size=${2}M extent=0:2M:${2}M
		END
}
# cxl_told DEV: "REGION MODE" as famfsctl list has them.
cxl_told() { famfsctl list | awk -v d="$1" '$1 == d { print $5, $6 }'; }
# cxl_held REGION MIB: a device that has come back holds what cxl_used left there, which a new mount shows.
cxl_held() {
	wait_for 20 cxl_dax "$1" || fail "no dax device of $1"
	famfs_up "$(cxl_dax "$1")"
	cxl_manifest "$(cxl_dax "$1")" "$2"
	must mount_fmapd /tmp/manifest /mnt/cxl --require-fmap
	must daxio check /mnt/cxl/f 0 "${2}M" 3
	must daxio -r check /mnt/cxl/f 0 "${2}M" 3
	must umount_fmapd /mnt/cxl
	ok "$1 is back, with its contents"
}
