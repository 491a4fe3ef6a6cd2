# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl why gives a wrong reason for a mount that is an ordinary one or a file
# that does not open.
# timeout: 600
# famfsctl why: mounts that are ordinary ones, files that cannot be opened, and those that can.
. /lab/tests/lib.sh
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug

dev=$(dax_any)
# why STATUS TEXT [PATH]
why() {
	local status=0
	famfsctl why "${@:3}" >/tmp/out 2>&1 || status=$?
	[ $status = "$1" ] && grep -qF -- "$2" /tmp/out || fail "famfsctl why ${*:3}: status $status, says $(cat /tmp/out)"
}
cat >/tmp/manifest <<-END
	allow-overlap
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	file /twice size=2M extent=0:2M:2M
	END
# Before the module is there.
must mount_fmapd /tmp/manifest /mnt/f
why 1 "famfs_fuse is not loaded" /mnt/f
must umount_fmapd /mnt/f
famfs_up "$dev"
why 0 "nothing to do with famfs" /proc
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
known=
[ ! -e /sys/kernel/debug/famfs_fuse/mounts ] || known=y
if [ -n "$known" ]; then
	why 0 "it has a map" /mnt/f/f
	exec {f}</mnt/f/f
	why 1 "opening it fails: Device or resource busy" /mnt/f/twice
	if [ -e /sys/kernel/debug/famfs_fuse/refusals ]; then
		must grep -q "open of node" /tmp/out
		why 1 "open of node"
	fi
	exec {f}<&-
else
	why 3 "cannot be told" /mnt/f
fi
must umount_fmapd /mnt/f
echo none >/sys/module/famfs_fuse/parameters/offer
must mount_fmapd /tmp/manifest /mnt/f
[ -z "$known" ] || why 1 "ordinary FUSE mount" /mnt/f
echo auto >/sys/module/famfs_fuse/parameters/offer
must umount_fmapd /mnt/f
must mount_fmapd /tmp/manifest /mnt/f --source=none --subtype=other
[ -z "$known" ] || why 1 "is no dax device" /mnt/f
must umount_fmapd /mnt/f
[ -n "$known" ] || skip "the module has no table of mounts; the rest is as it should be"
