# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the famfs user space cannot make, mount and look into its file systems with these
# modules.
# timeout: 300
# What the famfs user space does, in its order and by its own means: it makes a file system on the
# raw device, mounts, looks, unmounts, at once makes a new one or switches the mode; and what its
# tools look up to know where they are. All in famfs mode, on every kernel.
. /lab/tests/lib.sh

dev=$(dax_any)
mnt=/mnt/us
mkdir -p $mnt
# What scripts compare by name.
famfs_up "$dev"
same "driver" "$(basename "$(readlink "$DAX/devices/$dev/driver")")" fsdev_dax
must test -d /sys/bus/dax/drivers/fsdev_dax
must grep -q ' famfs_fuse_iomap_begin\b' /proc/kallsyms
# Those of another famfs are not ours: it is probed for by name.
for m in famfs famfsv1; do
	must_not module_loaded $m
	for own in fsdev_dax famfs_fuse; do
		modinfo -F alias $own | grep -qxE "(fs-)?$m" && fail "$own has the alias $m"
	done
done
must_not grep -qw famfs /proc/filesystems

# serve: as its mount does. over: and the end of it, repeated as long as it is busy.
serve() {
	userspace serve "/dev/$dev" $mnt >/tmp/us.log 2>&1 &
	pid=$!
	wait_for 20 test -e $mnt/.meta/.superblock || { cat /tmp/us.log; fail "no mount"; }
}
over() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		umount $mnt 2>/dev/null && break
		nap 0.2
	done
	must_not mountpoint -q $mnt
}
server_gone() { wait_for 10 gone $pid || fail "the server stays"; wait $pid 2>/dev/null; }

for round in 1 2 3; do
	must userspace mkfs "/dev/$dev" $((round * 10))
	must userspace fsck "/dev/$dev" $((round * 10))
	serve
	must userspace mounted "/dev/$dev" $mnt $((round * 10))
	# By device it is not to be looked at now.
	must_not userspace fsck "/dev/$dev" $((round * 10)) 2>/dev/null
	must_not userspace mkfs "/dev/$dev" 99 2>/dev/null
	must userspace refused $mnt
	dd if=$mnt/data of=/tmp/us.data bs=64K status=none || fail "dd reads"
	dd if=/tmp/us.data of=$mnt/data bs=100K conv=notrunc status=none || fail "dd writes"
	evict
	must cmp /tmp/us.data $mnt/data
	# Somebody is just in it.
	(cd $mnt && sleep 0.7) &
	over
	wait $!
	# Not one moment later.
	must userspace fsck "/dev/$dev" $((round * 10))
	must dd if="/dev/$dev" of=/tmp/us.raw bs=1M skip=16 count=4 status=none
	must cmp /tmp/us.data /tmp/us.raw
	server_gone
done
ok "mkfs, fsck, mount, umount and again"

# From the mount, without a moment between, to the other mode and back.
for round in 4 5; do
	serve
	must userspace refused $mnt
	over
	must dax_bind "$dev" device_dax
	must userspace fsck "/dev/$dev" 30
	must dax_bind "$dev" $FSDEV
	must userspace fsck "/dev/$dev" 30
	server_gone
done
# And with the tool, where it knows the mode.
if daxctl reconfigure-device --help 2>&1 | grep -q famfs; then
	must daxctl reconfigure-device --mode=devdax "$dev" >/dev/null 2>&1
	same "driver" "$(dax_driver "$dev")" device_dax
	must daxctl reconfigure-device --mode=famfs "$dev" >/dev/null 2>&1
	same "driver" "$(dax_driver "$dev")" $FSDEV
fi
ok "mode switches"

# The counters, below a path of ours.
serve
must fault_counts_start
must userspace refused $mnt
read -r pte pmd pud < <(fault_counts)
[ $((pte + pmd)) -ge 2 ] || fail "faults: $pte $pmd $pud"
must eval "echo 0 >$COUNTERS/fault_count_enable"
over
server_gone
famfs_down || fail "modules or devices stay in use"
