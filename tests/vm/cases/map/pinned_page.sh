# SPDX-License-Identifier: GPL-2.0-only
# If this fails: bytes in a pipe change as their memory becomes another file's, or umount waits for
# the very process that calls it.
# timeout: 600
# A page of a file that is lent to a pipe when its mount or its device goes: the bytes in the
# pipe stay right, no file gets the memory before it comes back, and then nothing is left.
# Who takes the device away waits for it. Who unmounts does not, nor does anybody else:
# the one who unmounts in the end can be the one who has the page.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

lend() {	# VALUE SIZE: pages of the file sit in the pipe that `holder` has
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	lend_more "$@"
}
lend_more() {
	actors_lend /mnt/f/f 4M "$2" "$1" 1M 16K
	actor_end lender
}
free_again() { refs_are famfs_fuse 0; }
afterwards() {	# VALUE: all is clean
	wait_for 20 free_again || fail "use count $(module_refs famfs_fuse)"
	must dax_bind "$dev" device_dax
	must dax_bind "$dev" $FSDEV
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	actor_start next
	act next ok open /mnt/f/f rw
	act next ok pread 0 4M "$1"
	act next ok map 0 4M pmd
	act next ok set 0 4M 200
	act next ok pread 0 4M 200
	actor_end next
	must umount_fmapd /mnt/f
}
umount_soon() {
	umount /mnt/f & ends_within 10 $! "umount"
	wait $! || fail "umount failed"
	wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
}
# taken: nobody waits for the page, but the device is the old mount's and the module stays.
taken() {
	sync & ends_within 20 $! "sync"
	dmesg | grep -q 'unmounted, and pages of 1 files are still pinned' || fail "no word in the log"
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	actor_start next
	act next EBUSY open /mnt/f/f rw
	actor_end next
	must umount_fmapd /mnt/f
	must_not rmmod famfs_fuse 2>/dev/null
}
# evicted: the inode is thrown out; the file is refused, and all else goes on.
evicted() {
	evict & ends_within 20 $! "eviction"
	actor_start next
	act next EBUSY open /mnt/f/f rw
	actor_end next
	must daxio -r fill /mnt/f/other 0 2M 5
	sync -f /mnt/f & ends_within 20 $! "sync"
	must daxio check /mnt/f/other 0 2M 5
}
opens() { actor_do next open /mnt/f/f rw; [ "$REPLY" = ok ]; }
rm -f /tmp/pinpipe
mkfifo /tmp/pinpipe

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=4M extent=0:2M:4M
		file /other size=2M extent=0:8M:2M
		END
	for size in pmd pte; do
		lend 1 $size
		umount_soon
		taken
		act holder ok drain 16K 1
		actor_end holder
		afterwards 1
		ok "$dev, $size: umount"

		# The very process that has lent the page to itself is the last to let go.
		must mount_fmapd /tmp/manifest /mnt/f --require-fmap
		actor_start self
		act self ok pipe /tmp/pinpipe
		act self ok open /mnt/f/f rw
		act self ok map 0 4M $size
		act self ok set 0 4M 7
		act self ok vmsplice 1M 16K
		must umount -l /mnt/f
		act self ok unmap
		act self ok close
		wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
		taken
		act self ok drain 16K 7
		actor_end self
		afterwards 7
		ok "$dev, $size: the last to let go"

		lend 2 $size
		echo "$dev" >$DAX/drivers/$FSDEV/unbind &
		pid=$!
		sleep 1
		must running $pid
		act holder ok drain 16K 2
		wait_for 20 gone $pid || fail "unbinding goes on waiting"
		must umount_fmapd /mnt/f
		actor_end holder
		afterwards 2
		ok "$dev, $size: unbind"

		lend 4 $size
		evicted
		act holder ok drain 16K 4
		actor_start next
		wait_for 20 opens || fail "the file stays refused"
		act next ok pread 0 4M 4
		actor_end next holder
		lend_more 5 $size
		evicted
		umount_soon
		taken
		# Unbinding waits, with or without a mount.
		echo "$dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
		sleep 1
		must running $pid
		act holder ok drain 16K 5
		ends_within 20 $pid "unbinding"
		actor_end holder
		afterwards 5
		lend 6 $size
		evicted
		echo "$dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
		sleep 1
		must running $pid
		act holder ok drain 16K 6
		ends_within 20 $pid "unbinding"
		must umount_fmapd /mnt/f
		actor_end holder
		afterwards 6
		ok "$dev, $size: eviction"

		# Whoever holds the pipe dies: that is as good as reading it.
		lend 3 $size
		umount_soon
		actor_kill holder
		afterwards 3
		ok "$dev, $size: holder killed"
	done
done
must unload famfs_fuse
