# SPDX-License-Identifier: GPL-2.0-only
# If this fails: whoever can map a file takes the host down by one system call.
# cachestat(2) on a file that is mapped: an answer, and no oops. On file systems whose mappings
# the DAX core keeps it takes the kernel down.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
said=$(must cachestat /mnt/f/f) || exit 1
must umount_fmapd /mnt/f
[ "$said" != ENOSYS ] || skip "this kernel has no cachestat(2)"
echo "cachestat: $said"
