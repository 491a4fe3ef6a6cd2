# SPDX-License-Identifier: GPL-2.0-only
# If this fails: taking a device away from a mount hangs, or leaves programs with memory that is
# somebody else's then.
# timeout: 600
# Taking the device away from a mount in use: mappers get SIGBUS, readers and
# writers EIO, unbinding comes to its end, the device can be used by a new mount
# beside the dead one, and the dead one can be unmounted.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

# unbind_within SECONDS DEV
unbind_within() {
	local pid
	echo "$2" >$DAX/drivers/$FSDEV/unbind &
	pid=$!
	wait_for "$1" gone $pid || fail "unbinding $2 takes more than $1 s"
	wait $pid || fail "unbinding $2 failed"
	same "driver of $2" "$(dax_driver "$2")" ""
}
# dead: every access comes to nothing, also to a file that nobody had open.
dead() {
	act big SIGBUS get 0
	act big SIGBUS set 4M 4K 1
	act small SIGBUS get 8K
	act small SIGBUS set 5M 4K 1
	act idle SIGBUS get 0
	act big EIO pread 0 4K 0
	act big EIO pwrite 0 4K 0
	act reader EIO pread 0 1M 0
	actor_start late
	act late EIO open /mnt/dead/f rw
	act late EIO open /mnt/dead/g rw
	actor_end late
}

for dev in $(dax_devs); do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=8M extent=0:2M:8M
		file /g size=2M extent=0:16M:2M
		file /load size=4M extent=0:32M:4M
		END
	must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
	actor_start big small idle reader private
	act big ok open /mnt/dead/f rw
	act big ok map 0 8M pmd
	act big ok set 0 8M 1
	act small ok open /mnt/dead/f rw
	act small ok map 0 8M pte
	act small ok is 0 4M 1
	act small ok set 0 64K 2
	act idle ok open /mnt/dead/f rw
	act idle ok map 0 8M pmd
	act reader ok open /mnt/dead/f rw
	act reader ok pread 2M 1M 1
	act private ok open /mnt/dead/f rw
	act private ok map 0 4M private
	act private ok set 1M 4K 9

	# While it is held nobody can take the modules out.
	must_not rmmod fsdev_dax 2>/dev/null
	must_not rmmod famfs_fuse 2>/dev/null

	# Several at work at the moment it happens.
	load=()
	(while daxio -r -b 64K fill /mnt/dead/load 0 4M 3; do :; done) 2>/dev/null & load+=($!)
	(while daxio -r -b 256K check /mnt/dead/load 0 4M 3; do :; done) 2>/dev/null & load+=($!)
	(while daxio fill /mnt/dead/load 0 4M 3; do :; done) 2>/dev/null & load+=($!)
	(while daxio -a 4096 fill /mnt/dead/load 0 4M 3; do :; done) 2>/dev/null & load+=($!)
	sleep 1
	unbind_within 30 "$dev"
	for pid in "${load[@]}"; do
		wait_for 20 gone "$pid" || fail "a process goes on as if the device were there"
	done
	wait "${load[@]}"
	dead
	act private 9 get 1M
	act private SIGBUS get 3M

	# The device is somebody else's now, and its bytes are safe from the dead.
	must dax_bind "$dev" device_dax
	must daxio fill "/dev/$dev" 0 40M 44
	dead
	must daxio check "/dev/$dev" 0 40M 44
	must dax_bind "$dev" $FSDEV
	dead
	must mount_fmapd /tmp/manifest /mnt/new --require-fmap
	actor_start n
	act n ok open /mnt/new/f rw
	act n ok map 0 8M pmd
	act n ok set 0 8M 5
	dead
	act n ok is 0 8M 5
	act n ok pread 0 8M 5
	act big ok unmap
	actor_end small
	actor_kill idle
	act n ok is 0 8M 5

	must_not umount /mnt/dead 2>/dev/null
	actor_end big reader private
	must umount_fmapd /mnt/dead
	act n ok is 0 8M 5
	act n ok pwrite 0 8M 6
	act n ok is 0 8M 6
	actor_end n
	must umount_fmapd /mnt/new
	ok "$dev taken away in use"

	# With a server that is dead as well, and a detached mount.
	must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
	actor_start big
	act big ok open /mnt/dead/f rw
	act big ok map 0 8M pmd
	act big ok set 0 8M 7
	must kill_fmapd /mnt/dead
	must umount -l /mnt/dead
	unbind_within 30 "$dev"
	act big SIGBUS get 0
	act big EIO pread 0 4K 7
	actor_end big
	must dax_bind "$dev" $FSDEV
	must mount_fmapd /tmp/manifest /mnt/new --require-fmap
	must daxio fill /mnt/new/f 0 8M 8
	must umount_fmapd /mnt/new
	ok "$dev taken away from a detached mount"

	# Again and again, with everything at once; umount races with unbinding.
	for i in 1 2 3 4 5; do
		must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
		(while daxio fill /mnt/dead/load 0 4M 3; do :; done) 2>/dev/null & p1=$!
		(while daxio -r fill /mnt/dead/g 0 2M 3; do :; done) 2>/dev/null & p2=$!
		sleep 0.$((i * 2 - 1))
		umount -l /mnt/dead & p3=$!
		unbind_within 30 "$dev"
		wait $p3
		for pid in $p1 $p2; do wait_for 20 gone $pid || fail "round $i: a process goes on"; done
		wait $p1 $p2
		wait_for 10 gone "$FMAPD_PID" || fail "round $i: the server stays"
		must dax_bind "$dev" $FSDEV
	done
	famfs_down || fail "modules or devices stay in use"
	ok "$dev, umount and unbind at once"
done
