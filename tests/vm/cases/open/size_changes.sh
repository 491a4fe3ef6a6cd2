# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a mapping of a file whose server changes its size shows memory that is not the
# file's, or the log is flooded.
# timeout: 600
# A server that says another size later: the file fails with ENXIO until it is
# right again, and what was mapped never shows anything else. Notifications of all
# kinds, another type, mode or block size do no harm to a file in use. The log
# stays short.
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	must daxio fill "/dev/$dev" 0 16M 77
	famfs_up "$dev"
	mkdir -p /mnt/fickle
	dmesg_mark "fickle"
	must fickle /mnt/fickle "/dev/$dev" 77
	# Hundreds of faults and reads failed.
	n=$(dmesg_since "fickle" | grep -c .)
	[ "$n" -le 40 ] || fail "$n lines in the log: $(dmesg_since fickle | tail -n 20)"
	must dax_bind "$dev" device_dax
	must daxio check "/dev/$dev" 0 16M 77
	ok "$dev, $n lines in the log"
done
