# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl mode takes a device away from who uses it, or leaves it in no mode at all.
# timeout: 900
# famfsctl mode: every change there is, what is refused while somebody has a device, and a
# driver that does not take it.
. /lab/tests/lib.sh

mode_of() { famfsctl list --json "$1" | sed -n 's/.*"mode": "\(.*\)".*/\1/p'; }
# refused TEXT ARGUMENT...: and the device keeps its driver.
refused() {
	local text=$1 status=0; shift
	famfsctl mode "$@" >/tmp/out 2>/tmp/err || status=$?
	[ $status = 1 ] && grep -qF -- "$text" /tmp/err ||
		fail "famfsctl mode $*: status $status, says $(cat /tmp/out /tmp/err)"
}
# usable: a file on the device.
usable() {
	cat >/tmp/manifest <<-END
		device 0 /dev/$1
		file /f size=2M extent=0:2M:2M
		END
	new_mount_works /mnt/f 2M 9
}

# The modules come by themselves.
for dev in $(dax_devs); do
	must famfsctl mode "$dev" famfs
	same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
	must module_loaded famfs_fuse
	usable "$dev"
	must famfsctl mode "$dev" famfs
	must famfsctl mode "$dev" devdax
	same "driver of $dev" "$(dax_driver "$dev")" device_dax
	must daxio fill "/dev/$dev" 0 2M 3
	must dax_unbind "$dev"
	must famfsctl mode "/dev/$dev" famfs
	same "mode of $dev" "$(mode_of "$dev")" famfs
	must famfsctl mode "$dev" devdax
done
ok "famfs and devdax"

if wants_dynamic; then
	dev=$(dax_dev_dynamic)
	must famfsctl mode "$dev" system-ram
	same "driver of $dev" "$(dax_driver "$dev")" kmem
	n=0
	for b in /sys/devices/system/memory/memory*; do
		[ "$(<"$b/state"):$(<"$b/valid_zones")" != online:Movable ] || n=$((n + 1))
	done
	[ $n -gt 0 ] || fail "none of its memory is online"
	must famfsctl mode "$dev" famfs
	same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
	usable "$dev"
	must famfsctl mode "$dev" devdax
	ok "system-ram"
fi

dev=$(dax_any)
exec {node}<"/dev/$dev"
refused "is open in" "$dev" famfs
exec {node}<&-
must famfsctl mode "$dev" famfs
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/f 0 2M 1
refused "/mnt/f" "$dev" devdax
same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
must daxio -r check /mnt/f/f 0 2M 1
must famfsctl mode --force "$dev" devdax
same "driver of $dev" "$(dax_driver "$dev")" device_dax
must_not daxio -r check /mnt/f/f 0 2M 1 2>/dev/null
must umount_fmapd /mnt/f
must setpriv --reuid=65534 --clear-groups bash -c "famfsctl mode $dev famfs 2>/dev/null; [ \$? = 3 ]"
ok "held"

# A device that fsdev_dax does not take goes back to who had it: it has no memory.
if wants_dynamic; then
	dev=$(dax_dev_dynamic)
	size=$(dax_size "$dev")
	must dax_unbind "$dev"
	echo 0 >"$DAX/devices/$dev/size" || fail "no device of no size"
	refused "does not take it" "$dev" famfs
	same "driver of $dev" "$(dax_driver "$dev")" ""
	echo "$size" >"$DAX/devices/$dev/size" || fail "the size does not come back"
	must famfsctl mode "$dev" devdax
	ok "not taken"
fi
