# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a bad page is read as data, takes the rest of its file along, kills who has nothing
# to do with it, or is bad for ever.
# needs: memory failure
# A page of memory fails: who touches it gets SIGBUS with its address, read and write
# get EIO just there, whoever asked for it is told early, and everything else goes on:
# the rest of the 2 MiB, of the file and of the device, and private copies. The page
# stays bad over umount, is listed, and is good again once it was written whole.
# timeout: 300
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
bad=$DAX/devices/$dev/badpages
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	file /other size=4M extent=0:16M:4M
	file /wide size=8M
	  stripe chunk=2M bytes=8M strips=0:32M:4M,0:64M:4M
	END
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
same "bad pages" "$(<"$bad")" ""
for f in f other wide; do
	must daxio -r fill /mnt/f/$f 0 "$(stat -c %s /mnt/f/$f)" 7
done

# a: lets the page fail. late, early: two policies. copy: has written to its own copy.
# new: a private mapping that was never written. io: only reads and writes.
actor_start a late early copy new io
for who in a late early copy new io; do act $who ok open /mnt/f/f rw; done
must fault_counts_start
act a ok map 0 8M pmd
act late ok map 0 8M pmd
act early ok map 0 8M pte
act copy ok map 0 8M private
act new ok map 0 8M private
act late ok policy late
act early ok policy early
act a ok set 2M 2M 1
act late ok is 2M 2M 1
act early ok is 2M 2M 1
act copy ok set 3M 4K 9
act new ok is 2M 2M 1
[ "$(fault_counts | awk '{ print $2 }')" -ge 2 ] || fail "no large pages: $(fault_counts)"

# What is lost by the signal that the kernel sends at once is what it unmapped, a large
# page where there was one; by the later ones it is the page.
# Page 768 of the file, in the middle of a large page; 5 MiB of the device.
act a "SIGBUS AR page 768 lsb *" poison 3M
same "bad pages" "$(<"$bad")" "5242880 4096"
act early "page 768 lsb *" told
act late nothing told
for who in a late early new; do
	act $who "SIGBUS AR page 768 lsb 12" get 3M
	act $who "SIGBUS AR page 768 lsb 12" get $((3 * 1048576 + 4095))
	act $who "SIGBUS AR page 768 lsb 12" get 3M
	act $who ok is 2M 1M 1
	act $who ok is $((3 * 1048576 + 4096)) $((1048576 - 4096)) 1
done
act copy ok is 3M 4K 9
act copy ok is 2M 1M 1
act a ok set 2M 1M 2
act a ok set $((3 * 1048576 + 4096)) $((1048576 - 4096)) 2
act late ok is 2M 1M 2
act a "SIGBUS AR page 768 lsb 12" set 3M 1 2
# In one go over the bad page: what comes before it, and then the error.
act io "short 1048576" pread 2M 2M 2
act io EIO pread 3M 4K 2
act io EIO pread $((3 * 1048576 + 100)) 10 2
act io ok pread $((3 * 1048576 + 4096)) 64K 2
act io EIO pwrite $((3 * 1048576 + 100)) 10 2
act io ok pwrite $((3 * 1048576 + 4096)) 64K 2
act io ok pwrite 0 2M 3
same "bad pages" "$(<"$bad")" "5242880 4096"
must daxio check /mnt/f/other 0 4M 7
must daxio -r check /mnt/f/wide 0 8M 7
ok "one page of a large page"

# Once more the same page, and its neighbour: two in a row.
act a ok unmap
act a ok map 2M 2M pmd
act a "SIGBUS AR page 769 lsb *" poison $((3 * 1048576 + 4096))
same "bad pages" "$(<"$bad")" "5242880 8192"
act late "SIGBUS AR page 769 lsb 12" get $((3 * 1048576 + 5000))
# The first page of a large page.
act late "SIGBUS AR page 1024 lsb *" poison 4M
act a ok unmap
act a ok map 0 8M pmd
act a "SIGBUS AR page 1024 lsb 12" get 4M
actor_end a late early copy new io

# Interleaved: page 0 of chunk 3 is 2 MiB into the second strip.
actor_start a b
act a ok open /mnt/f/wide rw
act b ok open /mnt/f/wide rw
act a ok map 0 8M pmd
act b ok map 0 8M pmd
act a ok set 0 8M 5
act b ok is 0 8M 5
act a "SIGBUS AR page 1536 lsb *" poison 6M
act b "SIGBUS AR page 1536 lsb 12" get 6M
act b ok is 0 6M 5
act b ok is $((6 * 1048576 + 4096)) $((2 * 1048576 - 4096)) 5
act b "short 6291456" pread 0 8M 5
same "bad pages" "$(tail -n 1 "$bad")" "69206016 4096"
actor_end a b
ok "interleaved"

# Over umount and mount, for as long as the driver is bound.
must umount_fmapd /mnt/f
cat "$bad"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/f rw
act a ok map 0 8M pmd
act a "SIGBUS AR page 768 lsb 12" get 3M
act a EIO pread 3M 4K 2
act a ok is 2M 1M 2
# Written whole it is good again; half of it is not enough.
act a EIO pwrite 3M 2K 4
act a ok pwrite 3M 8K 4
act a ok is 3M 8K 4
act a ok pread 2M 1M 2
act a ok pread 3M 8K 4
same "bad pages" "$(head -n 1 "$bad")" "6291456 4096"
act a ok pwrite 4M 2M 4
act a ok is 4M 2M 4
same "bad pages" "$(<"$bad")" "69206016 4096"
act a ok close
act a ok unmap
actor_end a
must umount_fmapd /mnt/f
ok "written whole, good again"

# Found by the kernel while nobody has it mapped.
must modprobe hwpoison-inject
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug
start=$(($(<"$DAX/devices/$dev/resource")))
echo $(((start + 2 * 1048576 + 8192) / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn || fail "corrupt-pfn"
grep -q "^2105344 4096\$" "$bad" || fail "not listed: $(<"$bad")"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/f rw
act a EIO pread 8K 4K 3
act a ok map 0 2M pmd
act a "SIGBUS AR page 2 lsb 12" get 8K
act a ok is 0 8K 3
actor_end a
must umount_fmapd /mnt/f

# A new binding has new page structs, and starts with no bad page.
must dax_bind "$dev" device_dax
must dax_bind "$dev" $FSDEV
same "bad pages of a new binding" "$(<"$bad")" ""
