# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the modules do not load on a kernel that is newer than the tested ones, or nobody
# is told that it is.
# pages: any
# On a kernel that is newer than what the modules were tested on they load, and work, and the
# log says so in one line; on others it does not.
. /lab/tests/lib.sh

tested=$(modinfo -F tested_kernel fsdev_dax)
grep -qxE '[0-9]+\.[0-9]+' <<<"$tested" || fail "fsdev_dax says that it was tested on '$tested'"
module_unpacked fsdev_dax
lines() { dmesg_since "$1" | grep 'is newer than'; }

dmesg_mark "tested"
must modprobe -a fsdev_dax famfs_fuse
must_not lines "tested"
must modprobe -r famfs_fuse
must_not module_loaded fsdev_dax
ok "a kernel that was tested"

older=${tested//[0-9]/1}
must modpatch /tmp/fsdev_dax.ko /tmp/older.ko "$tested" "$older"
dmesg_mark "newer"
must insmod /tmp/older.ko
must modprobe famfs_fuse
lines "newer"
same "lines about it" "$(lines "newer" | grep -c .)" 1
lines "newer" | grep -q "fsdev_dax: kernel $(uname -r) is newer than $older, .* issue tracker$" ||
	fail "the line does not say so"
dev=$(dax_any)
must dax_bind "$dev" fsdev_dax
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
END
new_mount_works /mnt/f 2M 1
ok "a kernel that is newer than the tested ones"
