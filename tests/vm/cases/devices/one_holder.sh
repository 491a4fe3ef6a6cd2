# SPDX-License-Identifier: GPL-2.0-only
# If this fails: two mounts have one device, and the files of each overwrite the other's.
# A device belongs to one mount at a time: the files of a second one cannot be
# opened, the first does not notice, and when it has gone the second works.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 1 /dev/$sta
	file /f size=4M extent=0:2M:4M
	file /g size=4M extent=1:2M:4M
	file /both size=4M extent=0:8M:2M extent=1:8M:2M
	END

must mount_fmapd /tmp/manifest /mnt/one --require-fmap
must mount_fmapd /tmp/manifest /mnt/two --require-fmap
actor_start a b
act a ok open /mnt/one/f rw
act a ok map 0 4M pmd
act a ok set 0 4M 1
for i in 1 2 3; do
	act b EBUSY open /mnt/two/f rw
	act a ok is 0 4M 1
done
# The other device is free, so the second mount can have it, and then the first not.
act b ok open /mnt/two/g rw
act b ok pwrite 0 4M 2
actor_start c
act c EBUSY open /mnt/one/g r
act c EBUSY open /mnt/one/both r
act c EBUSY open /mnt/two/both r
act a ok set 0 4M 3
act a ok pread 0 4M 3
act b ok pread 0 4M 2
act c $((4 << 20)) stat /mnt/two/f

# Closing the file is not enough, the mount has to go.
actor_end a
act c EBUSY open /mnt/two/f r
must umount_fmapd /mnt/one
act c ok open /mnt/two/f rw
act c ok pread 0 4M 3
act c ok open /mnt/two/both rw
act c ok pwrite 0 4M 4
act c ok pread 0 4M 4
actor_end b c
must umount_fmapd /mnt/two
must mount_fmapd /tmp/manifest /mnt/one --require-fmap
actor_start a
act a ok open /mnt/one/g r
act a ok pread 0 4M 2
actor_end a
must umount_fmapd /mnt/one
