# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs that share a file's memory hang at their locks in it.
# Programs that share a file's memory wait for each other in it and have their locks there.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=4M extent=0:2M:4M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must futexes /mnt/f/f
must umount_fmapd /mnt/f
