# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file that the server says is a log or a superblock cannot be used, or the list of
# maps is not true.
# The types that a server gives to files are carried and shown, and change nothing about
# the data; the list of maps is true.
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
maps=/sys/kernel/debug/famfs_fuse/maps
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /super type=superblock ro size=2M extent=0:0:2M
	file /log type=log size=8M extent=0:2M:8M
	file /regular size=5000 extent=0:12M:4K extent=0:14M:4K
	file /equal size=16K extent=0:16M:4K extent=0:18M:4K extent=0:17M:4K extent=0:19M:4K
	file /mixed size=24K extent=0:20M:8K extent=0:21M:4K extent=0:22M:12K
	file /wide size=10M
	  stripe chunk=2M bytes=10M strips=0:32M:6M,0:64M:4M
	END
must rawmap fill /tmp/manifest 20
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/t --require-fmap
same "maps before the first open" "$(cat $maps)" ""
rawmap list /tmp/manifest >/tmp/list
while read -r n size path; do
	must daxio -r check "/mnt/t$path" 0 "$size" $((20 + n))
	must daxio check "/mnt/t$path" 0 "$size" $((20 + n))
done </tmp/list
cat $maps
# line TYPE SIZE KIND EXTENTS: just one such line
line() {
	same "lines of type $1, size $2" "$(grep -cE " type=$1 size=$2 kind=$3 extents=$4 devices=1 memory=[0-9]+\$" $maps)" 1
}
line superblock 2097152 one 1
line log 8388608 one 1
line regular 5000 uniform 2
line regular 16384 uniform 4
line regular 24576 list 3
line regular 10485760 striped 1
same "lines" "$(wc -l <$maps)" 6
must umount_fmapd /mnt/t
same "maps after umount" "$(cat $maps)" ""
