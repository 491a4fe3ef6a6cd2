# SPDX-License-Identifier: GPL-2.0-only
# If this fails: root of a container reads and writes the host's dax memory by a mount of its own.
# timeout: 600
# Who may not do raw I/O gets an ordinary FUSE mount, whatever it is called and
# whatever the server asks for: in a user namespace, and as a root without
# CAP_SYS_RAWIO.
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=1M extent=0:0:1M
	END
chmod 644 /tmp/manifest
# As it is where udev runs.
chmod 666 /dev/fuse
mkdir -p /mnt/u

# What is done inside; the mount can be seen only there.
cat >/tmp/inner.sh <<'END'
. /lab/tests/lib.sh
must mount_fmapd /tmp/manifest /mnt/u --serve-data
grep -q 'kernel did not offer' "$(fmapd_log /mnt/u)" || fail "offered: $(cat "$(fmapd_log /mnt/u)")"
same "use count" "$(module_refs famfs_fuse)" 0
must daxio -r fill /mnt/u/f 0 1M 1
must daxio -r check /mnt/u/f 0 1M 1
[ "$(request_count /mnt/u WRITE)" -gt 0 ] || fail "no WRITE"
same GET_FMAP "$(request_count /mnt/u GET_FMAP)" 0
same "use count" "$(module_refs famfs_fuse)" 0
must umount_fmapd /mnt/u
END

for policy in auto all; do
	echo $policy >/sys/module/famfs_fuse/parameters/offer
	rm -f /tmp/fmapd-*
	must setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Ur -m bash /tmp/inner.sh
	ok "offer=$policy: an unprivileged user's namespace"
	rm -f /tmp/fmapd-*
	must unshare -Ur -m bash /tmp/inner.sh
	ok "offer=$policy: root in a user namespace"
	rm -f /tmp/fmapd-*
	must setpriv --bounding-set=-sys_rawio bash /tmp/inner.sh
	ok "offer=$policy: root without CAP_SYS_RAWIO"
done

# With nothing missing, the same is a famfs mount.
rm -f /tmp/fmapd-*
must mount_fmapd /tmp/manifest /mnt/u --serve-data
must grep -q 'famfs protocol agreed' "$(fmapd_log /mnt/u)"
must umount_fmapd /mnt/u
