# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a server in a container gets a device that its control group or the node's
# permissions deny it.
# A device that the server names must be one that it could open: by the permissions of the
# node, for whoever mounted, and by the device rules of the control group that the server is
# in. The control group of whoever opens a file is not asked: that one does not get a device.
# timeout: 240
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
sta=$(dax_dev_static)
root=/sys/fs/cgroup
denied=$root/denied
free=$root/free
famfs_up "$dev" "$sta"
cgroup_mounted
must mkdir $denied $free
must deny_device $denied "/dev/$dev"
into() { local p cgroup=$1; shift; for p; do must eval "echo $p >$cgroup/cgroup.procs"; done; }
# in_group GROUP COMMAND...
cat >/tmp/in_group <<-'END'
	#!/bin/bash
	echo $$ >"$1/cgroup.procs" && shift && exec "$@"
	END
chmod +x /tmp/in_group
must_not /tmp/in_group $denied dd if="/dev/$dev" of=/dev/null count=0 2>/dev/null
must /tmp/in_group $denied dd if="/dev/$sta" of=/dev/null count=0 2>/dev/null
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	device 1 /dev/$sta
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=1:4M:2M
	END

# ---- the group of the server ----
actor_start a b
FMAPD_UNDER="/tmp/in_group $denied" must mount_fmapd /tmp/manifest /mnt/f --require-fmap
for who in $free $denied; do
	into $who "${ACTOR_PID[a]}"
	act a ENODEV open /mnt/f/f rw
	act a ENODEV open /mnt/f/f r
done
# What it may have works beside it.
act b ok open /mnt/f/g rw
act b ok pwrite 0 2M 1
act b ok close
# Out of the group, the same server may.
into $free "$FMAPD_PID"
act a ok open /mnt/f/f rw
act a ok pwrite 0 2M 2
act a ok close
must umount_fmapd /mnt/f
ok "the server's group"

# ---- the group of the opener ----
into $denied "${ACTOR_PID[a]}"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
act a ok open /mnt/f/f rw
act a ok pread 0 2M 2
act a ok close
must umount_fmapd /mnt/f
ok "the opener's group"

# ---- by descriptor: open(2) is refused ----
FMAPD_UNDER="/tmp/in_group $denied" must_not mount_fmapd /tmp/manifest /mnt/f --require-fmap --devices-by-fd >/dev/null
must grep -q "cannot open /dev/$dev" "$(fmapd_log /mnt/f)"

# ---- the node ----
rm -f /tmp/node
must cp -a "/dev/$dev" /tmp/node
sed -i 's|^device 0 .*|device 0 /tmp/node|' /tmp/manifest
weak="setpriv --bounding-set=-dac_override,-dac_read_search"
# mode owner result
while read -r mode owner result; do
	must chown "$owner" /tmp/node
	must chmod "$mode" /tmp/node
	FMAPD_UNDER=$weak must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	act b "$result" open /mnt/f/f r
	[ "$result" != ok ] || act b ok close
	must umount_fmapd /mnt/f
	# Who has the capability is let through, as by open(2).
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	act b ok open /mnt/f/f r
	act b ok close
	must umount_fmapd /mnt/f
done <<-END
	0600 1000 ENODEV
	0644 1000 ENODEV
	0622 1000 ENODEV
	0400 0 ENODEV
	0666 1000 ok
	0600 0 ok
	END
# A directory on the way there.
must mkdir -m 0700 /tmp/closed
must mv /tmp/node /tmp/closed/node
must chown 1000 /tmp/closed
sed -i 's|^device 0 .*|device 0 /tmp/closed/node|' /tmp/manifest
FMAPD_UNDER=$weak must mount_fmapd /tmp/manifest /mnt/f --require-fmap
act b ENODEV open /mnt/f/f r
must umount_fmapd /mnt/f
ok "the node"
actor_end a b
rm -rf /tmp/closed
wait_for 10 rmdir $denied $free || fail "the groups are in use"
must umount $root
