# SPDX-License-Identifier: GPL-2.0-only
# With the packages' rule udev loads the modules when a dax device or a disk of persistent
# memory is there, and at nothing else; no device changes its driver.
. /lab/tests/lib.sh

command -v udevadm >/dev/null || skip "no udev in this guest"
rules=/run/udev/rules.d
must mkdir -p $rules
must cp /lab/90-famfs.rules $rules/
must modprobe loop

# One binary: what it is depends on the name it is called by.
(exec -a systemd-udevd udevadm) >/tmp/udevd.log 2>&1 &
udevd=$!
put_back() { kill $udevd; wait $udevd; rm -r $rules; }
trap put_back EXIT
wait_for 20 udevadm control --ping || { cat /tmp/udevd.log; fail "udev does not start"; }

loads() { wait_for 20 module_loaded famfs_fuse || fail "not loaded for $1"; must module_loaded fsdev_dax; }
gone_again() { must rmmod famfs_fuse; must rmmod fsdev_dax; }
# told EVENT PATH: a device comes, and all that follows from it is done.
told() { must eval "echo $1 >$2/uevent"; must udevadm settle --timeout=60; }

told add /sys/class/misc/fuse
told add /sys/block/loop0
must_not module_loaded famfs_fuse
must_not module_loaded fsdev_dax

if ! dax_missing; then
	for dev in $(dax_devs); do
		told remove "$DAX/devices/$dev"
		told change "$DAX/devices/$dev"
		must_not module_loaded famfs_fuse
		told add "$DAX/devices/$dev"
		loads "$dev"
		same "driver of $dev" "$(dax_driver "$dev")" device_dax
		gone_again
	done
	ok "dax devices"
	must pmem_mode fsdax
fi
must udevadm settle --timeout=60
! module_loaded famfs_fuse || gone_again
told add "/sys/block/$(pmem_disk)"
loads "$(pmem_disk)"
gone_again
ok "a disk"
