# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a device that changed its mode shows other bytes or cannot be used; or fsdev_dax
# takes devices that nobody gave it.
# timeout: 900
# Dax devices change between device_dax, kmem and fsdev_dax in every order and
# are good in each mode, with nothing left of the one before; and fsdev_dax binds
# only what it is told to.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

one=$(dax_any)
sta=$(dax_dev_static)

# Loading binds nothing, whatever is unbound at that time.
must dax_unbind "$one"
must modprobe fsdev_dax
same "driver of $one after modprobe" "$(dax_driver "$one")" ""
[ "$sta" = "$one" ] || same "driver of $sta after modprobe" "$(dax_driver "$sta")" device_dax
echo "$one" >$DAX/drivers_probe 2>/dev/null
[ "$(dax_driver "$one")" != $FSDEV ] || fail "a mere probe binds fsdev_dax"
must dax_bind "$one" device_dax
must modprobe kmem
must modprobe famfs_fuse
ok "binds nothing unasked"

# A turn in each mode, with data. ROUND makes the bytes.
as_device_dax() {	# DEV ROUND
	must daxio fill "/dev/$1" 32M 1M "$2"
	must daxio check "/dev/$1" 32M 1M "$2"
}
# Movable: what the kernel keeps for itself in other memory cannot be taken back.
as_kmem() {
	local b n=0
	must daxctl online-memory "$1" >/tmp/daxctl.log 2>&1
	for b in /sys/devices/system/memory/memory*; do
		[ "$(<"$b/state"):$(<"$b/valid_zones")" != online:Movable ] || n=$((n + 1))
	done
	[ $n -gt 0 ] || fail "none of its memory is online"
}
as_fsdev_dax() {
	local dev=$1
	must test -c "/dev/$dev"
	same "link" "$(basename "$(readlink "$DAX/devices/$dev/driver")")" fsdev_dax
	exec {node}<"/dev/$dev" || fail "/dev/$dev cannot be opened"
	exec {node}<&-
	dmesg_since "bind $dev $2" | grep -q "$dev: in famfs mode: $(($(dax_size "$dev") >> 20)) MiB, 1 range, align 2048 KiB" ||
		fail "no line about $dev: $(dmesg_since "bind $dev $2")"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=4M extent=0:32M:4M
		END
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	actor_start a b
	act a ok open /mnt/f/f rw
	act b ok open /mnt/f/f rw
	act a ok map 0 4M pmd
	act b ok map 0 4M pte
	must fault_counts_start
	act a ok set 0 4M "$2"
	same "faults of 4 KiB, 2 MiB, 1 GiB" "$(fault_counts)" "0 2 0"
	act b ok set 2M 1M "$2"
	act a ok is 0 4M "$2"
	act b ok pread 0 4M "$2"
	act b ok pwrite 1M 64K 255
	act a ok is 1M 64K 255
	act a ok set 1M 64K "$2"
	act b ok is 0 4M "$2"
	actor_end a b
	must umount_fmapd /mnt/f
}
round=0
# Every change there is, and fsdev_dax after each; then, on the other kind of device, into
# famfs mode and out of it.
modes="$FSDEV device_dax $FSDEV kmem $FSDEV device_dax kmem $FSDEV kmem device_dax $FSDEV $FSDEV"
for dev in $(dax_devs); do
	for mode in $modes; do
		round=$((round + 1))
		dmesg_mark "bind $dev $round"
		[ "$(dax_driver "$dev")" != "$mode" ] || must dax_unbind "$dev"
		must dax_bind "$dev" $mode
		same "driver" "$(dax_driver "$dev")" $mode
		"as_$mode" "$dev" $round
	done
	must dax_bind "$dev" device_dax
	ok "$dev through all modes"
	modes="$FSDEV kmem $FSDEV device_dax $FSDEV"
done

# The bytes are the same in every mode that shows them.
for dev in $(dax_devs); do
	must daxio fill "/dev/$dev" 32M 4M 77
	must dax_bind "$dev" $FSDEV
	sed -i "s/dax[0-9.]*/$dev/" /tmp/manifest
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	daxio -r cat /mnt/f/f 0 4M | sha256sum >/tmp/sum1
	must umount_fmapd /mnt/f
	must dax_bind "$dev" device_dax
	daxio cat "/dev/$dev" 32M 4M | sha256sum >/tmp/sum2
	must cmp /tmp/sum1 /tmp/sum2
done
ok "same bytes"

# A node held open over unbinding and binding.
for dev in $(dax_devs); do
	must dax_bind "$dev" $FSDEV
	exec {held}<"/dev/$dev"
	must dax_unbind "$dev"
	( exec {n}<"/dev/$dev" ) 2>/dev/null && fail "the node of an unbound device can be opened"
	must dax_bind "$dev" $FSDEV
	exec {held2}<"/dev/$dev"
	must dax_bind "$dev" device_dax
	# The node's inode remembers the character device of whoever opened it first,
	# as long as that is open: until then device_dax is out of reach (ENXIO), or
	# it is reached; nothing else may happen.
	if ! daxio fill "/dev/$dev" 0 2M 1 2>/tmp/err; then
		must grep -q 'No such device or address' /tmp/err
		echo "$dev: device_dax cannot be opened while an older file is open"
	fi
	exec {held}<&- {held2}<&-
	must daxio fill "/dev/$dev" 0 2M 1
	# Held from famfs mode to famfs mode, closed while a mount uses the device.
	must dax_bind "$dev" $FSDEV
	exec {held}<"/dev/$dev"
	must dax_bind "$dev" device_dax
	must dax_bind "$dev" $FSDEV
	sed -i "s/dax[0-9.]*/$dev/" /tmp/manifest
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	must daxio fill /mnt/f/f 0 4M 2
	exec {held}<&-
	must daxio -r check /mnt/f/f 0 4M 2
	must umount_fmapd /mnt/f
	must dax_bind "$dev" device_dax
	must daxio check "/dev/$dev" 0 2M 1
done
must_not dd if="/dev/$one" of=/dev/null bs=4096 count=1 2>/dev/null
ok "node held open"

# daxctl knows system-ram, and takes everything else for devdax. Whatever it makes
# of it, it says so truthfully or leaves the device as it was, and the device is
# good afterwards.
for dev in $(dax_devs); do
	for mode in system-ram devdax; do
		must dax_bind "$dev" $FSDEV
		daxctl reconfigure-device --mode=$mode --force "$dev" >/tmp/daxctl.log 2>&1
		status=$?
		drv=$(dax_driver "$dev")
		echo "$dev: daxctl reconfigure-device --mode=$mode: status $status, driver now $drv: $(tail -n 1 /tmp/daxctl.log)"
		case $status:$mode:$drv in
		0:system-ram:kmem|0:devdax:device_dax) ;;
		0:devdax:$FSDEV) ;;	# "already in the mode"
		0:*) fail "daxctl says that $dev is in mode $mode now, and its driver is $drv" ;;
		esac
		must dax_bind "$dev" device_dax
		must daxio fill "/dev/$dev" 0 2M 5
		must dax_bind "$dev" $FSDEV
		cat >/tmp/manifest <<-END
			device 0 /dev/$dev
			file /f size=2M extent=0:0:2M
			END
		new_mount_works /mnt/f 2M 6
	done
	must dax_bind "$dev" device_dax
done
