# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# A page of a file that is lent to a pipe when its mount or its device goes: who
# takes it away waits for it, the bytes in the pipe stay right, and afterwards
# nothing is left. Where only the inode goes, as memory is wanted, nobody waits, and no
# file gets the memory before it comes back.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

lend() {	# VALUE SIZE: pages of the file sit in the pipe that `holder` has
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	lend_more "$@"
}
lend_more() {
	actor_start lender holder
	act holder ok pipe /tmp/pinpipe
	act lender ok pipe /tmp/pinpipe
	act lender ok open /mnt/f/f rw
	act lender ok map 0 4M $2
	act lender ok set 0 4M "$1"
	act lender ok vmsplice 1M 16K
	actor_end lender
}
afterwards() {	# VALUE: all is clean
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
		umount /mnt/f &
		pid=$!
		sleep 1
		if gone $pid; then
			echo "umount does not wait"
		else
			echo "umount waits"
			waited=1
		fi
		act holder ok drain 16K 1
		wait_for 20 gone $pid || fail "umount goes on waiting"
		wait $pid || fail "umount failed"
		wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
		actor_end holder
		afterwards 1
		ok "$dev, $size: umount"

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
		umount /mnt/f & pid=$!
		sleep 1
		must running $pid
		act holder ok drain 16K 5
		ends_within 20 $pid "umount"
		wait $pid || fail "umount failed"
		wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
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
		umount /mnt/f &
		pid=$!
		sleep 0.5
		actor_kill holder
		wait_for 20 gone $pid || fail "umount goes on waiting for a pipe that is gone"
		wait $pid || fail "umount failed"
		wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
		afterwards 3
		ok "$dev, $size: holder killed"
	done
done
[ -n "$waited" ] || echo "on this kernel umount never waits for a lent page"
