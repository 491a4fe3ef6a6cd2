# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a server that hangs makes programs that cannot be killed, or holds up other mounts
# and eviction.
# A server that stands still: what is open goes on, so do other mounts and eviction; who
# waits for it can be killed, or gets what it waits for when the server goes on.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up "$dyn" "$sta"
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	file /f size=4M extent=0:2M:4M
	file /g size=2M extent=0:8M:2M
	file /h size=2M extent=0:16M:2M
	file /i size=2M extent=0:20M:2M
	END
sed "s/$dyn/$sta/" /tmp/manifest >/tmp/manifest-other
mnt=/mnt/f
other=/mnt/other
# soon SINCE WHAT: it took 5 seconds at most.
soon() { [ $((SECONDS - $1)) -le $((5 * ${LAB_SLOW:-1})) ] || fail "$2 takes $((SECONDS - $1)) s"; }
# A request that it has read already would not end by killing who asked: so it must stand still.
stopped() { ! grep -L '^State:.T' "/proc/$server/task"/*/status | grep -q .; }
stop_server() {
	kill -STOP "$server"
	wait_for 5 stopped || fail "the server does not stop"
}
# free_again: the device can be taken at once.
free_again() { must dax_unbind "$dyn"; must dax_bind "$dyn" $FSDEV; }
up() {
	must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-fmap=1000
	server=$FMAPD_PID
}

up
must mount_fmapd /tmp/manifest-other $other --require-fmap
actor_start user killed late asked syncer reader
for name in syncer reader; do act $name ok open $mnt/f rw; done
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
# It has read one request, for a map, and the others not.
actor_tell asked open $mnt/i rw
wait_for 5 request_seen $mnt GET_FMAP $((maps + 1)) || fail "no GET_FMAP"
stop_server
actor_tell killed open $mnt/g rw
actor_tell late open $mnt/g rw
act user ok set 0 4M 2
act user ok pread 0 4M 2
act user ok pwrite 2M 2M 3
act user ok is 2M 2M 3
# Eviction of its files (h has no user) and what another mount does are not held up.
began=$SECONDS
must daxio -r fill $other/f 0 4M 5
drop_caches
must daxio check $other/f 0 4M 5
must umount_fmapd $other
soon "$began" "what another mount does"
began=$SECONDS
actor_kill killed
soon "$began" "killing"
for waits in late asked; do
	actor_hear $waits 0.1
	same "answer of a server that is stopped" "$REPLY" silence
done
# Stock's fsync waits for the server with the file's lock held: writers wait for that, readers and
# mappings do not.
actor_tell syncer fsync
nap 0.5
act reader ok pread 0 4K 2
actor_tell reader pwrite 3M 4K 3
actor_hear reader 0.5
same "answer of a writer behind an fsync" "$REPLY" silence
act user ok set 2M 2M 3
act user ok is 2M 2M 3
kill -CONT "$server"
hear syncer ok
hear reader ok
hear asked ok
hear late ok
act late ok pwrite 0 2M 4
act user ok is 2M 2M 3
actor_start new
act new ok open $mnt/h rw
act new ok pread 0 2M 9
# Of i and g, and of h once more: so it was evicted.
same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" $((maps + 3))
actor_end user late asked new syncer reader
ok "stopped and continued"

# umount(8) asks the server how large its file system is (STATFS), unless told not to care for
# the name, or to use force.
for how in -c -f; do
	running "$server" || up
	stop_server
	began=$SECONDS
	must umount $how $mnt
	must_not mountpoint -q $mnt
	free_again
	soon "$began" "umount $how with a server that is stopped"
	kill -CONT "$server"
	wait_for 10 gone "$server" || fail "the server does not end"
	wait "$server"
	ok "umount $how while it was stopped"
done
