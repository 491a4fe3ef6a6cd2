# SPDX-License-Identifier: GPL-2.0-only
# If this fails: servers that register devices by descriptor do not work, or FUSE passthrough of
# others breaks beside famfs.
# timeout: 600
# Devices that the server registers on its session: the two ioctls case by case
# (backing.c, backing_stock.c), fmapd doing it, and the same ioctls on mounts that
# are not famfs ones, which go on as if the module were not there.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)

# Without the module: what stock does.
passthru plain plain >/tmp/stock || fail "passthrough on a stock kernel"
cat /tmp/stock
! kernel_at_least 6.9 || must grep -q "bytes are the file's" /tmp/stock

famfs_up "$dyn"
must modprobe loop
truncate -s 4M /tmp/loop-file
loop=$(losetup -f --show /tmp/loop-file) || fail "no loop device"
dmesg_mark "backing errors"
must backing errors "/dev/$dyn" "/dev/$sta" "$loop"
number=$((0x$(stat -c %t "/dev/$sta"))):$((0x$(stat -c %T "/dev/$sta")))
dmesg_since "backing errors" | grep -q "the device $number is not in famfs mode: bind it to fsdev_dax" ||
	fail "no line about $sta: $(dmesg_since "backing errors")"
losetup -d "$loop"
must dax_bind "$sta" $FSDEV
must backing cases "/dev/$dyn" "/dev/$sta"
must backing cases "/dev/$sta" "/dev/$dyn"
must backing_stock "/dev/$dyn" "/dev/$sta"

# fmapd: all devices at the start, and no name is asked for.
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 4095 /dev/$sta
	file /f size=3M extent=0:2M:2M extent=4095:6M:2M
	file /g size=2M extent=4095:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/fd --require-fmap --devices-by-fd
must daxio -r fill /mnt/fd/f 0 3M 1
must daxio fill /mnt/fd/g 0 2M 2
must daxio check /mnt/fd/f 0 3M 1
must daxio -r check /mnt/fd/g 0 2M 2
same "GET_DAXDEV requests" "$(request_count /mnt/fd GET_DAXDEV)" 0

# Beside it, passthrough on an ordinary mount, and on one that was offered the
# protocol and whose server did not want it.
for how in "plain plain" "/dev/$dyn plain" "plain fmapd"; do
	# shellcheck disable=SC2086
	passthru $how >/tmp/now || fail "passthrough on a mount with source and subtype $how"
	same "an ordinary mount ($how)" "$(cat /tmp/now)" "$(cat /tmp/stock)"
done

# Devices that cannot be had are told at once.
must_not mount_fmapd /tmp/manifest /mnt/fd2 --require-fmap --devices-by-fd >/dev/null
must grep -q "cannot register /dev/$dyn as device 0: Device or resource busy" "$(fmapd_log /mnt/fd2)"
must_not grep -q ' /mnt/fd2 ' /proc/mounts
must umount_fmapd /mnt/fd

# By name, the bytes are where they were.
must mount_fmapd /tmp/manifest /mnt/fd --require-fmap
must daxio check /mnt/fd/f 0 3M 1
must daxio check /mnt/fd/g 0 2M 2
same "GET_DAXDEV requests" "$(request_count /mnt/fd GET_DAXDEV)" 2
must umount_fmapd /mnt/fd
sed -i "s,/dev/$sta,/dev/none," /tmp/manifest
must_not mount_fmapd /tmp/manifest /mnt/fd --require-fmap --devices-by-fd >/dev/null
must grep -q "cannot open /dev/none" "$(fmapd_log /mnt/fd)"

# The example of docs/protocol.md does what it says.
mkdir -p /mnt/one
onefile "/dev/$dyn" /mnt/one &
pid=$!
wait_for 10 grep -q '/mnt/one fuse.fmap-onefile' /proc/mounts || fail "onefile does not mount"
same "its size" "$(stat -c %s /mnt/one/data)" $((64 << 20))
must daxio fill /mnt/one/data 62M 2M 3
must daxio -r check /mnt/one/data 62M 2M 3
must umount /mnt/one
wait $pid || fail "onefile ends with status $?"
