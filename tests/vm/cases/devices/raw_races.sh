# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program that uses a device raw, such as mkfs, overwrites the files of a mount.
# timeout: 600
# Raw use and a mount want a device at the same time: one has it, wholly, and the others are told.
# And raw users of all kinds at once, with mounts that try, umount and unbinding between.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
raw=0
mnt=0
for ((i = 0; i < 16; i++)); do
	rm -f /tmp/go /tmp/stop /tmp/claim.*
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	users=()
	for how in read write map; do
		rawuse claim "/dev/$dev" $how /tmp/go /tmp/stop >/tmp/claim.$how & users+=($!)
	done
	actor_start file
	# From well before the mount to well after it.
	: >/tmp/go
	nap 0.00$((i % 10))
	actor_do file open /mnt/f/f rw
	for how in read write map; do
		wait_for 20 test -s /tmp/claim.$how || fail "$how: nothing"
	done
	got="$REPLY $(cat /tmp/claim.read /tmp/claim.write /tmp/claim.map | sort -u | tr '\n' ' ')"
	case $got in
	"ok EBUSY ") mnt=$((mnt + 1)) ;;
	"EBUSY raw ") raw=$((raw + 1)); act file EBUSY open /mnt/f/f rw ;;
	*) fail "round $i: $got" ;;
	esac
	: >/tmp/stop
	wait "${users[@]}"
	# And who was refused has it now.
	[ "$got" != "EBUSY raw " ] || act file ok open /mnt/f/f rw
	actor_end file
	must umount_fmapd /mnt/f
done
ok "the device was the mount's $mnt times, and used raw $raw times"

# quiet: the children have gone, too.
quiet() { ! grep -qs rawuse /proc/[0-9]*/comm; }
# Whatever goes on on the node, it ends with the device, and nothing is left.
for ((i = 0; i < 4; i++)); do
	users=()
	for how in 1 2 3; do rawuse stir "/dev/$dev" 600 2>/dev/null & users+=($!); done
	(while daxio -r fill "/dev/$dev" 0 4M 3; do :; done) 2>/dev/null & users+=($!)
	(while daxio -r check "/dev/$dev" 8M 4M 3; do :; done) 2>/dev/null & users+=($!)
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	for _ in 1 2 3 4 5; do
		(exec 3</mnt/f/f) 2>/dev/null
		nap 0.2
	done
	must dax_unbind "$dev"
	must dax_bind "$dev" device_dax
	for pid in "${users[@]}"; do kill -KILL "$pid" 2>/dev/null; done
	wait "${users[@]}" 2>/dev/null
	wait_for 20 quiet || fail "raw users stay"
	must umount_fmapd /mnt/f
	must dax_bind "$dev" $FSDEV
done
must new_mount_works /mnt/f 8388608 1
famfs_down || fail "modules or devices stay in use"
