# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a malicious server reads memory that it may not, exhausts the host's, or crashes
# it.
# timeout: 900
# A server that answers GET_FMAP and GET_DAXDEV with more than ten thousand wrong
# messages: each open ends as the protocol says, what is accepted shows the bytes that
# its map names and no others, other files of the mount are unharmed all the while,
# no memory is lost, and the log stays short.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
MAPS=${MAPS:-4500}
DEVICES=${DEVICES:-500}

# Objects in use by slab, and what else can grow.
memory() {
	echo 3 >/proc/sys/vm/drop_caches
	# What RCU still holds.
	sleep 0.5
	echo 3 >/proc/sys/vm/drop_caches
	awk 'NR > 2 && $1 ~ /^(kmalloc-|fuse|maple|radix|dentry|filp|cred|names|vm_area|kernfs|inode|pid|dax)/ {
		print $1, $2, $4 }' /proc/slabinfo
	# What is free already goes from there some time later, many at a time.
	awk '!/unpurged/ { n++; b += $2 } END { print "vmalloc", n, b / n }' /proc/vmallocinfo
	echo "available $(available_kib)"
}
# What a round may leave, in objects: a leak shows itself once or more per hundred replies.
SLACK=60
lost() {
	# shellcheck disable=SC2016
	awk -v slack=$SLACK 'NR == FNR { was[$1] = $2; next }
		$1 == "available" { if (was[$1] - $2 > 2048) print "available " was[$1] " -> " $2 " KiB"; next }
		$2 - was[$1] > slack { print $1 " " was[$1] " -> " $2 }' "$1" "$2"
}

must hostile stamp "/dev/$dyn" 0
must hostile stamp "/dev/$sta" 1
mkdir -p /mnt/h
: >/tmp/hostile.file
ln -sf /tmp/hostile.loop /tmp/hostile.loop
ln -sf /dev/nowhere /tmp/hostile.dangling
ln -sf "/dev/$sta" /tmp/hostile.link
major=$((0x$(stat -c %t "/dev/$sta"))) minor=$((0x$(stat -c %T "/dev/$sta")))
mknod /tmp/hostile.block b $major $minor
mkdir -p /tmp/hostile.nodev
must mount -t tmpfs -o nodev nodev /tmp/hostile.nodev
mknod /tmp/hostile.nodev/dax c $major $minor

round() {
	must hostile maps /mnt/h "/dev/$dyn" "/dev/$sta" "$1" "$MAPS"
	must hostile devices /mnt/h "/dev/$dyn" "/dev/$sta" "$1" $((DEVICES * 3 / 4)) here
	# The second device exists, and is not in famfs mode.
	must dax_bind "$sta" device_dax
	must hostile devices /mnt/h "/dev/$dyn" "/dev/$sta" "$1" $((DEVICES / 4)) away
	must dax_bind "$sta" $FSDEV
}

famfs_up
dmesg_mark "hostile replies"
began=$SECONDS
echo "seeds 1 and 2, $((MAPS + DEVICES)) replies each"
round 1
memory >/tmp/memory-1
round 2
memory >/tmp/memory-2
took=$((SECONDS - began))
more=$(lost /tmp/memory-1 /tmp/memory-2)
[ -z "$more" ] || ! memory_figures || fail "the second round kept memory: $more"
ok "no memory is lost; $took s for both rounds"

# Ten lines in five seconds from a place, and one that says how many were left out.
n=$(dmesg_since "hostile replies" | grep -cE 'fuse|fmap|famfs|dax')
[ "$n" -le $((3 * 11 * (took / 5 + 2) + 100)) ] || fail "$n lines in the log in $took s"
ok "$n lines in the log in $took s"

must umount /tmp/hostile.nodev
must dax_bind "$dyn" device_dax
must dax_bind "$sta" device_dax
must hostile stamped "/dev/$dyn" 0
must hostile stamped "/dev/$sta" 1
ok "the devices hold what they held"
