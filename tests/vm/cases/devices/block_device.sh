# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files on persistent memory in fsdax mode have wrong bytes, or a file system can be
# mounted over them.
# timeout: 600
# Files on a block device that can do dax (persistent memory in fsdax mode): the
# bytes are in the block device, nobody else can have it meanwhile, and it can be
# taken away while files are mapped.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
must pmem_mode fsdax
pmem=/dev/$(pmem_disk)
[ -b "$pmem" ] || fail "no block device $pmem"
famfs_up "$dyn"
must modprobe ext4
mkdir -p /mnt/ext4
end=$(($(blockdev --getsize64 "$pmem") & ~4095))
cat >/tmp/manifest <<-END
	allow-overlap
	device 0 $pmem
	device 1 /dev/$dyn
	file /f size=4M extent=0:2M:4M
	file /g size=1M extent=0:16M:1M
	file /both size=4M
	stripe chunk=1M bytes=4M strips=0:32M:2M,0:48M:2M
	file /mixed size=4M
	stripe chunk=1M bytes=4M strips=0:40M:2M,1:32M:2M
	file /end size=64K extent=0:$((end - 65536)):64K
	file /past size=64K extent=0:$((end - 61440)):64K
	END

# By name it cannot be had, by descriptor it can.
must mount_fmapd /tmp/manifest /mnt/b --require-fmap
actor_start a
act a ENODEV open /mnt/b/f rw
actor_end a
must umount_fmapd /mnt/b
ok "not by name"

look() {
	must daxio -r check /mnt/b/f 0 4M "$1"
	must daxio check /mnt/b/g 0 1M "$1"
	must daxio -s check /mnt/b/both 0 4M "$1"
	must daxio check /mnt/b/end 0 64K "$1"
}
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
fault_counts_start
must daxio fill /mnt/b/f 0 4M 1
read -r pte pmd _ < <(fault_counts)
[ "$pmd" -gt 0 ] && [ "$pte" = 0 ] || fail "no large pages: $pte PTE, $pmd PMD faults"
must daxio -r fill /mnt/b/g 0 1M 1
must daxio -r fill /mnt/b/both 0 4M 1
must daxio -a 4096 fill /mnt/b/end 0 64K 1
look 1
actor_start a
act a EINVAL open /mnt/b/past r
# The pages of the two are of different kinds.
act a EINVAL open /mnt/b/mixed r
dmesg | grep -q 'lies on device indexes 0 and 1, one of which is a block device' || fail "no word in the log"
actor_end a
for op in READ WRITE GET_DAXDEV; do same "$op requests" "$(request_count /mnt/b $op)" 0; done

# Nobody else meanwhile.
must_not mount_fmapd /tmp/manifest /mnt/b2 --require-fmap --devices-by-fd >/dev/null
must grep -q "cannot register $pmem as device 0: Device or resource busy" "$(fmapd_log /mnt/b2)"
# The one of util-linux says less of what is wrong.
must_not busybox mount -t ext4 "$pmem" /mnt/ext4 2>/tmp/err
grep -q 'Device or resource busy' /tmp/err || fail "mount says: $(cat /tmp/err)"
must umount_fmapd /mnt/b
ok "files on a block device"

# The device's own view of it, past every cache.
direct() { must dd bs=1M status=none conv=notrunc "$@"; }
direct if="$pmem" of=/tmp/f skip=2 count=4 iflag=direct
direct if="$pmem" of=/tmp/g skip=16 count=1 iflag=direct
direct if="$pmem" of=/tmp/both skip=32 count=1 iflag=direct
direct if="$pmem" of=/tmp/both skip=33 count=1 iflag=direct seek=2
must daxio -r check /tmp/f 0 4M 1
must daxio -r check /tmp/g 0 1M 1
must daxio -r check /tmp/both 0 1M 1
must daxio -r check /tmp/both 2M 1M 1
must dd if="$pmem" of=/tmp/end bs=4K skip=$((end / 4096 - 16)) count=16 iflag=direct status=none
must daxio -r check /tmp/end 0 64K 1

# And what is put there is in the files.
: >/tmp/want
must daxio -r fill /tmp/want 0 4M 2
direct if=/tmp/want of="$pmem" seek=2 oflag=direct
direct if=/tmp/want of="$pmem" seek=16 count=1 oflag=direct
direct if=/tmp/want of="$pmem" seek=32 count=1 oflag=direct
direct if=/tmp/want of="$pmem" seek=33 skip=2 count=1 oflag=direct
must dd if=/tmp/want of="$pmem" bs=4K seek=$((end / 4096 - 16)) count=16 oflag=direct status=none conv=notrunc
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
for at in 1M 3M; do must daxio fill /mnt/b/both $at 1M 2; done
look 2
must umount_fmapd /mnt/b
rm -f /tmp/want /tmp/f /tmp/g /tmp/both /tmp/end
ok "the same bytes as in the block device"

# A part of it, whose bytes count from where it begins.
# A table with one entry: 32768 sectors from sector 131072 on.
disk_partitions "$pmem" '\0\0\0\0\203\0\0\0\0\0\2\0\0\200\0\0'
cat >/tmp/part <<-END
	device 0 ${pmem}p1
	file /p size=2M extent=0:2M:2M
	file /past size=2M extent=0:15M:2M
	END
