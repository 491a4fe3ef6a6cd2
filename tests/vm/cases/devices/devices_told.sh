# SPDX-License-Identifier: GPL-2.0-only
# If this fails: nobody can tell from the log why a file does not open, or who tries again and again
# floods it.
# What the log says of opens that fail: why, and what to do, once for each device or file and
# reason; how often it was when that is over; and never more than so much for a mount.
# timeout: 600
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
must modprobe -a fsdev_dax famfs_fuse
must dax_bind "$sta" $FSDEV
lines() { dmesg_since "$1" | grep famfs_fuse | grep -v 'protocol agreed\|device index [0-9]* is '; }
# told MARK NUMBER [TEXT...]: so many lines since the mark, and each TEXT in one of them.
told() {
	local mark=$1 n=$2; shift 2
	same "lines of '$mark' in the log: $(lines "$mark")" "$(lines "$mark" | grep -c .)" "$n"
	while [ $# -gt 0 ]; do
		lines "$mark" | grep -qF -- "$1" || fail "no '$1' in the log: $(lines "$mark")"
		shift
	done
}
actor_start a b

# ---- in another mode, for some time ----
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 1 /dev/$sta
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=0:4M:2M
	file /h size=2M extent=1:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
dmesg_mark mode
for _ in 1 2 3; do
	for _ in 1 2 3 4 5 6 7 8; do
		act a ENODEV open /mnt/f/f r
		act a ENODEV open /mnt/f/g r
	done
	# Not only because lines are limited to ten in five seconds.
	sleep 6
done
told mode 1 "device index 0, \"/dev/$dyn\": has the driver device_dax and is not in famfs mode: echo $dyn >/sys/bus/dax/drivers/device_dax/unbind"
act b ok open /mnt/f/h r
act b ok close
# As told.
must eval "echo $dyn >/sys/bus/dax/drivers/device_dax/unbind"
act a ENODEV open /mnt/f/f r
told mode 3 "device index 0: failed 48 times so" "has no driver: echo $dyn >/sys/bus/dax/drivers/fsdev_dax/new_id"
must eval "echo $dyn >/sys/bus/dax/drivers/fsdev_dax/new_id"
echo "$dyn" >/sys/bus/dax/drivers/fsdev_dax/remove_id
act a ok open /mnt/f/f r
act a ok close
# Once it was told, without repetition: that it works is no news.
told mode 3
act a ok open /mnt/f/g r
act a ok close

# ---- held by another mount ----
dmesg_mark held
must mount_fmapd /tmp/manifest /mnt/g --require-fmap
for _ in 1 2 3 4 5; do act a EBUSY open /mnt/g/f r; done
told held 1 "\"/dev/$dyn\": another mount holds it"
must umount_fmapd /mnt/f
act a ok open /mnt/g/f r
told held 2 "device index 0: failed 5 times and works now"
act a ok close
must umount_fmapd /mnt/g
told held 2
ok "a device in another mode, and one that is held"

# ---- other reasons ----
mkdir -p /mnt/nodev
must mount -t tmpfs -o nodev nodev /mnt/nodev
cp -a "/dev/$dyn" /mnt/nodev/dax
while read -r name text; do
	sed "s,^device 0 .*,device 0 $name," /tmp/manifest >/tmp/bad
	must mount_fmapd /tmp/bad /mnt/f --require-fmap
	dmesg_mark "$name"
	for _ in 1 2 3; do act a ENODEV open /mnt/f/f r; done
	told "$name" 1 "device index 0, \"$name\": $text"
	must umount_fmapd /mnt/f
	told "$name" 2 "device index 0: failed 3 times until the end of the mount"
done <<-END
	/dev/none no such device node: error -2
	/dev/null is no dax device
	/tmp is no dax device
	/mnt/nodev/dax is on a file system without device files
	END
must umount /mnt/nodev
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-daxdev=EPERM
dmesg_mark error
for _ in 1 2 3; do act a ENODEV open /mnt/f/f r; done
told error 1 "device index 0: the server answered with error -1"
must umount_fmapd /mnt/f
ok "other reasons"

# ---- files, and many of them ----
{
	echo "device 0 /dev/$dyn"
	for ((i = 0; i < 60; i++)); do echo "file /f$i size=4K extent=0:$((2048 + 4 * i))K:4K"; done
} >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=EIO:32
dmesg_mark one
for _ in $(seq 31); do act a EIO open /mnt/f/f0 r; done
told one 1 "no map for node" "error -5"
act a EIO open /mnt/f/f0 r
act a ok open /mnt/f/f0 r
told one 2 "failed 32 times and works now"
act a ok close
must umount_fmapd /mnt/f
told one 2
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=EIO
dmesg_mark many
for _ in 1 2; do
	for ((i = 0; i < 60; i++)); do act a EIO open /mnt/f/f$i r; done
done
n=$(lines many | grep -c .)
[ "$n" -le 34 ] || fail "$n lines for 60 files: $(lines many)"
lines many | grep -q 'more fails than is told of one by one' || fail "$(lines many)"
dmesg_mark end
must umount_fmapd /mnt/f
lines end | grep -q '56 more failures were not told one by one' || fail "$(lines end)"
n=$(lines end | grep -c .)
[ "$n" -le 34 ] || fail "$n lines at the end: $(lines end)"
ok "files"
actor_end a b
