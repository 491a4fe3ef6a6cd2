# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files behind the first piece of a device that is made of two are in memory that
# another device has.
# boot: second
# timeout: 600
# A dax device made of two pieces of memory with another device between them:
# files on either side and across the seam are right by every way to reach them.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
region=$(dirname "$(readlink -f "$DAX/devices/$dev")")/dax_region
must test -w "$region/create"
MIB=$((1 << 20))

must dax_unbind "$dev"
echo $((64 * MIB)) >"$DAX/devices/$dev/size" || fail "cannot shrink $dev"
echo 1 >"$region/create" || fail "cannot make a device"
between=$(cat "$region/seed" 2>/dev/null)
for d in $(ls $DAX/devices); do
	[ "$(dax_size "$d")" != 0 ] || between=$d
done
echo $((32 * MIB)) >"$DAX/devices/$between/size" || fail "cannot size $between"
echo $((128 * MIB)) >"$DAX/devices/$dev/size" || fail "cannot grow $dev"
same "size" "$(dax_size "$dev")" $((128 * MIB))
cat "$DAX/devices/$dev"/mapping*/{start,end,page_offset}
must test -d "$DAX/devices/$dev/mapping1"
ok "$dev has two ranges, $between is between them"

must modprobe fsdev_dax
must modprobe famfs_fuse
dmesg_mark "two ranges"
must dax_bind "$dev" $FSDEV
dmesg_since "two ranges" | grep -q "$dev: in famfs mode: 128 MiB, 2 ranges" || fail "no line: $(dmesg_since "two ranges")"
must dax_bind "$between" device_dax
must daxio fill "/dev/$between" 0 32M 99

# The seam is at 64 MiB of the device: at 2 MiB of /across.
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /before size=4M extent=0:0:4M
	file /across size=8M extent=0:62M:8M
	file /after size=4M extent=0:100M:4M
	file /end size=4M extent=0:124M:4M
	file /striped size=8M
	stripe chunk=2M bytes=8M strips=0:10M:4M,0:110M:4M
	END
files="before across after end striped"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must fault_counts_start
for f in $files; do
	len=$(stat -c %s /mnt/f/$f)
	must daxio fill /mnt/f/$f 0 "$len" 1
	must daxio -r check /mnt/f/$f 0 "$len" 1
	must daxio -a 4096 check /mnt/f/$f 0 "$len" 1
	must daxio -r fill /mnt/f/$f 0 "$len" 2
	must daxio check /mnt/f/$f 0 "$len" 2
done
read -r _ pmd _ <<<"$(fault_counts)"
[ "$pmd" -ge 20 ] || fail "faults $(fault_counts): large pages are missing"
# One write and one read over the seam itself.
actor_start a
act a ok open /mnt/f/across rw
act a ok map 0 8M pmd
act a ok pwrite 1M 2M 7
act a ok is 1M 2M 7
act a ok set 2097000 304 8
act a ok pread 2097000 304 8
act a ok pread 1M 1048000 7
actor_end a
for f in before after end striped; do must daxio -r check /mnt/f/$f 0 "$(stat -c %s /mnt/f/$f)" 2; done
for op in READ WRITE; do same "$op requests" "$(request_count /mnt/f $op)" 0; done
must umount_fmapd /mnt/f
must daxio check "/dev/$between" 0 32M 99
ok "files on both sides and across"

# What the first range and the second hold, each by itself.
must dax_bind "$dev" device_dax
must daxio cat "/dev/$dev" 64M 4K >/tmp/seam
must daxio cat "/dev/$dev" 100M 4M >/tmp/after
must daxio -r check /tmp/after 0 4M 2
same "the byte after the seam" "$(od -An -tu1 -j 8 -N 1 /tmp/seam | xargs)" 8

# Taken away in use: both ranges.
must dax_bind "$dev" $FSDEV
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/across rw
act a ok map 0 8M pmd
act a ok set 0 8M 5
must dax_unbind "$dev"
act a SIGBUS get 0
act a SIGBUS get 6M
actor_end a
must umount_fmapd /mnt/f

# Back to one range.
must dax_unbind "$between"
echo 0 >"$DAX/devices/$between/size"
echo "$between" >"$region/delete"
echo 0 >"$DAX/devices/$dev/size"
cat "$region/available_size" >"$DAX/devices/$dev/size"
must_not test -d "$DAX/devices/$dev/mapping1"
must dax_bind "$dev" $FSDEV
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/across 0 8M 3
must daxio -r check /mnt/f/across 0 8M 3
must umount_fmapd /mnt/f
