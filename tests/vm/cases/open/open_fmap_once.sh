# SPDX-License-Identifier: GPL-2.0-only
# If this fails: every open waits for the server to send the map again, or data goes through the
# server.
# The server is asked for a file's map once, however many open it and at whatever
# moment, until the inode is evicted; for a device once; for data never.
# timeout: 240
. /lab/tests/lib.sh
FMAPD=fmapd-test

dyn=$(dax_dev_dynamic) sta=$(dax_dev_static)
famfs_up
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 5 /dev/$sta
	file /a size=2M extent=0:2M:2M
	file /b size=2M extent=0:4M:2M
	file /c size=4M extent=5:2M:2M extent=0:6M:2M
	file /d size=2M extent=5:4M:2M
	file /e size=2M extent=5:6M:2M
END
mnt=/mnt/once
# asked OPERATION TIMES
asked() { same "$1 requests" "$(request_count $mnt "$1")" "$2"; }

# Slow answers, so that the openers meet.
must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-fmap=400 --delay-daxdev=400
asked GET_FMAP 0
asked GET_DAXDEV 0
must manyopen 8 $mnt/a
asked GET_FMAP 1
asked GET_DAXDEV 1
[ "$(request_count $mnt OPEN)" -ge 8 ] || fail "8 openers made $(request_count $mnt OPEN) OPEN requests"
must manyopen 1 $mnt/a $mnt/a $mnt/a
asked GET_FMAP 1
must manyopen 6 $mnt/b $mnt/c
asked GET_FMAP 3
asked GET_DAXDEV 2
# Two more files on devices that are known.
must manyopen 4 $mnt/d $mnt/e
asked GET_FMAP 5
asked GET_DAXDEV 2
for _ in 1 2 3 4 5; do
	for f in a b c d e; do
		must cat $mnt/$f >/dev/null
	done
done
asked GET_FMAP 5

# A file in use stays; the others are evicted, and asked for again at their next open.
exec 7<$mnt/a
evict
must manyopen 3 $mnt/a
asked GET_FMAP 5
must manyopen 3 $mnt/b
asked GET_FMAP 6
exec 7<&-
# What was in the file before the eviction is there after it.
must daxio fill $mnt/a 0 2M 9
must daxio check $mnt/a 0 2M 9
evict
must daxio check $mnt/a 0 2M 9
asked GET_FMAP 7
asked GET_DAXDEV 2
asked READ 0
asked WRITE 0
must umount_fmapd $mnt
asked READ 0
asked WRITE 0
