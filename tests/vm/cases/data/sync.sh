# SPDX-License-Identifier: GPL-2.0-only
# If this fails: what a program stored through a mapping is gone after fsync, umount or a drop of
# caches; or sync hangs.
# Whatever writes back works and ends, and what was stored through mappings is there
# after it, after caches are dropped, after a new mount, and in the device.
# timeout: 360
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	famfs_up "$dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /large size=8M extent=0:2M:8M
		file /odd size=3000123 extent=0:0xc01000:3M
		file /striped size=2M
		stripe chunk=64K bytes=2M strips=0:20M:2M,0:22M:2M
	END
	must mount_fmapd /tmp/manifest /mnt/sync --require-fmap
	for round in 1 2; do
		while read -r n _ path; do
			must syncs "/mnt/sync$path" $((round * 100 + n))
		done < <(rawmap list /tmp/manifest)
		must timeout 30 sync
		must timeout 30 sync -f /mnt/sync/large
		drop_caches
		while read -r n size path; do
			must daxio -r check "/mnt/sync$path" 0 "$size" $((round * 100 + n))
			must daxio check "/mnt/sync$path" 0 "$size" $((round * 100 + n))
		done < <(rawmap list /tmp/manifest)
	done
	must dd if=/dev/zero of=/mnt/sync/odd bs=64K count=8 conv=notrunc,fsync oflag=sync status=none
	same "zeros" "$(head -c 524288 /mnt/sync/odd | tr -d '\0' | wc -c)" 0
	must daxio -r fill /mnt/sync/odd 0 3000123 201
	for op in READ WRITE; do same "$op requests" "$(request_count /mnt/sync $op)" 0; done
	must umount_fmapd /mnt/sync
	must mount_fmapd /tmp/manifest /mnt/sync --require-fmap
	must daxio check /mnt/sync/large 0 8M 200
	must umount_fmapd /mnt/sync
	must dax_bind "$dev" device_dax
	must rawmap check /tmp/manifest 200
	ok "$dev"
done
