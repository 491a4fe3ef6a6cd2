# SPDX-License-Identifier: GPL-2.0-only
# If this fails: after a crash of fmapd a new one cannot take its place as long as somebody uses the
# old mount.
# A server that is started again while the mount of its dead predecessor is still in use:
# beside it, in its place, and left to take the mount away itself. What else may be on a
# mount point it leaves alone.
# timeout: 400
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=4M extent=0:2M:4M
	END
mnt=/mnt/f
actor_start user next
mounted() { grep -c " $mnt fuse" /proc/mounts; }
for how in beside place itself; do
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	act user ok open $mnt/f rw
	act user ok map 0 4M pmd
	act user ok set 0 4M 6
	must kill_fmapd $mnt
	new=$mnt
	case $how in
	beside) new=/mnt/again ;;
	place) must umount -l $mnt ;;
	esac
	must mount_fmapd /tmp/manifest $new --require-fmap
	if [ $how = itself ]; then
		must grep -q "the fmapd before has died, its mount is in use and detached" "$(fmapd_log $mnt)"
		same "mounts" "$(mounted)" 1
	fi
	act next $((4 << 20)) stat $new/f
	# The device is the dead mount's as long as that is in use.
	act next EBUSY open $new/f rw
	act user ok set 0 4M 7
	act user ok unmap
	# The dead server would have been told.
	act user '@(ok|ENOTCONN|ECONNABORTED)' close
	[ $how != beside ] || must umount $mnt
	act next ok open $new/f rw
	act next ok pread 0 4M 7
	act next ok pwrite 0 4M 8
	act next ok close
	must umount_fmapd $new
	must dax_unbind "$dev"
	must dax_bind "$dev" $FSDEV
	ok "started again: $how"
done
actor_end user next

# Not in use: once and again, with the name that people give it.
for i in 1 2 3; do
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	must kill_fmapd $mnt
done
must_not ls $mnt/f >/dev/null 2>&1
must fmapd --require-fmap /tmp/manifest $mnt/ 2>/tmp/err
must grep -q "the fmapd before has died, its mount is taken away" /tmp/err
same "mounts" "$(mounted)" 1
must daxio fill $mnt/f 0 4M 9
must daxio -r check $mnt/f 0 4M 9
pid=$(pgrep -x fmapd)
must umount $mnt
wait_for 10 gone "$pid" || fail "fmapd stays"
ok "not in use"

# stays WHAT: started there again or not, an fmapd does not take what is there away.
stays() {
	local before after what=$1; shift
	before=$(awk -v m=$mnt '$5 == m { print $1, $3 }' /proc/self/mountinfo | head -n 1)
	if fmapd "$@" /tmp/manifest $mnt 2>/tmp/err; then must umount -c $mnt; fi
	must_not grep -q "has died" /tmp/err
	after=$(awk -v m=$mnt '$5 == m { print $1, $3 }' /proc/self/mountinfo)
	same "what is mounted, $what" "$after" "$before"
}
must mount_fmapd /tmp/manifest $mnt --subtype=fmap-other --require-fmap
must kill_fmapd $mnt
stays "of another type"
# But its own type it knows.
must mount_fmapd /tmp/manifest $mnt --subtype=fmap-other --require-fmap
same "mounts" "$(mounted)" 1
must umount_fmapd $mnt
must mount_fmapd /tmp/manifest $mnt -o user_id=65534 --serve-data
must kill_fmapd $mnt
stays "of another user"
must umount $mnt
must mount_fmapd /tmp/manifest $mnt --require-fmap
must ls $mnt >/dev/null
stays "with a server"
must daxio -r check $mnt/f 0 4M 9
# One that hangs is not dead.
kill -STOP "$FMAPD_PID"
stays "with a server that hangs"
kill -CONT "$FMAPD_PID"
must daxio -r check $mnt/f 0 4M 9
must umount_fmapd $mnt
must mount -t tmpfs tmp $mnt
stays "no FUSE"
must umount $mnt
no_daemon() { ! pgrep -x fmapd >/dev/null; }
wait_for 10 no_daemon || fail "an fmapd stays"
ok "of others"
