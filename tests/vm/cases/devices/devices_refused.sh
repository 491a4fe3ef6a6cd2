# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a device that was missing once makes its files fail for good, or an open of one
# hangs.
# timeout: 600
# A device that cannot be had makes the open fail, with ENODEV, and the next open
# tries again; an error of the server for a file's map is the error of the open.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up "$dyn"
good() {
	cat >/tmp/manifest <<-END
		device 0 /dev/$dyn
		file /f size=2M extent=0:2M:2M
		file /g size=2M extent=0:4M:2M
		END
}
actor_start a b

good
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-daxdev=EIO:1
act a ENODEV open /mnt/f/f rw
act a ok open /mnt/f/f rw
act a ok pwrite 0 2M 1
act b ok open /mnt/f/g rw
act a ok pread 0 2M 1
same "GET_DAXDEV requests" "$(request_count /mnt/f GET_DAXDEV)" 2
act a ok close
act b ok close
must umount_fmapd /mnt/f
ok "once"

for errno in EIO ENOENT EPERM EINTR ENOSYS; do
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-daxdev=$errno
	for f in f g f f; do
		actor_tell a open /mnt/f/$f rw
		hear a ENODEV 5
	done
	same "GET_DAXDEV requests" "$(request_count /mnt/f GET_DAXDEV)" 4
	[ "$(request_count /mnt/f RELEASE)" = "$(request_count /mnt/f OPEN)" ] ||
		fail "OPEN $(request_count /mnt/f OPEN) RELEASE $(request_count /mnt/f RELEASE)"
	must umount_fmapd /mnt/f
done
ok "for ever"

# Names that are no dax device in famfs mode. The static one is in device_dax mode.
: >/tmp/regular
mknod /tmp/nodev-node c $((0x$(stat -c %t "/dev/$dyn"))) $((0x$(stat -c %T "/dev/$dyn")))
mkdir -p /mnt/nodev
must mount -t tmpfs -o nodev nodev /mnt/nodev
cp -a "/dev/$dyn" /mnt/nodev/dax
ln -sf /dev/nowhere /tmp/dangling
for name in /dev/null /dev/zero /dev/none /tmp/regular /tmp /dev "/dev/$sta" /dev/fuse /mnt/nodev/dax /tmp/dangling /dev/null/x; do
	cat >/tmp/bad <<-END
		device 0 $name
		device 1 /dev/$dyn
		file /f size=2M extent=0:2M:2M
		file /g size=2M extent=1:4M:2M
		END
	must mount_fmapd /tmp/bad /mnt/f --require-fmap
	act a ENODEV open /mnt/f/f rw
	act a ENODEV open /mnt/f/f r
	act b ok open /mnt/f/g rw
	act b ok pwrite 0 4K 5
	act b ok pread 0 4K 5
	act b ok close
	must umount_fmapd /mnt/f
done
# A link to the device, and another node of it, are the device.
ln -sf "/dev/$dyn" /tmp/alias
sed -i 's|^device 0 .*|device 0 /tmp/alias|; /device 1/d; /g size/d' /tmp/bad
must mount_fmapd /tmp/bad /mnt/f --require-fmap
act a ok open /mnt/f/f rw
act a ok pread 0 2M 1
act a ok close
must umount_fmapd /mnt/f
must umount /mnt/nodev
ok "wrong names"

# Bound while the mount is there: the next open finds it.
must dax_unbind "$dyn"
good
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
act a ENODEV open /mnt/f/f r
must dax_bind "$dyn" $FSDEV
act a ok open /mnt/f/f r
act a ok pread 0 2M 1
act a ok close
must umount_fmapd /mnt/f
ok "device that comes late"

# But for the two errnos that say that there is no such operation: init_no_get_fmap.
for errno in EIO ENOENT EACCES ENOMEM EPROTO; do
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=$errno:2
	act a $errno open /mnt/f/f rw
	act a $errno open /mnt/f/f r
	act a ok open /mnt/f/f rw
	act a ok pread 0 2M 1
	act a ok close
	must umount_fmapd /mnt/f
done
actor_end a b
ok "GET_FMAP refused"
