# SPDX-License-Identifier: GPL-2.0-only
# If this fails: one process that maps a file by small pages makes it slow for everybody.
# One who maps a file by small pages takes the large ones from nobody, neither meanwhile nor
# afterwards.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
faults() {	# WANTED OPTION...: of one reading through a mapping
	local want=$1; shift
	must fault_counts_start
	must daxio "$@" cat /mnt/f/f 0 8M >/dev/null
	same "faults (4 KiB, 2 MiB, 1 GiB) $*" "$(fault_counts)" "$want"
}
# An address that fits no large page.
must daxio -a 4096 cat /mnt/f/f 0 4K >/dev/null
faults "0 4 0"
must umount_fmapd /mnt/f
