# SPDX-License-Identifier: GPL-2.0-only
# If this fails: memory that fails in one partition kills who uses another one, or is not told to
# who has it mapped.
# Two partitions of persistent memory, ours and one with a file system: memory that fails is
# told to whoever uses it, in either of them, and to nobody else.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

must pmem_mode fsdax
pmem=/dev/$(pmem_disk)
must modprobe fsdev_dax
must modprobe famfs_fuse
must modprobe ext4
mkdir -p /mnt/ext4
# A table with two entries: 16 MiB from 64 MiB on, 128 MiB from 128 MiB on.
disk_partitions "$pmem" \
	'\0\0\0\0\203\0\0\0\0\0\2\0\0\200\0\0\0\0\0\0\203\0\0\0\0\0\4\0\0\0\4\0'

must busybox mke2fs -q -b 4096 "${pmem}p2" >/dev/null 2>&1
must mount -t ext4 -o dax "${pmem}p2" /mnt/ext4
grep -q ' /mnt/ext4 .*dax' /proc/mounts || fail "ext4 without dax"
cat >/tmp/part <<-END
	device 0 ${pmem}p1
	file /p size=4M extent=0:2M:4M
END
must mount_fmapd /tmp/part /mnt/b --require-fmap --devices-by-fd
must daxio fill /mnt/b/p 0 4M 1
: >/mnt/ext4/e
must daxio -r fill /mnt/ext4/e 0 4M 1
sync

actor_start ours theirs
act ours ok open /mnt/b/p rw
act theirs ok open /mnt/ext4/e rw
for name in ours theirs; do
	act $name ok map 0 4M pte
	act $name ok set 0 4M 2
done
act theirs "@(ok|SIGBUS*)" poison 1M
act theirs "SIGBUS*" get 1M
act ours ok is 0 4M 2
act ours ok pread 0 4M 2
ok "a page of the file system's"

act ours "@(ok|SIGBUS*)" poison 1M
act ours "SIGBUS AR*" get 1M
act ours EIO pread 1M 4K 2
act ours ok is 2M 2M 2
act theirs ok is 2M 2M 2
ok "a page of ours"
actor_end ours theirs
must umount_fmapd /mnt/b
must umount /mnt/ext4
# The disk's list is the next test's, too.
must dd if=/dev/zero of="$pmem" bs=2M count=128 oflag=direct conv=notrunc status=none
same "bad blocks" "$(cat "/sys/block/${pmem#/dev/}/badblocks")" ""
