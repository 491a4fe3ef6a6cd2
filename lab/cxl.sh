# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A machine with CXL memory: what QEMU is told. Sourced after lab/lib.sh and lab/qemu.sh.
#
# Four devices, each behind a host bridge of its own, as the decoders of one bridge have to be
# committed in the order of their addresses:
#
#	serial	bridge	volatile	persistent	window
#	1	cxl.1	512 MiB				decoder0.0
#	2	cxl.2			512 MiB		decoder0.1
#	3	cxl.3	256 MiB		256 MiB		decoder0.2; decoder0.4 interleaves 3 and 4
#	4	cxl.4	256 MiB		256 MiB		decoder0.3; decoder0.4
#
# A guest of VM tests finds a region on each of the first two, which are its dax devices (lib.sh).
# The memory of the others is in files, so that a device which is taken out and put in again
# (cxl_monitor) still holds what it held.

# cxl_objects SERIAL GENERATION: objects of memory. A device that is put in anew takes new ones: QEMU goes
# on using those that it had.
cxl_objects() {
	local id=$1.$2 dir=$LAB_CXL
	case $1 in
	1) echo "memory-backend-ram,id=v$id,share=on,size=512M" ;;
	2) echo "memory-backend-ram,id=p$id,share=on,size=512M" ;;
	*) echo "memory-backend-file,id=v$id,share=on,mem-path=$dir/v$1,size=256M"
		echo "memory-backend-file,id=p$id,share=on,mem-path=$dir/p$1,size=256M" ;;
	esac
	[ "$1" = 1 ] || echo "memory-backend-file,id=l$id,share=on,mem-path=$dir/l$1,size=256K"
}
cxl_device() {
	local id=$1.$2 memory=
	[ "$1" = 2 ] || memory+=",volatile-memdev=v$id"
	[ "$1" = 1 ] || memory+=",persistent-memdev=p$id,lsa=l$id"
	echo "cxl-type3,bus=rp$1,id=t$1,sn=$1$memory"
}
# cxl_machine: sets CXL_MACHINE to arguments of QEMU.
cxl_machine() {
	local n o windows=
	for n in 1 2 3 4; do windows+=",cxl-fmw.$((n - 1)).targets.0=cxl.$n,cxl-fmw.$((n - 1)).size=512M"; done
	windows+=",cxl-fmw.4.targets.0=cxl.3,cxl-fmw.4.targets.1=cxl.4,cxl-fmw.4.size=1G"
	CXL_MACHINE=(-machine "q35,cxl=on$windows")
	for n in 1 2 3 4; do
		for o in $(cxl_objects "$n" 0); do CXL_MACHINE+=(-object "$o"); done
		CXL_MACHINE+=(-device "pxb-cxl,bus=pcie.0,bus_nr=$((n * 16)),id=cxl.$n,hdm_for_passthrough=on"
			-device "cxl-rp,bus=cxl.$n,port=0,id=rp$n,chassis=0,slot=$n" -device "$(cxl_device "$n" 0)")
	done
}

# cxl_monitor take SERIAL | put SERIAL: what the guest asked for by a line "@cxl ...", done by QEMU's monitor.
# The removal is a request to the guest's kernel, which takes 5 s to agree.
declare -A CXL_GENERATION
cxl_monitor() {
	local o
	[[ ${LAB_MONITOR:-} && ${2:-} =~ ^[34]$ ]] || return 0
	case $1 in
	take) echo "device_del t$2" ;;
	put)
		CXL_GENERATION[$2]=$((${CXL_GENERATION[$2]:-0} + 1))
		for o in $(cxl_objects "$2" "${CXL_GENERATION[$2]}"); do echo "object_add $o"; done
		echo "device_add $(cxl_device "$2" "${CXL_GENERATION[$2]}")" ;;
	esac >"$LAB_MONITOR.in"
}

# monitor_pipe DIR: before a machine with a monitor is booted. Its answers are read by nobody.
monitor_pipe() {
	LAB_MONITOR=$1/monitor
	export LAB_MONITOR
	mkfifo "$LAB_MONITOR.in" "$LAB_MONITOR.out"
}
# cxl_memory DIR: its files.
cxl_memory() {
	export LAB_CXL=$1/cxl
	mkdir "$LAB_CXL"
	truncate -s 256M "$LAB_CXL"/{v,p}{3,4}
	truncate -s 256K "$LAB_CXL"/l{2,3,4}
}
