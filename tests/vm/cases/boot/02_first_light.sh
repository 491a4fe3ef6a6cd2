# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfs does not work at all on one kind of device: what a file gets is not in the
# device, or goes through the server.
# The whole way once, on each kind of device: what is written through a file
# is in the mapping, and in the device when another driver shows it, and the
# server has moved none of it.
. /lab/tests/lib.sh

for dev in $(dax_devs); do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=16M extent=0:4M:16M
	END
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	must fault_counts_start
	must daxio -r fill /mnt/f/f 0 16M 3
	must daxio check /mnt/f/f 0 16M 3
	same "faults of 4 KiB, 2 MiB, 1 GiB" "$(fault_counts)" "0 8 0"
	must daxio -a 4096 check /mnt/f/f 0 16M 3
	must daxio fill /mnt/f/f 1M 3M 4
	must daxio -r check /mnt/f/f 1M 3M 4
	must daxio -r check /mnt/f/f 4M 12M 3
	for op in READ WRITE; do
		same "$op requests" "$(request_count /mnt/f $op)" 0
	done
	same "GET_FMAP requests" "$(request_count /mnt/f GET_FMAP)" 1
	must umount_fmapd /mnt/f
	must dax_bind "$dev" device_dax
	must daxio cat "/dev/$dev" 5M 3M >/tmp/raw
	must daxio cat "/dev/$dev" 4M 1M >/tmp/before
	same "bytes in the device" "$(stat -c %s /tmp/raw)" $((3 << 20))

	# The pattern counts from the file's start: lay the pieces there to check them.
	truncate -s 1M /tmp/piece
	cat /tmp/raw >>/tmp/piece
	must daxio -r check /tmp/piece 1M 3M 4
	must daxio -r check /tmp/before 0 1M 3
done
