# SPDX-License-Identifier: GPL-2.0-only
# If this fails: README's way to keep a device from becoming the kernel's own memory does not work.
# timeout: 300
# README's way to a device that the kernel takes as memory of its own by itself: take the
# memory back, keep kmem away, and into famfs mode from there.
. /lab/tests/lib.sh

wants_dynamic || skip "no soft-reserved memory in this machine"
dev=$(dax_dev_dynamic)
conf=/etc/modprobe.d/no-kmem.conf
put_back() { rm -f $conf; dax_bind "$dev" device_dax; }
trap put_back EXIT
# What udev does with a device that comes: its alias, less what is on the blacklist.
comes() { must modprobe -b -a "$(<"$DAX/devices/$dev/modalias")"; }
# left: no driver has it, and kmem is not loaded, as before udev sees the device.
left() {
	must dax_unbind "$dev"
	! module_loaded kmem || must rmmod kmem
	same "driver of $dev" "$(dax_driver "$dev")" ""
}

left
comes
must module_loaded kmem
# Before 6.2 the driver core asks device_dax for every device.
taken=$(dax_driver "$dev")
echo "$dev: kmem is loaded, the driver is ${taken:-none}"
if [ "$taken" = kmem ]; then
	must daxctl online-memory "$dev" >/tmp/daxctl.log 2>&1
	must daxctl offline-memory "$dev" >/tmp/daxctl.log 2>&1
fi
ok "comes as kmem's"

left
must mkdir -p ${conf%/*}
echo 'blacklist kmem' >$conf
comes
must_not module_loaded kmem
must_not test "$(dax_driver "$dev")" = kmem
must modprobe -a fsdev_dax famfs_fuse
must_not test "$(dax_driver "$dev")" = $FSDEV
must dax_bind "$dev" $FSDEV
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END
new_mount_works /mnt/f 2M 9
ok "kept away"
