# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file shows what its server once put into the cache and not what is in memory, or
# the kernel oopses over it.
# A server puts pages into the kernel's cache of a file that nobody has opened yet, reclaim
# takes some of them and leaves its marks in their place, and then the file turns out to have a
# map. What the server then says about cached data must find neither pages nor marks, and the
# file's data is the device's.
. /lab/tests/lib.sh

dev=$(dax_any)
: >/tmp/stored.log
mkdir -p /mnt/f
cgroup_mounted
[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "no control groups of the second kind"
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/server
[ -e /sys/fs/cgroup/server/memory.reclaim ] || skip "memory of a group cannot be reclaimed here"
head -c 4M /dev/zero | tr '\0' D | must daxio put "/dev/$dev" 2M 4M
famfs_up "$dev"
right() { same "the file" "$(daxio -r cat /mnt/f/f 0 4M | md5sum)" "$(head -c 4M /dev/zero | tr '\0' D | md5sum)"; }
told() { [ "$(grep -c "^$1: ok" /tmp/stored.log)" -ge "$2" ]; }
workingset() { awk '$1 ~ /^workingset_nodes$/ { print $2 }' /sys/fs/cgroup/server/memory.stat /proc/vmstat | head -n 1; }

(
	echo "$BASHPID" >/sys/fs/cgroup/server/cgroup.procs
	exec replacer "/dev/$dev" /mnt/f >/tmp/stored.log 2>&1
) &
pid=$!
wait_for 20 grep -q 'famfs protocol agreed' /tmp/stored.log || fail "no famfs mount"
for round in 1 2 3; do
	must stat /mnt/f/f >/dev/null
	kill -USR2 $pid
	wait_for 10 told store $((2 * round - 1)) || fail "no pages were stored"
	before=$(workingset)
	# Pages on the active list are looked at twice.
	for _ in 1 2 3; do echo 8M >/sys/fs/cgroup/server/memory.reclaim 2>/dev/null; done
	echo "marks of reclaimed pages: nodes $before, then $(workingset)"
	right
	kill -HUP $pid
	wait_for 10 told inval $((2 * round - 1)) || fail "the server cannot tell of a change"
	# And with the map.
	kill -USR2 $pid
	wait_for 10 told store $((2 * round)) || fail "no pages were stored with the map"
	for _ in 1 2 3; do echo 8M >/sys/fs/cgroup/server/memory.reclaim 2>/dev/null; done
	kill -HUP $pid
	wait_for 10 told inval $((2 * round)) || fail "the server cannot tell of a change with the map"
	right
	kill -USR1 $pid
done
must umount /mnt/f
wait_for 10 gone $pid || fail "the server is still there"
rmdir /sys/fs/cgroup/server
