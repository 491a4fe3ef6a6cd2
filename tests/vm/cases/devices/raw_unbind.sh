# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program that had a device raw reads and writes it after it has become somebody
# else's, or unbinding hangs.
# timeout: 600
# The device goes while it is used raw: who has it mapped gets SIGBUS, who reads or writes ENXIO,
# and for good: also when it is bound again, to any driver, and is somebody else's. Unbinding
# comes to its end, but for pages that are pinned, for which it waits.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

# gone_for WHO: raw use comes to nothing.
gone_for() {
	act "$1" SIGBUS get 0
	act "$1" SIGBUS set 4M 4K 1
	act "$1" ENXIO pread 0 4K 0
	act "$1" ENXIO pwrite 0 4K 0
	act "$1" ENXIO fsync
}
for dev in $(dax_devs); do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=8M extent=0:2M:8M
		END
	actor_start big small idle late
	for who in big small idle late; do act $who ok open "/dev/$dev" rw; done
	act big ok map 0 8M pmd
	act big ok set 0 8M 1
	act small ok map 0 8M pte
	act small ok is 0 4M 1
	act small ok set 0 64K 2
	act idle ok map 0 8M pmd
	must_not rmmod fsdev_dax 2>/dev/null
	load=()
	(while daxio -r fill "/dev/$dev" 32M 4M 3; do :; done) 2>/dev/null & load+=($!)
	(while daxio -r check "/dev/$dev" 32M 4M 3; do :; done) 2>/dev/null & load+=($!)
	(while daxio fill "/dev/$dev" 32M 4M 3; do :; done) 2>/dev/null & load+=($!)
	sleep 1
	dmesg_mark "raw unbind"
	echo "$dev" >$DAX/drivers/$FSDEV/unbind & ends_within 30 $! "unbinding"
	dmesg_since "raw unbind" | grep -q "taken away from those who use it raw" || fail "no line"
	for pid in "${load[@]}"; do
		wait_for 20 gone "$pid" || fail "a process goes on as if the device were there"
	done
	wait "${load[@]}"
	for who in big small idle; do gone_for $who; done
	act late ENXIO pread 0 4K 0
	act late ENXIO map 0 2M pmd
	must_not rmmod fsdev_dax 2>/dev/null

	# It is somebody else's, and none of theirs.
	must dax_bind "$dev" device_dax
	for who in big small idle; do gone_for $who; done
	must dax_bind "$dev" $FSDEV
	for who in big small idle; do gone_for $who; done
	act late ENXIO map 0 2M pmd
	act late ok open "/dev/$dev" rw
	act late ok pwrite 0 16M 5
	act late ok map 0 8M pmd
	act big SIGBUS set 4M 4K 1
	act late ok is 0 8M 5
	act late ok unmap
	act late ok close
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	actor_start file
	act file ok open /mnt/f/f rw
	act file ok map 0 8M pmd
	act file ok is 0 8M 5
	for who in big small idle; do gone_for $who; done
	# Of the new binding those of the old one are no users.
	act big ok unmap
	actor_end small late
	actor_kill idle
	act file ok set 0 8M 6
	actor_end big file
	must umount_fmapd /mnt/f
	ok "$dev: taken away"

	# Pinned: unbinding waits, everybody else is rid of it.
	actors_lend "/dev/$dev" 8M pmd 8 5M 16K
	echo "$dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
	nap 1
	must running $pid
	act lender SIGBUS get 5M
	act lender ENXIO pread 0 4K 8
	actor_end lender
	nap 1
	must running $pid
	act holder ok drain 16K 8
	ends_within 20 $pid "unbinding"
	actor_end holder
	must dax_bind "$dev" $FSDEV
	must new_mount_works /mnt/f 8388608 9
	famfs_down || fail "modules or devices stay in use"
	ok "$dev: pinned"
done
