# SPDX-License-Identifier: GPL-2.0-only
# If this fails: on an older processor, reading a page that failed and was written again takes the
# host down.
# A processor on which copying does not survive memory that has failed (without ERMS): a bad
# page that was written whole is not read back, and stays bad until the driver is bound anew.
# Without FSRM (580), too: no processor has it without ERMS (297), and 6.1 does not boot on one that does.
# boot: own
# cmdline: clearcpuid=297,580
. /lab/tests/lib.sh
. /lab/tests/actor.sh

must_not grep -qw erms /proc/cpuinfo
dev=$(dax_dev_dynamic)
bad=$DAX/devices/$dev/badpages
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	END
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/f rw
act a ok pwrite 0 8M 1
act a ok map 0 8M pmd
act a "SIGBUS AR page 768 lsb *" poison 3M
for _ in 1 2; do
	act a ok pwrite 3M 4K 2
	same "bad pages" "$(<"$bad")" "5242880 4096"
	act a EIO pread 3M 4K 2
	act a "SIGBUS AR page 768 lsb 12" get 3M
done
act a ok pread 0 3M 1
actor_end a
must umount_fmapd /mnt/f
must dax_bind "$dev" device_dax
must dax_bind "$dev" $FSDEV
same "bad pages of a new binding" "$(<"$bad")" ""
