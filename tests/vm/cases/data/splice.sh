# SPDX-License-Identifier: GPL-2.0-only
# If this fails: cp, sendfile and pipes carry wrong bytes from or to a file, or send them through
# the server.
# vmsplice, splice, sendfile and copy_file_range from and to famfs files.
# timeout: 360
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /a size=2000001 extent=0:2M:2M
		file /b size=1048576 extent=0:4M:2M
		file /c size=1500000 extent=0:0x801000:500K extent=0:10M:1M
		file /d size=1200000
		stripe chunk=4K bytes=1200K strips=0:12M:1M,0:14M:1M
	END
	must mount_fmapd /tmp/manifest /mnt/splice --require-fmap
	for pair in "a b" "c d" "d a" "b c"; do
		# shellcheck disable=SC2086
		set -- $pair
		must daxio fill /mnt/splice/"$1" 0 1M 1
		must daxio fill /mnt/splice/"$2" 0 1M 2
		must splices /mnt/splice/"$1" /mnt/splice/"$2"
		must daxio check /mnt/splice/"$2" 0 1M 2
		ok "$pair on $dev"
	done
	# By the usual programs, to another file system and back.
	must cp /mnt/splice/a /tmp/a
	must cmp /tmp/a /mnt/splice/a
	must dd if=/tmp/a of=/mnt/splice/a bs=1M conv=notrunc status=none
	must cmp /tmp/a /mnt/splice/a
	for op in READ WRITE COPY_FILE_RANGE FALLOCATE; do
		same "$op requests" "$(request_count /mnt/splice $op)" 0
	done
	must umount_fmapd /mnt/splice
done
