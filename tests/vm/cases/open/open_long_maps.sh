# SPDX-License-Identifier: GPL-2.0-only
# If this fails: who opens files with long maps takes more memory than its control group may have,
# or all of the host's.
# needs: memory groups
# Memory for long maps: how much of it openers can take, and whose it is. See longreplies.c.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
root=/sys/fs/cgroup
cg=$root/small
famfs_up "$dev"
cgroup_mounted
must eval "echo +memory >$root/cgroup.subtree_control"
must mkdir $cg
must eval "echo 8M >$cg/memory.max"
longreplies /mnt/long "/dev/$dev" $cg || { umount -f /mnt/long; fail "see above"; }
same "processes killed for memory" "$(awk '$1 == "oom_kill" { print $2 }' $cg/memory.events)" 0
wait_for 10 rmdir $cg || fail "the group is in use"
ok "long replies"

# A map of many ranges, none next to another: what is kept of each of them is the opener's.
n=20000
{
	echo "device 0 /dev/$dev"
	echo "file /sparse size=$((n * 4))K"
	for ((i = 0; i < n; i++)); do echo "extent 0:$((2097152 + i * 8192)):4K"; done
} >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must mkdir $cg
actor_start a
must eval "echo ${ACTOR_PID[a]} >$cg/cgroup.procs"
act a $((n * 4096)) stat /mnt/f/sparse
before=$(<$cg/memory.current)
act a ok open /mnt/f/sparse rw
charged=$(($(<$cg/memory.current) - before))
# 48 bytes for each, and the map itself.
[ $charged -ge $((n * 48)) ] || fail "$charged bytes charged for $n ranges"
act a ok pwrite 4K 8K 7
act a ok pread 4K 8K 7
actor_end a
must umount_fmapd /mnt/f
wait_for 10 rmdir $cg || fail "the group is in use"
must unload famfs_fuse
must eval "echo -memory >$root/cgroup.subtree_control"
must umount $root
ok "$charged bytes for $n ranges"