must mount_fmapd /tmp/part /mnt/b --require-fmap --devices-by-fd
must daxio fill /mnt/b/p 0 2M 6
must daxio -r check /mnt/b/p 0 2M 6
actor_start a
act a EINVAL open /mnt/b/past r
actor_end a
must_not mount_fmapd /tmp/manifest /mnt/b2 --require-fmap --devices-by-fd >/dev/null
must umount_fmapd /mnt/b
direct if="$pmem" of=/tmp/p skip=66 count=2 iflag=direct
must daxio -r check /tmp/p 0 2M 6
must dd if=/dev/zero of="$pmem" bs=512 count=1 conv=notrunc status=none
must blockdev --rereadpt "$pmem"
rm -f /tmp/p
ok "a partition"

# A file system has it: no registering.
must busybox mke2fs -q "$pmem" 16384 >/dev/null 2>&1
must mount -t ext4 "$pmem" /mnt/ext4
must_not mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd >/dev/null
# By the opening, on a kernel that protects what is mounted from being written.
must grep -q "$pmem.*: Device or resource busy" "$(fmapd_log /mnt/b)"
echo hello >/mnt/ext4/file
must umount /mnt/ext4
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
must daxio fill /mnt/b/f 0 4M 3
ok "a file system and files on it exclude each other"

# A page of it fails: the disk's own list has it, over umount too, until it is written whole.
badblocks=/sys/block/${pmem#/dev/}/badblocks
actor_start a b io
for name in a b io; do act $name ok open /mnt/b/f rw; done
act a ok map 0 4M pmd
act a ok set 0 4M 4
act b ok map 0 4M pte
act b ok is 0 4M 4
act a "SIGBUS AR page 256 lsb *" poison 1M
same "bad sectors" "$(<"$badblocks")" "6144 8"
for name in a b a b; do
	act $name "SIGBUS AR page 256 lsb 12" get 1M
	act $name ok is 0 1M 4
	act $name ok is $((1048576 + 4096)) 64K 4
done
act io "short 1048576" pread 0 4M 4
act io "short 100" pread $((1048576 - 100)) 200 4
act io EIO pread 1M 4K 4
act io ok pread $((1048576 + 4096)) 1M 4
act io EIO pwrite $((1048576 + 100)) 10 4
act io "short 4096" pwrite $((1048576 - 4096)) 6K 4
act a ok set 2M 2M 4
actor_end a b io
must umount_fmapd /mnt/b
must_not dd if="$pmem" of=/dev/null bs=4K skip=768 count=1 iflag=direct 2>/dev/null
must mount_fmapd /tmp/manifest /mnt/b --require-fmap --devices-by-fd
actor_start a
act a ok open /mnt/b/f rw
act a EIO pread 1M 4K 4
act a ok map 0 4M pmd
act a "SIGBUS AR page 256 lsb 12" get 1M
act a ok pwrite 0 4M 5
same "bad sectors" "$(<"$badblocks")" ""
act a ok pread 0 4M 5
act a ok is 0 4M 5
actor_end a
ok "a bad page"

# Taken away in use.
actor_start big small reader
for name in big small reader; do act $name ok open /mnt/b/f rw; done
act big ok map 0 4M pmd
act big ok set 0 4M 4
act small ok map 0 4M pte
act small ok is 0 64K 4
act reader ok pread 0 1M 4
nd=$(basename "$(readlink -f "/sys/block/${pmem#/dev/}/device")")
echo "$nd" >/sys/bus/nd/drivers/nd_pmem/unbind &
pid=$!
wait_for 30 gone $pid || fail "unbinding $nd takes more than 30 s"
wait $pid || fail "unbinding $nd failed"
[ ! -e "$pmem" ] || fail "$pmem is still there"
act big SIGBUS get 0
act big SIGBUS set 1M 4K 1
act small SIGBUS get 8K
act small SIGBUS get 3M
act reader EIO pread 0 4K 4
act reader EIO pwrite 0 4K 4
actor_start late
act late E* open /mnt/b/g r
act late E* open /mnt/b/both r
actor_end late

# It comes back for a new mount, beside the dead one.
must echo "$nd" >/sys/bus/nd/drivers/nd_pmem/bind
wait_for 10 test -b "$pmem" || fail "no $pmem after binding $nd again"
sed '/^device 1/d; /both/d; /mixed/d; /^stripe/d' /tmp/manifest >/tmp/alone
must mount_fmapd /tmp/alone /mnt/new --require-fmap --devices-by-fd
actor_start n
act n ok open /mnt/new/f rw
act n ok pread 0 4M 4
act n ok map 0 4M pmd
act n ok set 0 4M 5
act big SIGBUS get 0
actor_end big small reader
must umount_fmapd /mnt/b
act n ok is 0 4M 5
actor_end n
must umount_fmapd /mnt/new
ok "taken away and given back"

# With its whole region.
region=$(basename "$(readlink -f "/sys/block/${pmem#/dev/}/device/..")")
must mount_fmapd /tmp/alone /mnt/b --require-fmap --devices-by-fd
actor_start a
act a ok open /mnt/b/f rw
act a ok map 0 4M pmd
act a ok is 0 4M 5
echo "$region" >/sys/bus/nd/drivers/nd_region/unbind &
pid=$!
wait_for 30 gone $pid || fail "unbinding $region takes more than 30 s"
wait $pid || fail "unbinding $region failed"
act a SIGBUS get 0
act a EIO pread 0 4K 5
must echo "$region" >/sys/bus/nd/drivers/nd_region/bind
wait_for 20 test -b "$pmem" || fail "no $pmem after binding $region again"
act a SIGBUS get 0
actor_end a
must umount_fmapd /mnt/b
must mount_fmapd /tmp/alone /mnt/b --require-fmap --devices-by-fd
actor_start a
act a ok open /mnt/b/f rw
act a ok pread 0 4M 5
actor_end a
must umount_fmapd /mnt/b
ok "its region taken away and given back"
