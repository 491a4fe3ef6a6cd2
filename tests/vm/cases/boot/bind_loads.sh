# SPDX-License-Identifier: GPL-2.0-only
# If this fails: mounts on a device that daxctl bound are ordinary ones, or a module goes while the
# other needs it.
# pages: any
# A device that is put into famfs mode has famfs_fuse loaded, also by those who load nothing but
# fsdev_dax (daxctl); and both modules are loaded and removed in every order, with a device
# bound or not.
. /lab/tests/lib.sh

dev=$(dax_any)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END

# As daxctl does it: the driver's module, then its new_id. The mount follows at once.
must modprobe fsdev_dax
must_not module_loaded famfs_fuse
must dax_bind "$dev" $FSDEV
must module_loaded famfs_fuse
new_mount_works /mnt/f 2M 1
ok "bound"

# Where it is loaded no modprobe is started for every device more.
modprobe_was=$(cat /proc/sys/kernel/modprobe)
printf '#!/bin/bash\necho "$*" >>/tmp/asked\nexec %s "$@"\n' "$modprobe_was" >/tmp/modprobe
chmod 755 /tmp/modprobe
echo /tmp/modprobe >/proc/sys/kernel/modprobe
: >/tmp/asked
must dax_bind "$dev" device_dax
must dax_bind "$dev" $FSDEV
same "asked for while it is loaded" "$(grep famfs_fuse /tmp/asked)" ""
must dax_bind "$dev" device_dax
must rmmod famfs_fuse
must dax_bind "$dev" $FSDEV
same "times asked for when it is not" "$(grep -c famfs_fuse /tmp/asked)" 1
must module_loaded famfs_fuse
echo "$modprobe_was" >/proc/sys/kernel/modprobe
ok "asked for when it is not there"

# Not while it is loaded, and no device keeps it.
must_not modprobe -r fsdev_dax 2>/dev/null
must module_loaded famfs_fuse
must rmmod famfs_fuse
same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 0
must dax_bind "$dev" device_dax
must dax_bind "$dev" $FSDEV
must module_loaded famfs_fuse
ok "bound anew"

# The upper one goes, and takes the lower one along as far as nobody else uses it.
must dax_bind "$dev" device_dax
must modprobe -r famfs_fuse
must_not module_loaded famfs_fuse
must_not module_loaded fsdev_dax
# Both by name, in either order: the lower one cannot go first.
must modprobe -a famfs_fuse fsdev_dax
must_not modprobe -r fsdev_dax famfs_fuse 2>/dev/null
must module_loaded famfs_fuse
same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 1
must modprobe -r famfs_fuse fsdev_dax
must_not module_loaded famfs_fuse
must_not module_loaded fsdev_dax
# Each on its own.
must modprobe fsdev_dax
must modprobe famfs_fuse
must rmmod famfs_fuse
must modprobe -r fsdev_dax
must_not module_loaded fsdev_dax
ok "every order"

# One that cannot be loaded does not keep the device from its mode.
file=$(modinfo -n famfs_fuse)
must mv "$file" /tmp/
trap 'mv "/tmp/${file##*/}" "$file"' EXIT
must modprobe fsdev_dax
must dax_bind "$dev" $FSDEV
must_not module_loaded famfs_fuse
same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
trap - EXIT
must mv "/tmp/${file##*/}" "$file"
must modprobe famfs_fuse
new_mount_works /mnt/f 2M 2
