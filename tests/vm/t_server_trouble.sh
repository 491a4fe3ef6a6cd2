# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# A server that stands still, one that is started again while the mount of its dead
# predecessor is still there, and one that gets in its own way.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up "$dyn" "$sta"
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	file /f size=4M extent=0:2M:4M
	file /g size=2M extent=0:8M:2M
	file /h size=2M extent=0:16M:2M
	END
sed "s/$dyn/$sta/" /tmp/manifest >/tmp/manifest-other
mnt=/mnt/f
other=/mnt/other
# soon SINCE WHAT: it took 5 seconds at most.
soon() { [ $((SECONDS - $1)) -le 5 ] || fail "$2 takes $((SECONDS - $1)) s"; }
evict() { sync; for _ in 1 2 3; do echo 3 >/proc/sys/vm/drop_caches; done; }
# free_again: the device can be taken at once.
free_again() { must dax_unbind "$dyn"; must dax_bind "$dyn" $FSDEV; }

must mount_fmapd /tmp/manifest $mnt --require-fmap
server=$FMAPD_PID
must mount_fmapd /tmp/manifest-other $other --require-fmap
actor_start user killed late
act user ok open $mnt/h rw
act user ok pwrite 0 2M 9
act user ok close
act user ok open $mnt/f rw
act user ok map 0 4M pmd
act user ok set 0 2M 1
# The first write(2) asks for the file's security.capability.
act user ok pwrite 0 4K 1
act user $((2 << 20)) stat $mnt/g
maps=$(request_count $mnt GET_FMAP)
kill -STOP "$server"
actor_tell killed open $mnt/g rw
actor_tell late open $mnt/g rw
act user ok set 0 4M 2
act user ok pread 0 4M 2
act user ok pwrite 2M 2M 3
act user ok is 2M 2M 3
# Eviction of its files and what another mount does are not held up.
began=$SECONDS
must daxio -r fill $other/f 0 4M 5
evict
must daxio check $other/f 0 4M 5
must umount_fmapd $other
soon "$began" "what another mount does"
began=$SECONDS
actor_kill killed
soon "$began" "killing"
actor_hear late 0.1
same "answer of a server that is stopped" "$REPLY" silence
kill -CONT "$server"
hear late ok
act late ok pwrite 0 2M 4
act user ok is 2M 2M 3
actor_start new
act new ok open $mnt/h rw
act new ok pread 0 2M 9
same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" $((maps + 2))
actor_end user late new
kill -STOP "$server"
began=$SECONDS
must umount $mnt
free_again
soon "$began" "umount with a server that is stopped"
kill -CONT "$server"
wait_for 10 gone "$server" || fail "the server does not end"
ok "stopped, continued, unmounted while it was stopped"

# Its successor, beside the dead mount and in its place.
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
	free_again
done
actor_end user next
ok "started again"

must selfuse /mnt/self "/dev/$dyn" $other "/dev/$sta"
free_again
