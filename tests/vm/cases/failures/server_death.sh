# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a crash of the server takes programs with open files along, or leaves a mount or a
# device that never comes free.
# timeout: 600
# A server that is gone, in four ways: what is open and mapped goes on working,
# new opens fail at once, umount works, and the device is free right after.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	file /g size=2M extent=0:16M:2M
	END
mnt=/mnt/f
ctl=/sys/fs/fuse/connections
grep -q " $ctl " /proc/mounts || must mount -t fusectl fusectl $ctl

use() {		# VALUE: two processes have the file mapped, with large and small pages
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	actor_start big small
	act big ok open $mnt/f rw
	act small ok open $mnt/f rw
	act big ok map 0 8M pmd
	act small ok map 0 8M pte
	act big ok set 0 4M "$1"
	act small ok is 0 4M "$1"
}
# still_works VALUE: pages that were touched before, and such that were not.
still_works() {
	act big ok set 0 8M "$1"
	act small ok is 0 8M "$1"
	act small ok set 5M 8K $(($1 + 1))
	act big ok pread 5M 8K $(($1 + 1))
	act big ok pwrite 5M 8K "$1"
	act small ok is 4M 4M "$1"
	act small ok pread 0 8M "$1"
}
new_open_fails() {
	local f
	actor_start late
	for f in f g; do
		actor_tell late open $mnt/$f r
		hear late 'E*' 5
		case $REPLY in
		ENOTCONN|ECONNABORTED|ECONNREFUSED) ;;
		*) fail "a new open of $f gave $REPLY" ;;
		esac
	done
	actor_end late
}
# free_again VALUE: the device can be unbound and used anew, and has the data.
free_again() {
	must dax_unbind "$dev"
	must dax_bind "$dev" $FSDEV
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	actor_start next
	act next ok open $mnt/f rw
	act next ok pread 0 8M "$1"
	act next ok map 0 8M pmd
	act next ok is 0 8M "$1"
	actor_end next
	must umount_fmapd $mnt
	must unload famfs_fuse
	must modprobe famfs_fuse
}

use 1
must kill_fmapd $mnt
still_works 2
new_open_fails
must_not umount $mnt 2>/dev/null
actor_end big
act small ok is 0 8M 2
actor_end small
must umount $mnt
free_again 2
ok "server killed"

use 3
conn=$(mountpoint -d $mnt)
conn=$ctl/${conn#*:}/abort
must test -e "$conn"
kill -STOP "$FMAPD_PID"		# or it would notice and unmount
echo 1 >"$conn"
still_works 4
new_open_fails
must kill_fmapd $mnt
still_works 5
actor_end big small
must umount $mnt
free_again 5
ok "connection aborted"

use 6
must umount -l $mnt
still_works 7
act big ok close
act big ok is 0 8M 7
act big ok unmap
act small ok set 0 8M 8
act small ok pread 0 8M 8
running "$FMAPD_PID" || fail "the server ended while its detached mount was in use"
act small ok unmap
act small ok close
wait_for 10 gone "$FMAPD_PID" || fail "the server does not end with its detached mount"
actor_end big small
free_again 8
ok "detached, then unmapped"

# Both: detached, and the server killed.
use 9
must umount -l $mnt
must kill_fmapd $mnt
act big ok is 0 4M 9
act small ok set 0 8M 10
act big ok pread 0 8M 10
actor_kill big small
free_again 10
ok "detached and server killed"
