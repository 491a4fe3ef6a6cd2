# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl bench changes the file that it was to measure, or its figures are not of
# what it says.
# timeout: 600
# famfsctl bench on a file of famfs: large faults, contents that stay, and no write unasked.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=16M extent=0:32M:16M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/f 0 16M 9
fault_counts_start
must famfsctl bench --size 8M /mnt/f/f >/tmp/out
cat /tmp/out
must grep -q '^latency ' /tmp/out
same "faults of 4 KiB, 2 MiB, 1 GiB" "$(fault_counts)" "0 4 0"
must grep -q "mapped 2M on average" /tmp/out
must famfsctl bench --write --size 4M /mnt/f/f >/tmp/out
must grep -q '^store ' /tmp/out
must daxio -r check /mnt/f/f 0 16M 9
# Gone under its feet.
must famfsctl mode --force "$dev" devdax
must_not famfsctl bench /mnt/f/f >/tmp/out 2>&1
must umount_fmapd /mnt/f
