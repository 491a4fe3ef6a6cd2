# SPDX-License-Identifier: GPL-2.0-only
# If this fails: ordinary FUSE mounts (sshfs and the like) lose data or hang as famfs_fuse is
# loaded, used and removed beside them.
# timeout: 600
# FUSE mounts that are not famfs ones work as ever, hold no reference to the
# module, and outlive it: one that was never offered the protocol, and one whose
# server did not ask for it.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	dir /d
	file /f size=512K extent=0:0:512K
	file /d/g size=128K extent=0:4M:128K
	END

# plain_works MOUNTPOINT SEED: data goes to the server and comes from it.
plain_works() {
	local mnt=$1 seed=$2 reads writes
	reads=$(request_count "$mnt" READ)
	writes=$(request_count "$mnt" WRITE)
	must daxio -r fill "$mnt/f" 0 512K "$seed"
	must daxio fill "$mnt/d/g" 0 128K "$seed"
	sync
	echo 3 >/proc/sys/vm/drop_caches
	must daxio -r check "$mnt/f" 0 512K "$seed"
	must daxio check "$mnt/d/g" 0 128K "$seed"
	[ "$(request_count "$mnt" READ)" -gt "$reads" ] || fail "no READ reached the server of $mnt"
	[ "$(request_count "$mnt" WRITE)" -gt "$writes" ] || fail "no WRITE reached the server of $mnt"
	same "GET_FMAP requests of $mnt" "$(request_count "$mnt" GET_FMAP)" 0
}
plain() {	# MOUNTPOINT OPTION...: an ordinary server
	local mnt=$1; shift
	must mount_fmapd /tmp/manifest "$mnt" --no-fmap --serve-data "$@"
}

# Beside a famfs mount: both work, neither is in the other's way.
must mount_fmapd /tmp/manifest /mnt/famfs --require-fmap
[ "$(module_refs famfs_fuse)" -gt 0 ] || fail "a famfs mount does not hold the module"
wait_for 5 refs_are famfs_fuse 1
before=$(module_refs famfs_fuse)
plain /mnt/plain --source=plain --subtype=plain
wait_for 5 refs_are famfs_fuse "$before" ||
	fail "use count was $before, is $(module_refs famfs_fuse) with another mount that is not offered"
must daxio fill /mnt/famfs/f 0 512K 1
must daxio fill /mnt/famfs/d/g 0 128K 1
plain_works /mnt/plain 2
must daxio -r check /mnt/famfs/f 0 512K 1
must daxio check /mnt/famfs/d/g 0 128K 1
for op in READ WRITE; do same "$op requests" "$(request_count /mnt/famfs $op)" 0; done
must_not rmmod famfs_fuse 2>/dev/null
must umount_fmapd /mnt/famfs
ok "beside a famfs mount"

# Alone: nothing of ours is in it.
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) with only an ordinary mount"
must rmmod famfs_fuse
plain_works /mnt/plain 3
must modprobe famfs_fuse
plain_works /mnt/plain 4
same "use count" "$(module_refs famfs_fuse)" 0
must umount_fmapd /mnt/plain
ok "never offered"

# Offered by its source, or its subtype, and not asked for.
for how in "--subtype=plain" "--source=plain --subtype=fmapd" "--source=plain --subtype=famfs_x"; do
	dmesg_mark "offer $how"
	# shellcheck disable=SC2086
	plain /mnt/asked $how
	wait_for 5 eval "dmesg_since 'offer $how' | grep -q 'server did not agree to the famfs protocol'" ||
		fail "with $how it was not offered"
	wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after INIT without the flag ($how)"
	plain_works /mnt/asked 5
	must rmmod famfs_fuse
	plain_works /mnt/asked 6
	must modprobe famfs_fuse
	plain_works /mnt/asked 7
	same "use count" "$(module_refs famfs_fuse)" 0
	must umount_fmapd /mnt/asked
	ok "offered and not asked for ($how)"
done
