# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file in very many pieces cannot be opened or has its bytes in wrong places, or
# its map's memory is lost.
# boot: large
# dax: 3072
# timeout: 900
# A file of 600,000 extents in no order, a message of 14.4 MB: it opens, every sampled
# byte is where the map says, by read, write and mapping, and when nobody uses the file
# its map's memory comes back.
. /lab/tests/lib.sh

n=600000
dev=$(dax_dev_large 3072) || fail "no large device: $(grep . $DAX/devices/*/size)"
must dax_bind "$dev" device_dax
must bigmap manifest $n "/dev/$dev" >/tmp/manifest
must bigmap stamp $n "/dev/$dev" 1
must bigmap raw $n "/dev/$dev" 1
must_not bigmap raw $n "/dev/$dev" 2 2>/dev/null
famfs_up "$dev"

# note TEXT...: figures, also into the console's log, which is kept when a test passes.
note() { echo "$*"; echo "map_600k: $*" >/dev/kmsg; }
# used: KiB of kernel memory that maps and their claims could be in.
used() { awk '/^(VmallocUsed|Slab):/ { sum += $2 } END { print sum }' /proc/meminfo; }
returned() { evict; ! memory_figures || [ "$(used)" -le $((before + 2048)) ]; }

start_fmapd /tmp/manifest /mnt/big --require-fmap
wait_for 120 fmapd_settled /mnt/big "$FMAPD_PID"
must grep -q 'famfs protocol agreed' "$(fmapd_log /mnt/big)"
must stat /mnt/big/big >/dev/null
evict
before=$(used)
text=$(bigmap open $n /mnt/big/big) || fail "cannot be opened"
note "$text"
same "GET_FMAP requests" "$(request_count /mnt/big GET_FMAP)" 2
exec 7</mnt/big/big
evict
with=$(used)
note "kernel memory: $((with - before)) KiB for the map and its claims, $(((with - before) * 1024 / n)) bytes an extent"
note "$(cat /sys/kernel/debug/famfs_fuse/maps 2>/dev/null)"
[ $((with - before)) -ge 4096 ] || fail "a map of $n extents in $((with - before)) KiB?"

must bigmap read $n /mnt/big/big 1
must bigmap map $n /mnt/big/big 1
must_not bigmap map $n /mnt/big/big 2 2>/dev/null
must bigmap write $n /mnt/big/big 3
must bigmap read $n /mnt/big/big 3
must bigmap map $n /mnt/big/big 3
same "GET_FMAP requests" "$(request_count /mnt/big GET_FMAP)" 2
exec 7<&-
start=$EPOCHREALTIME
wait_for 60 returned || fail "kernel memory: $before KiB before, $(used) KiB after"
note "evicted after $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms; $(($(used) - before)) KiB more than before"

# And once more.
must bigmap open $n /mnt/big/big
must bigmap read $n /mnt/big/big 3
same "GET_FMAP requests" "$(request_count /mnt/big GET_FMAP)" 4
for op in READ WRITE; do same "$op requests" "$(request_count /mnt/big $op)" 0; done
must umount_fmapd /mnt/big
must dax_bind "$dev" device_dax
must bigmap raw $n "/dev/$dev" 3
