# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program that reads while another one writes gets a part of the old bytes and a
# part of the new.
# A read(2) sees a write(2) whole, or nothing of it, though readers take no lock: of one extent
# and of many.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /one size=2M extent=0:2M:2M
	file /many size=128K extent=0:4M:4K extent=0:5M:60K extent=0:6M:64K
	END
must mount_fmapd /tmp/manifest /mnt/whole --require-fmap
must whole /mnt/whole/one
must whole /mnt/whole/many
must umount_fmapd /mnt/whole
