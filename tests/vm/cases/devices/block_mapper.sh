# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files are on a disk of the device mapper, and when the disk below fails or goes
# nobody who maps them is told.
# A disk of the device mapper can do dax as the one below it can, but nobody is told when the
# one below fails or goes: it is refused, and nothing of it stays held.
. /lab/tests/lib.sh

modprobe -n dm-mod 2>/dev/null || skip "this kernel has no device mapper"
must pmem_mode fsdax
pmem=/dev/$(pmem_disk)
must modprobe fsdev_dax
must modprobe famfs_fuse
must modprobe dm-mod
must dmsetup create --noudevrules --noudevsync mapped \
	--table "0 $(blockdev --getsz "$pmem") linear $pmem 0"
mapped=$(dmsetup info -c --noheadings -o blkdevname mapped)
same "dax of $mapped" "$(cat "/sys/block/$mapped/queue/dax")" 1
mapped=/dev/$mapped

for device in $mapped "$pmem"; do
	cat >/tmp/manifest <<-END
		device 0 $device
		file /f size=4M extent=0:2M:4M
	END
	must_not mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd >/dev/null
	reason="Operation not supported"
	# The device mapper has it.
	[ $device = $mapped ] || reason="Device or resource busy"
	must grep -q "cannot register $device as device 0: $reason" "$(fmapd_log /mnt/b)"
done
must dmsetup remove --noudevrules --noudevsync mapped
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
must daxio fill /mnt/b/f 0 4M 1
must umount_fmapd /mnt/b
