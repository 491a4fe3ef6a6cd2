# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Our files, by the number of their extents.

famfs_mount() { must mount_fmapd /tmp/manifest /mnt/famfs --require-fmap "$@"; }

# extents_of NAME FILE [LARGE]: what the number of extents can matter for.
extents_of() {
	must measure "$1" rw "$2"
	must measure "$1" open open-close "$2"
	[ -z "${3:-}" ] || must measure "$1" large "$2"
}

part_famfs() {
	local d=/mnt/famfs
	must dax_bind "$big_dev" $FSDEV
	manifest small
	famfs_mount --no-open --no-flush
	# shellcheck disable=SC2046
	must measure famfs first-open first-open-1 $(names $d/o 64)
	files_of famfs $d
	must measure famfs fsync-all $d/s
	must measure famfs-32 large $d/e32
	extents_of famfs-32 $d/e32
	must umount_fmapd $d
	famfs_mount --no-open --no-flush
	must measure famfs-32 small $d/e32
	for n in 4 16; do
		must measure famfs-strips$n large $d/s$n
		must measure famfs-strips$n rw $d/s$n
		must measure famfs-strips$n open open-close $d/s$n
	done
	must umount_fmapd $d
	famfs_mount
	# shellcheck disable=SC2046
	must measure famfs first-open first-open-1-answered $(names $d/o 64)
	must measure famfs open open-close-answered $d/f
	must umount_fmapd $d
	famfs_mount
	must measure famfs slab open-file-bytes 4000 $d/m
	must umount_fmapd $d
	must dax_bind "$big_dev" device_dax
}

part_extents() {
	local d=/mnt/famfs f
	must dax_bind "$big_dev" $FSDEV
	manifest all
	start_fmapd /tmp/manifest $d --require-fmap --no-open --no-flush
	wait_for 120 fmapd_settled $d "$FMAPD_PID"
	# shellcheck disable=SC2046
	must measure famfs-4096 first-open first-open $(names $d/e4096- 4)
	must measure famfs-262144 first-open first-open $d/u262144-0
	must measure famfs-262144n first-open first-open $d/n262144-0
	for f in 4096:e4096-0 262144:u262144-0 262144n:n262144-0; do
		extents_of famfs-${f%:*} $d/${f#*:}
		must measure famfs-${f%:*} small $d/${f#*:}
	done
	must umount_fmapd $d
	must dax_bind "$big_dev" device_dax
}

# What `make bench-wall` tells.
part_wall() {
	local disk
	must modprobe -a fsdev_dax famfs_fuse
	must dax_bind "$big_dev" $FSDEV
	manifest small
	famfs_mount --no-open --no-flush
	must measure famfs wall /mnt/famfs/f /mnt/famfs/s
	must umount_fmapd /mnt/famfs
	must pmem_mode fsdax
	disk=/dev/$(pmem_disk)
	mkfs.ext4 -q -F -b 4096 "$disk" >/tmp/mkfs.log 2>&1 || fail "no ext4: $(cat /tmp/mkfs.log)"
	mkdir -p /mnt/ext4
	must mount -t ext4 -o dax "$disk" /mnt/ext4
	fill /mnt/ext4
	must measure ext4-dax wall /mnt/ext4/f /mnt/ext4/s
	must umount /mnt/ext4
}

# What `make bench-check` has bounds for.
part_quick() {
	local d=/mnt/famfs
	must dax_bind "$big_dev" $FSDEV
	manifest small
	famfs_mount --no-open --no-flush
	# shellcheck disable=SC2046
	must measure famfs first-open first-open-1 $(names $d/o 64)
	must measure famfs mmap $d/f
	must measure famfs rw $d/f
	must measure famfs open open-close $d/f
	must measure famfs large $d/f
	must measure famfs small $d/s
	must umount_fmapd $d
	must dax_bind "$big_dev" device_dax
}
