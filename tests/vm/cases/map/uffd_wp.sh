# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a store is missed by who watches for it: a program moved to another machine arrives
# there with old bytes.
# timeout: 120
# A program that watches its stores by write protection (userfaultfd, PAGEMAP_SCAN), as those
# that move running programs to other machines do: each store is told, and none is lost.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
uffd_wp /mnt/f/f
status=$?
must umount_fmapd /mnt/f
[ $status != 77 ] || skip "write protection that needs no server is not to be had"
same "status of uffd_wp" $status 0
