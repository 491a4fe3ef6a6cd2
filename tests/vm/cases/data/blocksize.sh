# SPDX-License-Identifier: GPL-2.0-only
# If this fails: where a server reports small blocks, a stat beside an fsync makes that fail, or the
# kernel complain.
# A server whose attributes say small blocks, asked for them by one process all the time while
# another one stores and flushes: every flush works, and nothing is in the log.
. /lab/tests/lib.sh

dev=$(dax_any)
: >/tmp/blocksize.log
famfs_up "$dev"
mkdir -p /mnt/f
replacer "/dev/$dev" /mnt/f 512 >/tmp/blocksize.log 2>&1 &
pid=$!
wait_for 20 grep -q 'famfs protocol agreed' /tmp/blocksize.log || fail "no famfs mount"
exec 5</mnt/f/f
end=$((SECONDS + 10))
while [ $SECONDS -lt $end ]; do stat -L /proc/self/fd/5 >/dev/null; done 5</mnt/f/f &
stats=$!
n=0
while running $stats; do
	must syncs /mnt/f/f $((++n)) >/dev/null
done
exec 5<&-
echo "$n rounds"
must umount /mnt/f
wait_for 10 gone $pid || fail "the server is still there"
