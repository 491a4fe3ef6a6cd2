# SPDX-License-Identifier: GPL-2.0-only
# If this fails: memory that fails under a program that uses the device raw is read as if it were
# good, or kills others.
# needs: memory failure
# timeout: 300
# A page of memory fails while the device is used raw: who touches it gets SIGBUS with its address,
# read and write EIO, who asked for it is told early, and the rest goes on; then it is a bad page
# for a mount, too. Written whole by the node it is good again.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
bad=$DAX/devices/$dev/badpages
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
famfs_up "$dev"
actor_start a late early io small
for who in a late early io small; do act $who ok open "/dev/$dev" rw; done
act a ok map 0 8M pmd
act late ok map 0 8M pmd
act early ok map 4M 4M pte
act small ok map 5M 4K any
act late ok policy late
act early ok policy early
act small ok policy early
act a ok set 0 8M 1
act late ok is 0 8M 1
act early ok is 4M 4M 1
act small ok is 5M 4K 1

# Page 1280, in the middle of a large page.
act a "SIGBUS AR page 1280 lsb *" poison 5M
same "bad pages" "$(<"$bad")" "5242880 4096"
act early "page 1280 lsb *" told
act small "page 1280 lsb *" told
act late nothing told
act io nothing told
for who in a late early small; do act $who "SIGBUS AR page 1280 lsb 12" get 5M; done
for who in a late early; do
	act $who "SIGBUS AR page 1280 lsb 12" get $((5 * 1048576 + 4095))
	act $who ok is 4M 1M 1
	act $who ok is $((5 * 1048576 + 4096)) 1M 1
done
act a "SIGBUS AR page 1280 lsb 12" set 5M 1 2
act a ok set 4M 1M 2
act late ok is 4M 1M 2
act io "short 1048576" pread 4M 2M 2
act io EIO pread 5M 4K 2
act io EIO pwrite $((5 * 1048576 + 100)) 10 2
act io ok pwrite $((5 * 1048576 + 4096)) 64K 2
# The caches of the rest, without touching it.
act a ok fsync
ok "one page of a large page"

# The first page of a large page, of which the struct pages of the others are made.
act late "SIGBUS AR page 512 lsb *" poison 2M
act a "SIGBUS AR page 512 lsb 12" get 2M
act a ok is $((2 * 1048576 + 4096)) 1M 1
# Nobody has it mapped.
must modprobe hwpoison-inject
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug
start=$(($(<"$DAX/devices/$dev/resource")))
echo $(((start + 16 * 1048576) / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn || fail "corrupt-pfn"
act io EIO pread 16M 4K 1
same "bad pages" "$(paste -sd, "$bad")" "2097152 4096,5242880 4096,16777216 4096"
actor_end a late early io small

# To a mount the page is as bad.
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/f rw
act a ok map 0 8M pmd
act a "SIGBUS AR page 768 lsb 12" get 3M
act a "SIGBUS AR page 0 lsb 12" get 0
act a ok is 4K 1M 1
act a EIO pread 3M 4K 2
actor_end a
must umount_fmapd /mnt/f

# Written whole.
actor_start a
act a ok open "/dev/$dev" rw
act a ok map 0 8M pmd
act a EIO pwrite 5M 2K 4
act a ok pwrite 5M 8K 4
act a ok is 5M 8K 4
act a ok pwrite 2M 4K 4
act a 4 get 2M
act a ok pwrite 16M 4K 4
same "bad pages" "$(<"$bad")" ""
actor_end a
must new_mount_works /mnt/f 8388608 9
