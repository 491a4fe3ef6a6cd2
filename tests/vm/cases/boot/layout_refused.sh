# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a module built for another kernel loads, writes to wrong members of the kernel's
# structs, and the host oopses.
# A module that was built for another layout than the running kernel's does not
# load: one line says which struct and member, and nothing stays behind.
. /lab/tests/lib.sh

# refused MODULE STRUCT OLD NEW: the table of MODULE has member NEW for STRUCT's OLD.
refused() {
	local module=$1 struct=$2 old=$3 new=$4 lines n
	module_unpacked "$module"
	must modpatch "/tmp/$module.ko" /tmp/patched.ko "$old" "$new"
	dmesg_mark "insmod $struct.$new"
	must_not insmod /tmp/patched.ko 2>/tmp/insmod.log
	lines=$(dmesg_since "insmod $struct.$new" | grep "$module: refusing to load")
	n=$(grep -c . <<<"$lines")
	same "lines about it" "$n" 1
	echo "$lines" | grep -q "$struct.*$new" || fail "names not $struct and $new: $lines"
	echo "$lines"
	must_not module_loaded "$module"
	must_not test -e $COUNTERS
	must_not test -e "$DAX/drivers/$module"
	rm -f /tmp/patched.ko "/tmp/$module.ko"
}

refused fsdev_dax dev_dax nr_range nr_rangf
# Public structs, too, of which the kernel's headers told when it was built.
refused fsdev_dax dev_pagemap altmap altmaq
refused fsdev_dax dax_operations recovery_write recovery_writx
must modprobe fsdev_dax
same "use count" "$(module_refs fsdev_dax)" 0
refused famfs_fuse fuse_conn conn_error conn_errox
refused famfs_fuse kiocb ki_pos ki_poz
refused famfs_fuse vm_operations_struct huge_fault huge_faulx
refused famfs_fuse fuse_fs_context rootmode_present rootmode_presenx
same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 0

# A mount works without it, and the module itself loads unpatched.
dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=128K extent=0:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --serve-data
must daxio -r fill /mnt/f/f 0 128K 1
must umount_fmapd /mnt/f
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/f 0 128K 1
must umount_fmapd /mnt/f
