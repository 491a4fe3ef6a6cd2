# SPDX-License-Identifier: GPL-2.0-only
# If this fails: udev loads the modules where nobody asked for famfs, or a device that /etc/famfs
# names is not put into famfs mode at boot.
# With the packages' rule udev loads no module for a dax device or a disk of persistent memory. One
# that a file of /etc/famfs/modes.d names gets its link, and systemd is told what to start.
. /lab/tests/lib.sh

command -v udevadm >/dev/null || skip "no udev in this guest"
rules=/run/udev/rules.d
must mkdir -p $rules /usr/libexec
must cp /lab/90-famfs.rules $rules/
must cp /lab/famfs-mode /usr/libexec/
[ -e /bin/sh ] || must ln -s bash /bin/sh
must modprobe loop

# One binary: what it is depends on the name it is called by.
(exec -a systemd-udevd udevadm) >/tmp/udevd.log 2>&1 &
udevd=$!
put_back() { kill $udevd; wait $udevd; rm -r $rules /usr/libexec/famfs-mode /etc/famfs; }
trap put_back EXIT
mkdir -p /etc/famfs
wait_for 20 udevadm control --ping || { cat /tmp/udevd.log; fail "udev does not start"; }

# told EVENT PATH: a device comes, and all that follows from it is done.
told() { must eval "echo $1 >$2/uevent"; must udevadm settle --timeout=60; }
nothing_loaded() {
	must_not module_loaded famfs_fuse
	must_not module_loaded fsdev_dax
}
property() { udevadm info -q property -p "$DAX/devices/$1" | sed -n "s/^$2=//p"; }
# unnamed DEV: nothing is made of it.
unnamed() {
	local word
	for word in add change; do
		told $word "$DAX/devices/$1"
		same "what systemd is to start for $1" "$(property "$1" SYSTEMD_WANTS)" ""
		must_not eval "property $1 DEVLINKS | grep -q famfs"
	done
	nothing_loaded
}

told add /sys/class/misc/fuse
told add /sys/block/loop0
nothing_loaded
if ! dax_missing; then
	for dev in $(dax_devs); do unnamed "$dev"; done
	must mkdir /etc/famfs/modes.d
	for dev in $(dax_devs); do unnamed "$dev"; done
	ok "devices that no file names"

	for dev in $(dax_devs); do
		/usr/libexec/famfs-mode identify "$dev" >/etc/famfs/modes.d/pool.conf || fail "$dev cannot be told"
		echo "start=0x1000" >/etc/famfs/modes.d/other.conf
		echo "nonsense" >/etc/famfs/modes.d/bad.conf
		told add "$DAX/devices/$dev"
		same "the link" "$(readlink -f /dev/famfs/pool)" "/dev/$dev"
		same "what systemd is to start" "$(property "$dev" SYSTEMD_WANTS)" famfs-mode@pool.service
		case $(property "$dev" TAGS) in *:systemd:*) ;; *) fail "systemd is not told of $dev" ;; esac
		# It stays over what happens to the device, and goes with it.
		told change "$DAX/devices/$dev"
		same "the link after a change" "$(readlink -f /dev/famfs/pool)" "/dev/$dev"
		nothing_loaded
		same "driver of $dev" "$(dax_driver "$dev")" device_dax
		for d in $(dax_devs); do [ "$d" = "$dev" ] || unnamed "$d"; done
		# And that is what systemd would run.
		must /usr/libexec/famfs-mode apply pool
		same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
		must module_loaded famfs_fuse
		must /usr/libexec/famfs-mode apply pool
		must dax_bind "$dev" device_dax
		exec 5<"/dev/$dev"
		must_not /usr/libexec/famfs-mode apply pool
		same "driver of $dev, which is in use" "$(dax_driver "$dev")" device_dax
		exec 5<&-
		must rmmod famfs_fuse
		must rmmod fsdev_dax
		rm /etc/famfs/modes.d/pool.conf
		told add "$DAX/devices/$dev"
		must_not test -e /dev/famfs/pool
	done
	ok "a device that a file names"
	must pmem_mode fsdax
fi
must udevadm settle --timeout=60
told add "/sys/block/$(pmem_disk)"
nothing_loaded
ok "a disk"
