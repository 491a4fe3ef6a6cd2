# SPDX-License-Identifier: GPL-2.0-only
# If this fails: with thousands of files, syncfs does not flush one, or one keeps memory of a device
# that was taken away.
# timeout: 600
# Thousands of files with maps in memory: the list of maps has a line for each, also while
# files come and go; syncfs(2) finds the one that has something to flush; and taking the device
# away reaches them all.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

N=1500
maps=/sys/kernel/debug/famfs_fuse/maps
dev=$(dax_any)
famfs_up "$dev"
{
	echo "device 0 /dev/$dev"
	awk -v n=$N 'BEGIN { for (i = 0; i < n; i++) printf "file /f%d size=4K extent=0:%d:4K\n", i, 2097152 + i * 4096 }'
} >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
same "maps at first" "$(wc -l <$maps)" 0
(cd /mnt/f && cat f* | wc -c) >/tmp/read
same "bytes read" "$(cat /tmp/read)" $((N * 4096))
same "maps" "$(wc -l <$maps)" $N
# In pieces of any size each file is told once.
for bs in 100 4096 1M; do
	same "different files, read by $bs" "$(dd if=$maps bs=$bs status=none | grep -o 'node=[0-9]*' | sort -u | wc -l)" $N
done
ok "$N maps"

# While they go, and come again, those that stay are told once each.
exec 5</mnt/f/f7 6</mnt/f/f$((N - 1))
stay="$(stat -c %i /mnt/f/f7) $(stat -c %i /mnt/f/f$((N - 1)))"
(for _ in 1 2; do drop_caches; (cd /mnt/f && cat f*) >/dev/null; done) &
pid=$!
rounds=0
while running $pid; do
	cp $maps /tmp/maps
	for node in $stay; do
		same "lines of node $node" "$(grep -c "node=$node " /tmp/maps)" 1
	done
	rounds=$((rounds + 1))
done
exec 5<&- 6<&-
[ $rounds -ge 2 ] || fail "the list was read $rounds times only"
ok "$rounds readings meanwhile"

actor_start one
act one ok open /mnt/f/f1234 rw
act one ok map 0 4K pte
act one ok set 0 4K 9
must sync -f /mnt/f
act one ok is 0 4K 9
echo "$dev" >$DAX/drivers/$FSDEV/unbind & ends_within 60 $! "unbinding"
act one SIGBUS get 0
actor_end one
same "maps of files that are not dead" "$(grep -vc ' dead$' $maps)" 0
must umount_fmapd /mnt/f
same "maps in the end" "$(wc -l <$maps)" 0
