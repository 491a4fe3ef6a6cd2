# SPDX-License-Identifier: GPL-2.0-only
# A server that is started again while the mount of its dead predecessor is still in use:
# beside it, and in its place.
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
for how in beside place; do
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	act user ok open $mnt/f rw
	act user ok map 0 4M pmd
	act user ok set 0 4M 6
	must kill_fmapd $mnt
	new=$mnt
	if [ $how = place ]; then must umount -l $mnt; else new=/mnt/again; fi
	must mount_fmapd /tmp/manifest $new --require-fmap
	act next $((4 << 20)) stat $new/f
	# The device is the dead mount's as long as that is in use.
	act next EBUSY open $new/f rw
	act user ok set 0 4M 7
	act user ok unmap
	# The dead server would have been told.
	act user '@(ok|ENOTCONN|ECONNABORTED)' close
	[ $how = place ] || must umount $mnt
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
