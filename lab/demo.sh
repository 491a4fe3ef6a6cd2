# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The demonstration, in the guest: from a dax device to a mapped file and back.
# Every step says what it is about to show; the first that fails ends it.

. /lab/demo-lib.sh
mnt=/mnt/famfs

dev=$(dax_dev_dynamic) || stop "no dax device"
dmesg_mark demo

step "1. The machine: a stock kernel, and a dax device in the mode it boots with"
run uname -r
echo "$dev: $(($(dax_size "$dev") / MIB)) MiB, driver $(dax_driver "$dev")"

step "2. Load the modules"
run modprobe fsdev_dax
run modprobe famfs_fuse
grep -E '^(fsdev_dax|famfs_fuse) ' /proc/modules

step "3. Put the device into famfs mode"
echo "\$ echo $dev > .../$(dax_driver "$dev")/unbind; echo $dev > .../fsdev_dax/new_id"
dax_bind "$dev" fsdev_dax || stop "$dev cannot be bound to fsdev_dax"
must_be "driver of $dev" "$(dax_driver "$dev")" fsdev_dax
run ls -l "/dev/$dev"
dmesg_since demo | grep -E 'fsdev|famfs' | tail -n 4

step "4. Start fmapd on a manifest of three files"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /plain size=64M extent=0:2M:64M
	file /two-pieces size=8M extent=0:128M:4M extent=0:80M:4M
	dir /striped
	file /striped/file size=16M
	stripe chunk=2M bytes=16M strips=0:160M:8M,0:180M:8M
END
cat /tmp/manifest
mount_fmapd /tmp/manifest $mnt || stop "fmapd does not serve"
echo "\$ fmapd /tmp/manifest $mnt"
tail -n 2 "$(fmapd_log $mnt)"
run grep " $mnt " /proc/mounts
run ls -lR $mnt

step "5. Write through the file, read back through a mapping"
run daxio -r fill $mnt/plain 0 64M 2024
run daxio check $mnt/plain 0 64M 2024
run daxio -r fill $mnt/two-pieces 0 8M 11
run daxio check $mnt/two-pieces 0 8M 11
run daxio fill $mnt/striped/file 0 16M 12
run daxio -r check $mnt/striped/file 0 16M 12

step "6. Checksum of a 64 MiB file by read and by mmap, and the faults it takes"
fault_counts_start || stop "no fault counters"
by_read=$(sum <$mnt/plain)
echo "read: $by_read"
after_read=$(fault_counts)
by_mmap=$(daxio cat $mnt/plain 0 64M | sum)
echo "mmap: $by_mmap"
must_be "the checksum by mmap" "$by_mmap" "$by_read"
read -r pte pmd pud <<<"$(fault_counts)"
echo "faults while reading: $after_read; with the mapping: $pte of 4 KiB, $pmd of 2 MiB, $pud of 1 GiB"
must_be "the number of 2 MiB faults for 64 MiB" "$pmd" 32
must_be "the number of 4 KiB faults" "$pte" 0

step "7. What the server was asked"
for op in LOOKUP OPEN GET_FMAP GET_DAXDEV READ WRITE; do
	n=$(request_count $mnt $op) || stop "fmapd does not tell its counts"
	printf '%-12s %s\n' $op "$n"
	case $op in READ|WRITE) must_be "the number of $op requests" "$n" 0 ;; esac
done

step "8. Unmount, and look at the raw device with another driver"
run sync
umount_fmapd $mnt || stop "umount"
dax_bind "$dev" device_dax || stop "$dev cannot be bound to device_dax"
raw=$(daxio cat "/dev/$dev" 2M 64M | sum)
echo "/dev/$dev, 64 MiB from 2 MiB on, driver $(dax_driver "$dev"): $raw"
must_be "the checksum of the raw device" "$raw" "$by_read"

step "9. Unload"
unload famfs_fuse || stop "famfs_fuse cannot be unloaded"
unload fsdev_dax || stop "fsdev_dax cannot be unloaded"
must_be "modules left" "$(grep -cE '^(fsdev_dax|famfs_fuse) ' /proc/modules)" 0
echo "both modules are out"

step "10. The kernel's log"
dmesg_check demo || stop "the kernel complained"
echo "no warning, no oops"
printf '\nIt works on %s.\n' "$(uname -r)"
