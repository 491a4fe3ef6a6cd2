# SPDX-License-Identifier: GPL-2.0-only
# If this fails: memory that is pinned through one file is given to another that lies beside it, or
# files far from it are refused.
# timeout: 400
# A page of one file that is pinned, in a folio (2 MiB) of the device where other files have
# pages, too. Whose page it is cannot be told: those that were mapped and then left memory are
# refused as long as it is pinned, as the file itself; those that are in memory, that only were
# read and written, or that lie elsewhere are not. Where a folio is one page there are no such
# neighbours.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

mnt=/mnt/f
cat >/tmp/files <<-END
	allow-overlap
	file /pinned size=64K extent=0:2M:64K
	file /mapped size=64K extent=0:0x210000:64K
	file /later size=4K extent=0:0x210000:4K
	file /read size=64K extent=0:0x220000:64K
	file /pieces size=64K extent=0:6M:60K extent=0:0x230000:4K
	file /beside size=64K extent=0:0x60f000:64K
	file /far size=64K extent=0:4M:64K
	file /open size=64K extent=0:0x240000:64K
	END
used() {	# FILE VALUE: mapped, written and closed
	actor_start user
	act user ok open $mnt/$1 rw
	act user ok map 0 64K pmd
	act user ok set 0 64K $2
	actor_end user
}
is() {	# FILE VALUE: it can be opened, read and mapped
	actor_start user
	act user ok open $mnt/$1 rw
	act user ok pread 0 64K $2
	act user ok map 0 64K pmd
	act user ok is 0 64K $2
	actor_end user
}
refused() {	# FILE...
	local file
	actor_start user
	for file; do
		act user EBUSY open $mnt/$file rw
	done
	actor_end user
}
opens() { actor_do user open $mnt/$1 rw; [ "$REPLY" = ok ]; }
free_again() { refs_are famfs_fuse 0; }
lend() {	# files as they are to be, and one page of `pinned` in the pipe that `holder` has
	used mapped 2
	used pieces 3
	used beside 4
	used far 5
	must daxio -r fill $mnt/read 0 64K 6
	actors_lend $mnt/pinned 64K pmd 1 8K 4K
	actor_end lender
}

for dev in $(dax_devs); do
	famfs_up "$dev"
	{ echo "device 0 /dev/$dev"; cat /tmp/files; } >/tmp/manifest
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	lend
	# As long as they are in memory nobody notices, and what is dirty there is flushed.
	is mapped 2
	is pieces 3
	is pinned 1
	actor_start user
	act user ok open $mnt/mapped rw
	act user ok map 0 64K pmd
	act user ok set 0 64K 7
	act user ok fsync
	act user ok set 0 64K 2
	act user ok fsync
	actor_end user
	actor_start keeper
	act keeper ok open $mnt/open rw
	act keeper ok map 0 64K pmd
	act keeper ok set 0 64K 8

	evict & ends_within 20 $! "eviction"
	refused pinned mapped later pieces
	must daxio -r check $mnt/read 0 64K 6
	is beside 4
	is far 5
	is open 8
	act keeper ok set 0 64K 9
	is open 9
	act holder ok drain 4K 1
	actor_start user
	for file in pinned mapped pieces; do
		wait_for 20 opens $file || fail "$file stays refused"
	done
	actor_end user keeper holder
	is pinned 1
	is mapped 2
	is pieces 3
	ok "$dev: eviction"

	# What is mapped and evicted while the page is pinned, and the end of the mount.
	lend
	evict & ends_within 20 $! "eviction"
	is far 5
	refused open
	used read 6
	dmesg_mark umount
	umount $mnt & ends_within 10 $! "umount"
	wait $! || fail "umount failed"
	wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
	# pinned, mapped, pieces, open, read
	dmesg_since umount | grep -q 'unmounted, and pages of 5 files are still pinned' ||
		fail "another number of files: $(dmesg_since umount)"
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	refused mapped far
	must umount_fmapd $mnt
	must_not rmmod famfs_fuse 2>/dev/null
	act holder ok drain 4K 1
	actor_end holder
	wait_for 20 free_again || fail "use count $(module_refs famfs_fuse)"
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	is pinned 1
	is mapped 2
	is open 9

	# The device is waited for, whatever file the page is of.
	lend
	evict & ends_within 20 $! "eviction"
	echo "$dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
	sleep 1
	must running $pid
	act holder ok drain 4K 1
	ends_within 20 $pid "unbinding"
	actor_end holder
	must umount_fmapd $mnt
	must dax_bind "$dev" device_dax
	ok "$dev: umount, unbinding"
done

dev=$(dax_dev_dynamic)
align=$(<$DAX/devices/$dev/align)
dax_align "$dev" 4096
famfs_up "$dev"
{ echo "device 0 /dev/$dev"; cat /tmp/files; } >/tmp/manifest
must mount_fmapd /tmp/manifest $mnt --require-fmap
lend
evict & ends_within 20 $! "eviction"
refused pinned
is mapped 2
is pieces 3
must daxio -r check $mnt/read 0 64K 6
act holder ok drain 4K 1
actor_start user
wait_for 20 opens pinned || fail "pinned stays refused"
actor_end user holder
is pinned 1
must umount_fmapd $mnt
dax_align "$dev" "$align"
must dax_bind "$dev" device_dax
ok "$dev, alignment of 4 KiB: no neighbours"
