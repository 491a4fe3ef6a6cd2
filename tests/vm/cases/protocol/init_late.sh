# SPDX-License-Identifier: GPL-2.0-only
# If this fails: who uses a mount before its server has answered INIT hangs, or has its data go
# through the server.
# timeout: 600
# INIT answered late or never. Who came meanwhile waits, and then finds famfs
# files (no READ reaches the server), or an error; nothing stays.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	dir /d
	file /a size=2M extent=0:0:2M
	file /b size=2M extent=0:2M:2M
	file /c size=2M extent=0:4M:2M
	file /d/e size=2M extent=0:6M:2M
	END
mnt=/mnt/f
late_start() {	# MILLISECONDS
	# Before the mount, as starting them takes time.
	# shellcheck disable=SC2086
	actor_start $all
	start_fmapd /tmp/manifest $mnt --delay-init="$1"
	# Not stat: that would wait, too.
	wait_for 10 grep -q " $mnt " /proc/mounts || fail "no mount"
}
all="opener mapper stater lister deep missing again"

must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start w
for f in a b c d/e; do
	act w ok open $mnt/$f rw
	act w ok pwrite 0 2M 7
done
actor_end w
must umount_fmapd $mnt

ask_all() {
	actor_tell opener open $mnt/a r
	actor_tell mapper open $mnt/b rw
	actor_tell stater stat $mnt/c
	actor_tell lister list $mnt
	actor_tell deep open $mnt/d/e rw
	actor_tell missing stat $mnt/none
	actor_tell again open $mnt/a rw
}

# Stopped, so that the answer does not come while we look.
late_start 5000
kill -STOP "$FMAPD_PID"
must_not grep -q 'famfs protocol' "$(fmapd_log $mnt)"
ask_all
sleep 1
for name in $all; do
	actor_hear $name 0.1
	same "answer of $name before INIT was answered" "$REPLY" silence
done
must_not rmmod famfs_fuse 2>/dev/null
kill -CONT "$FMAPD_PID"
hear opener ok
hear mapper ok
hear stater $((2 << 20))
hear lister 4
hear deep ok
hear missing ENOENT
hear again ok
must grep -q 'famfs protocol agreed' "$(fmapd_log $mnt)"
act opener ok pread 0 2M 7
act mapper ok map 0 2M pmd
act mapper ok is 0 2M 7
act stater ok open $mnt/c r
act stater ok pread 0 2M 7
act lister ok open $mnt/b r
act lister ok pread 0 2M 7
act deep ok map 0 2M pte
act deep ok is 0 2M 7
act missing ok open $mnt/a r
act missing ok pread 0 2M 7
act again ok pwrite 4K 4K 9
act opener ok pread 4K 4K 9
act again ok pwrite 4K 4K 7
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
# shellcheck disable=SC2086
actor_end $all
must umount_fmapd $mnt
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after umount"
ok "late answer"

# The server dies first: who waits gets an error, the mount goes, the module goes.
late_start 60000
ask_all
sleep 1
must kill_fmapd $mnt
for name in $all; do hear $name 'E*' 10; done
must umount $mnt
# shellcheck disable=SC2086
actor_end $all
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after a server died in INIT"
must rmmod famfs_fuse
must modprobe famfs_fuse
ok "server died before it answered INIT"

# Who waits can be killed, and the mount unmounted by force with others waiting.
late_start 60000
ask_all
sleep 1
actor_kill opener mapper lister
umount -f $mnt 2>/dev/null
for name in stater deep missing again; do hear $name 'E*' 10; done
# In use when it was forced, it may still be there.
! grep -q " $mnt " /proc/mounts || must umount $mnt
actor_end stater deep missing again
must kill_fmapd $mnt
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after a forced umount"
must rmmod famfs_fuse
must modprobe famfs_fuse
ok "forced umount before INIT was answered"

# And without anybody waiting: umount before the answer.
late_start 10000
must umount $mnt
# shellcheck disable=SC2086
actor_end $all
wait_for 30 gone "$FMAPD_PID" || fail "the server stays"
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after an early umount"
must rmmod famfs_fuse
must modprobe famfs_fuse
ok "umount before INIT was answered"

# All of that left nothing behind.
must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start w
act w ok open $mnt/d/e r
act w ok pread 0 2M 7
actor_end w
must umount_fmapd $mnt
