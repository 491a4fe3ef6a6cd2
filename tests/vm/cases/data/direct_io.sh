# SPDX-License-Identifier: GPL-2.0-only
# If this fails: direct I/O on a file, or from and to a mapping of one, moves wrong bytes or fails.
# O_DIRECT on famfs files, and mappings of famfs files as buffers of O_DIRECT on other
# files, on the file itself and on a block device, which pins the pages.
# timeout: 360
. /lab/tests/lib.sh

must modprobe loop
truncate -s 16M /tmp/disk
loop=$(losetup -f --show /tmp/disk) || fail "no loop device"
trap 'losetup -d "$loop"' EXIT
for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /large size=8M extent=0:2M:8M
		file /small size=8M extent=0:0xc01000:0x30b000 extent=0:0x1001000:0x4f5000
		file /striped size=8M
		stripe chunk=12K bytes=8M strips=0:22M:4200K,0:28M:4200K
		file /other size=2M extent=0:34M:2M
	END
	must mount_fmapd /tmp/manifest /mnt/dio --require-fmap
	for f in large small striped; do
		must daxio -r -d fill /mnt/dio/$f 0 8M 1
		must dio_file /mnt/dio/$f
		must dio_buffer /mnt/dio/$f "$loop" /mnt/dio/other
		must cmp -n $((2 << 20)) /mnt/dio/$f /mnt/dio/other
		must daxio check /mnt/dio/$f 0 8M 1
		must self_copy /mnt/dio/$f
		must daxio check /mnt/dio/$f 0 4M 1
		ok "$f on $dev"
	done
	for op in READ WRITE; do same "$op requests" "$(request_count /mnt/dio $op)" 0; done
	must umount_fmapd /mnt/dio
done
