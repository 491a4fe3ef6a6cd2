# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file opened by handle, as an NFS server does, has wrong bytes, or they go through
# the server.
# Files opened by handle, when no name of theirs is in any cache.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	dir /dir
	file /dir/deep size=3000000 extent=0:2M:4M
	file /top size=4M extent=0:8M:4M
END
must rawmap fill /tmp/manifest 60
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/h --require-fmap
must byhandle /mnt/h /mnt/h/dir/deep 3000000 60
must byhandle /mnt/h /mnt/h/top $((4 << 20)) 61
for op in READ WRITE; do same "$op requests" "$(request_count /mnt/h $op)" 0; done
[ "$(request_count /mnt/h GET_FMAP)" -ge 4 ] || fail "the inodes were not evicted: $(request_count /mnt/h GET_FMAP) GET_FMAP"
must umount_fmapd /mnt/h
must dax_bind "$dev" device_dax
must rawmap check /tmp/manifest 61
