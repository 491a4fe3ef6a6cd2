# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a CXL device that is pulled out takes the host along, or files of other devices.
# boot: own
# machine: cxl
# by name only
# timeout: 600
# CXL memory goes away while files of it are mapped, read and written: its region is disabled, its PCI
# device removed, and the device itself taken out of the machine. SIGBUS and EIO for who uses it, and
# nothing else: a file on another device goes on. What comes back serves a new mount.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

kind=ram
wants_dynamic || kind=pmem
shows() { [ $kind = ram ] && echo cxl || echo pmem; }
trap 'cxl_gone "$REGION"; cxl_memdev 3 >/dev/null || { cxl_host put 3; wait_for 60 cxl_memdev 3; }' EXIT
other=$(dax_dev_static)

# removed REMOVE IS-GONE BACK: shell commands; the region is made again after BACK.
removed() {
	local dev load=() pid
	dev=$(cxl_dax "$REGION")
	famfs_up "$dev" "$other"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		device 1 /dev/$other
		file /f size=8M extent=0:2M:8M
		file /late size=2M extent=0:12M:2M
		file /load size=4M extent=0:16M:4M
		file /other size=4M extent=1:2M:4M
		file /striped size=4M
		stripe chunk=2M bytes=4M strips=0:24M:2M,1:24M:2M
		END
	must mount_fmapd /tmp/manifest /mnt/cxl --require-fmap
	actor_start big own late other striped
	act big ok open /mnt/cxl/f rw
	act big ok map 0 8M pmd
	act big ok set 0 8M 1
	act own ok open /mnt/cxl/f rw
	act own ok map 0 2M private
	act own ok set 1M 4K 9
	act late ok open /mnt/cxl/late rw
	act other ok open /mnt/cxl/other rw
	act other ok map 0 4M pmd
	act other ok set 0 4M 2
	act striped ok open /mnt/cxl/striped rw
	act striped ok map 0 4M pmd
	act striped ok set 0 4M 3
	(while daxio -r fill /mnt/cxl/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	(while daxio -r check /mnt/cxl/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	(while daxio fill /mnt/cxl/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	rm -f /tmp/enough
	(while [ ! -e /tmp/enough ] && daxio -r fill /mnt/cxl/other 0 2M 4; do :; done) >/dev/null 2>&1 & other_load=$!

	eval "$1" || fail "status $? of: $1"
	wait_for 60 eval "$2" || fail "not gone: $2"
	for pid in "${load[@]}"; do wait_for 20 gone "$pid" || fail "a process goes on as if the memory were there"; done
	wait "${load[@]}"
	must_not test -e "/dev/$dev"
	act big SIGBUS get 0
	act big SIGBUS set 4M 4K 1
	act big EIO pread 0 4K 0
	act big EIO pwrite 0 4K 0
	act own 9 get 1M
	act late ok map 0 2M pmd
	act late SIGBUS get 0
	act striped EIO pread 0 4K 3
	running $other_load || fail "a file on another device does not go on"
	act other ok is 2M 2M 2
	act other ok pwrite 2M 2M 5
	act other ok is 2M 2M 5
	touch /tmp/enough
	ends_within 20 $other_load "a load that was told to end"

	eval "$3" || fail "status $? of: $3"
	actor_end big own late other striped
	must umount_fmapd /mnt/cxl
	cxl_used "$REGION" "$(shows)" 2
	cxl_held "$REGION" 2
	ok "$1"
}
made() {
	must cxl_gone "$REGION"
	must cxl_region $kind decoder0.2 3
	[ $kind = ram ] || must cxl_namespace "$REGION"
	wait_for 20 cxl_dax "$REGION" || fail "no dax device of $REGION"
}

made
# shellcheck disable=SC2016
{
removed 'cxl disable-region -f "$REGION" >/dev/null 2>&1' true made
pci=/sys/bus/pci/devices/$(cxl_pci 3)
removed 'echo 1 >$pci/remove' 'test ! -e $pci' 'echo 1 >/sys/bus/pci/rescan; wait_for 20 cxl_memdev 3 && made'
removed 'cxl_host take 3' 'test ! -e $pci' 'cxl_host put 3; wait_for 60 cxl_memdev 3 && made'
}
