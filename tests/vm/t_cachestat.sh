# SPDX-License-Identifier: GPL-2.0-only
# by name only
# cachestat(2) on a file that is mapped: an answer, and no oops. By name only, as it takes the
# machine down for now: stock takes DAX entries for shadows of reclaimed pages, on every file
# system with dax. It goes when files on dax devices have no such entries any more.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
said=$(must cachestat /mnt/f/f) || exit 1
[ "$said" != ENOSYS ] || skip "this kernel has no cachestat(2)"
echo "cachestat: $said"
must umount_fmapd /mnt/f
