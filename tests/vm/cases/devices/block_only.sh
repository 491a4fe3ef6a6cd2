# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a kernel that has no dax devices, such as Debian's real-time ones, has no famfs.
# needs: block
# Files on a block device and nothing else: what a kernel without dax devices can do. They are
# mapped with whatever pages the kernel has, and the bytes are in the block device.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dax_missing || must pmem_mode fsdax
pmem=/dev/$(pmem_disk)
[ -b "$pmem" ] || fail "no block device $pmem"
must modprobe fsdev_dax
must modprobe famfs_fuse
cat >/tmp/manifest <<-END
	device 0 $pmem
	file /f size=4M extent=0:2M:4M
	file /odd size=200000 extent=0:0x801000:0x31000
	file /wide size=4M
	stripe chunk=64K bytes=4M strips=0:16M:2M,0:32M:2M
	END
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
seed=1
for f in "f 4M" "odd 200000" "wide 4M"; do
	read -r name size <<<"$f"
	must daxio fill /mnt/b/$name 0 $size $seed
	must daxio -r check /mnt/b/$name 0 $size $seed
	must daxio -r -b 12345 fill /mnt/b/$name 0 $size $((seed + 1))
	must daxio check /mnt/b/$name 0 $size $((seed + 1))
	must daxio -p check /mnt/b/$name 0 $size $((seed + 1))
	seed=$((seed + 2))
done
actor_start a b
act a ok open /mnt/b/f rw
act b ok open /mnt/b/f rw
act a ok map 0 4M pmd
act b ok map 0 4M pte
act a ok set 0 4M 1
act b ok is 0 4M 1
act b ok set 1M 64K 2
act a ok pread 1M 64K 2
act a ok pwrite 0 4M 3
act b ok is 0 4M 3
actor_end a b
must daxio fill /mnt/b/f 0 4M 9
for op in READ WRITE; do same "$op requests" "$(request_count /mnt/b $op)" 0; done
must umount_fmapd /mnt/b
must dd if="$pmem" of=/tmp/f bs=1M skip=2 count=4 iflag=direct status=none
must daxio -r check /tmp/f 0 4M 9
rm -f /tmp/f
must unload famfs_fuse
must unload fsdev_dax
