# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The peers: raw dax devices, file systems with dax, tmpfs, ordinary FUSE.

# faults_of NAME LARGE SMALL: repeated ones.
faults_of() {
	must measure "$1" large "$2"
	must measure "$1" small "$3"
	must measure "$1" touch "$3"
}

# devdax_align DEV BYTES: in device_dax mode, too.
devdax_align() {
	dax_align "$1" "$2"
	must dax_bind "$1" device_dax
}

# The large device in folios of 1 GiB, and a file on it.
part_giant() {
	local max=/sys/module/$FSDEV/parameters/folio_max
	devdax_align "$big_dev" $((1 << 30))
	must measure devdax-1g giant "/dev/$big_dev"
	must dax_unbind "$big_dev"
	device devdax-1g device_dax
	must modprobe $FSDEV
	echo 1G >$max
	device famfs-1g $FSDEV
	echo "device 0 /dev/$big_dev
		file /g size=3G extent=0:1G:3G" >/tmp/manifest
	must dax_bind "$big_dev" $FSDEV
	famfs_mount
	must measure famfs-1g giant /mnt/famfs/g
	must umount_fmapd /mnt/famfs
	must dax_unbind "$big_dev"
	echo 2M >$max
	devdax_align "$big_dev" $((2 << 20))
}

part_device_dax() {
	local align
	for align in 2m 4k; do
		[ $align = 2m ] || devdax_align "$small_dev" 4096
		must measure devdax-$align mmap "/dev/$small_dev"
		if [ $align = 2m ]; then
			must measure devdax-2m large-first "/dev/$small_dev" "/dev/$small_dev"
			must measure devdax-2m large "/dev/$small_dev"
		else
			must measure devdax-4k small-first "/dev/$small_dev" "/dev/$small_dev"
			must measure devdax-4k small "/dev/$small_dev"
			must measure devdax-4k touch "/dev/$small_dev"
		fi
	done
	devdax_align "$small_dev" $((2 << 20))
}

# files_of NAME DIRECTORY: files as in `layout small`, of zeroes.
fill() {
	local f
	for f in f:32 s:32 r:16 w:16 r4:8 w4:8; do
		must dd if=/dev/zero of="$1/${f%:*}" bs=2M count="${f#*:}" status=none
	done
}
files_of() {
	local name=$1 d=$2
	must measure "$name" large-first "$d/r" "$d/w"
	must measure "$name" small-first "$d/r4" "$d/w4"
	must measure "$name" mmap "$d/f"
	must measure "$name" rw "$d/f"
	must measure "$name" open open-close "$d/f"
	must measure "$name" stat stat "$d/f"
	faults_of "$name" "$d/f" "$d/s"
	must measure "$name" sync "$d/f" "$d/s"
	must measure "$name" splice "$d/f"
}

# on_disk NAME MOUNT-OPTION MKFS...: a file system on the persistent memory.
on_disk() {
	local name=$1 option=$2 type=${1%-dax} disk; shift 2
	disk=/dev/$(pmem_disk)
	must modprobe "$type"
	"$@" "$disk" >/tmp/mkfs.log 2>&1 || { cat /tmp/mkfs.log; fail "no $type"; }
	mkdir -p "/mnt/$type"
	must mount -t "$type" -o "$option" "$disk" "/mnt/$type"
	fill "/mnt/$type"
	must umount "/mnt/$type"
	must mount -t "$type" -o "$option" "$disk" "/mnt/$type"
	files_of "$name" "/mnt/$type"
	must measure "$name" fsync-all "/mnt/$type/s"
	must umount "/mnt/$type"
}

part_disks() {
	must pmem_mode fsdax
	on_disk ext4-dax dax mkfs.ext4 -q -F -b 4096 -E stride=512,stripe_width=512
	on_disk xfs-dax dax=always mkfs.xfs -q -f -d su=2m,sw=1,agcount=2 -l su=4k,size=80m
	must pmem_mode devdax
}

part_tmpfs() {
	mkdir -p /mnt/tmpfs
	must mount -t tmpfs -o huge=always tmpfs /mnt/tmpfs
	fill /mnt/tmpfs
	files_of tmpfs-huge /mnt/tmpfs
	must umount /mnt/tmpfs
}

# An ordinary FUSE mount, its bytes in the page cache.
plain_mount() {
	manifest small
	must mount_fmapd /tmp/manifest /mnt/plain --no-fmap --serve-data --single-thread \
		--source=plain --subtype=plain "$@"
}
part_fuse() {
	local d=/mnt/plain
	plain_mount
	must measure fuse slab open-file-bytes 4000 $d/m
	must umount_fmapd $d
	plain_mount
	# shellcheck disable=SC2046
	must measure fuse first-open first-open-1-answered $(names $d/o 64)
	must measure fuse open open-close-answered $d/f
	must umount_fmapd $d
	plain_mount --no-open --no-flush
	# shellcheck disable=SC2046
	must measure fuse first-open first-open-1 $(names $d/o 64)
	must measure fuse rw $d/f
	must measure fuse open open-close $d/f
	must measure fuse stat stat $d/f
	must measure fuse mmap $d/f
	must measure fuse small $d/f
	must measure fuse touch $d/f
	must measure fuse splice $d/f
	must umount_fmapd $d
}
