# SPDX-License-Identifier: GPL-2.0-only
# If this fails: what is stored through a mapping that was forked, moved, protected or cut is lost,
# or a private change is in the file.
# What can be done with a mapping: fork, private copies, mprotect, mremap, munmap of a
# part, MAP_SYNC, msync, madvise, mincore, mlock; on files with large pages and without.
# timeout: 360
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /large size=8M extent=0:2M:8M
		file /small size=8M extent=0:0xc01000:8M
		file /striped size=8M
		stripe chunk=64K bytes=8M strips=0:22M:4M,0:27M:4M
	END
	must mount_fmapd /tmp/manifest /mnt/calls --require-fmap
	for f in large small striped; do
		f=/mnt/calls/$f
		must daxio fill $f 0 8M 1
		must map_calls $f
		must daxio -r check $f 0 8M 1
		must map_cow $f
		must daxio -r check $f 0 8M 1
		must map_fork $f
		must daxio -r check $f 8 8388600 1
		same "first bytes of $f" "$(head -c 8 $f)" CHILDchi
		ok "$f on $dev"
	done
	for op in READ WRITE; do same "$op requests" "$(request_count /mnt/calls $op)" 0; done
	must umount_fmapd /mnt/calls
done
