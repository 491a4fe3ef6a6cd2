# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs that wait for a slow server cannot be killed, or hold up umount.
# timeout: 600
# A server that takes its time for a map: who waits can be killed at once, others
# that wait for the same file get it, and umount is not held up by what nobody
# waits for any more.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh
slow=${LAB_SLOW:-1}

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=0:4M:2M
	END

for late in --delay-fmap --delay-daxdev; do
	case $late in *fmap*) op=GET_FMAP ;; *) op=GET_DAXDEV ;; esac
	actor_start first second third other
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap $late=$((6000 * slow))
	actor_tell first open /mnt/f/f rw
	wait_for 5 request_seen /mnt/f $op 1 || fail "no $op"
	actor_tell second open /mnt/f/f rw
	actor_tell third open /mnt/f/f rw
	sleep 0.5
	# One who asked, and one who waits for the one who asked.
	began=$SECONDS
	actor_kill first third
	[ $((SECONDS - began)) -le $((3 * slow)) ] || fail "$late: killing takes $((SECONDS - began)) s"
	# What does not need the map is not held up.
	actor_tell other stat /mnt/f/g
	hear other $((2 << 20)) 3
	hear second ok 30
	act second ok pwrite 0 2M 1
	act other ok open /mnt/f/f r
	act other ok pread 0 2M 1
	actor_end second other
	must umount_fmapd /mnt/f
	wait_for 5 refs_are famfs_fuse 0 || fail "$late: use count $(module_refs famfs_fuse)"
	ok "$late: killed while waiting"

	# An open that waits keeps the mount busy; by force it ends.
	actor_start first second
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap $late=$((60000 * slow))
	actor_tell first open /mnt/f/f rw
	wait_for 5 request_seen /mnt/f $op 1 || fail "no $op"
	actor_tell second open /mnt/f/f rw
	must_not umount /mnt/f 2>/dev/null
	umount -f /mnt/f 2>/dev/null
	hear first 'E*' 5
	hear second 'E*' 5
	actor_end first second
	! grep -q ' /mnt/f ' /proc/mounts || must umount /mnt/f
	wait_for 10 gone "$FMAPD_PID" || must kill_fmapd /mnt/f
	wait_for 5 refs_are famfs_fuse 0 || fail "$late: use count $(module_refs famfs_fuse) after force"
	ok "$late: umount -f while waiting"

	# All who waited killed, the reply never comes, umount does not wait for it.
	actor_start first second
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap $late=$((60000 * slow))
	actor_tell first open /mnt/f/f rw
	wait_for 5 request_seen /mnt/f $op 1 || fail "no $op"
	actor_tell second open /mnt/f/f rw
	sleep 0.3
	actor_kill first second
	began=$SECONDS
	must umount /mnt/f
	[ $((SECONDS - began)) -le $((5 * slow)) ] || fail "$late: umount takes $((SECONDS - began)) s"
	kill -TERM "$FMAPD_PID" 2>/dev/null
	wait_for 10 gone "$FMAPD_PID" || must kill_fmapd /mnt/f
	wait_for 5 refs_are famfs_fuse 0 || fail "$late: use count $(module_refs famfs_fuse) after umount"
	ok "$late: umount with a reply outstanding"

	# The server dies while somebody waits.
	actor_start first second
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap $late=$((60000 * slow))
	actor_tell first open /mnt/f/f rw
	wait_for 5 request_seen /mnt/f $op 1 || fail "no $op"
	actor_tell second open /mnt/f/f rw
	must kill_fmapd /mnt/f
	hear first 'E*' 5
	hear second 'E*' 5
	actor_end first second
	must umount /mnt/f
	must rmmod famfs_fuse
	must modprobe famfs_fuse
	ok "$late: server killed"
done
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio -r fill /mnt/f/f 0 2M 3
must daxio check /mnt/f/f 0 2M 3
must umount_fmapd /mnt/f
