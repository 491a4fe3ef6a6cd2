# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files in a bind mount, an overlay or a container have wrong bytes, or are open to
# who must not have them.
# timeout: 600
# A famfs mount in odd places: bind mounts, read-only ones, idmapped ones, under overlayfs,
# in a chroot and another root, in other mount and user namespaces, behind a loop device.
# Each works with the right data and without the server, or is refused with a clear errno.
# docs/mounts.md says which; what is printed here is what it is written from.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
famfs_up "$dyn"
mnt=/mnt/f
mkdir -p /mnt/{f,g,h,ov,new} /tmp/root
prog=$(readlink -f /usr/bin/sleep)
proglen=$(stat -c %s "$prog")
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	dir d 0755 2 2
	file /d/a size=4M extent=0:2M:4M
	file /d/b size=2000000 extent=0:8M:2M
	file /d/c size=300K extent=0:0xb01000:300K
	file /d/meta size=100K extent=0:12M:100K
	file /first size=64K extent=0:14M:64K
	file /second size=64K extent=0:15M:64K
	file /mine mode=0600 uid=2 gid=2 size=64K extent=0:16M:64K
	file /closed mode=0600 uid=3 gid=3 size=64K extent=0:17M:64K
	file /prog mode=0755 size=$proglen extent=0:20M:8M
	END
must mount_fmapd /tmp/manifest $mnt --require-fmap
must daxio fill $mnt/d/a 0 4M 1
must daxio fill $mnt/d/b 0 2000000 2
must daxio fill $mnt/d/c 0 300K 3
must daxio fill $mnt/d/meta 0 100K 4
must daxio fill $mnt/first 0 64K 5
must daxio fill $mnt/second 0 64K 6
must daxio fill $mnt/mine 0 64K 7
must daxio put $mnt/prog 0 "$proglen" <"$prog"
must umount_fmapd $mnt

# good DIR: what is in d/ there is right by read, by large and by small mappings.
good() {
	local d=$1
	must fault_counts_start
	must daxio check "$d"/a 0 4M 1
	same "faults (4 KiB, 2 MiB, 1 GiB) through $d" "$(fault_counts)" "0 2 0"
	must daxio -a 4096 check "$d"/a 1M 1M 1
	must daxio -r check "$d"/a 0 4M 1
	must daxio -r -b 12345 check "$d"/b 0 2000000 2
	must daxio -p check "$d"/b 0 2000000 2
	must daxio check "$d"/c 0 300K 3
	must daxio -r -d check "$d"/c 0 300K 3
}
no_data_requests() {
	local op
	for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
}
# told WHAT COMMAND...: run it; what it says or, if that is nothing, how it ended in $REPLY.
told() {
	local what=$1; shift
	if "$@" >/tmp/told 2>&1; then
		REPLY=$(tail -n 1 /tmp/told)
		REPLY=${REPLY:-ok}
	else
		REPLY=$(sed -n '$s/.*: //p' /tmp/told)
	fi
	echo "$what: $REPLY"
}

must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start a b

# ---- bind mounts ------------------------------------------------------------------
must mount --bind $mnt/d /mnt/g
good /mnt/g
act a ok open $mnt/d/a rw
act a ok map 0 4M pmd
act b ok open /mnt/g/a rw
act b ok map 0 4M pte
act a ok set 0 4K 1
act b ok is 0 4K 1
act b ok pwrite 4K 4K 2
act a ok is 4K 4K 2
: >/tmp/one
must mount --bind $mnt/first /tmp/one
must daxio check /tmp/one 0 64K 5
must umount /tmp/one
must daxio fill /mnt/g/a 0 8K 1
# A read-only one cannot be made while it is written through; the other stays writable.
told "read-only bind mount with a writer" mounts remount /mnt/g bind,ro
same "remount,bind,ro" "$REPLY" EBUSY
act b ok unmap
act b ok close
same "remount,bind,ro" "$(mounts remount /mnt/g bind,ro)" ok
act b EROFS open /mnt/g/a rw
act b EROFS open /mnt/g/a w
good /mnt/g
act a ok set 0 4K 1
must daxio fill $mnt/d/a 0 8K 1
must umount /mnt/g
must rmdir /mnt/g
mkdir /mnt/g
ok "bind mounts"

# ---- remount ro ---------------------------------------------------------------------
told "remount,ro with a writer" mounts remount $mnt ro
same "remount,ro" "$REPLY" EBUSY
# A shared mapping of a file opened for writing is a writer, although the file is closed.
act a ok close
told "remount,ro with a shared writable mapping" mounts remount $mnt ro
same "remount,ro" "$REPLY" EBUSY
act a ok set 0 4K 1
act a ok unmap
must daxio fill $mnt/d/a 0 4K 1
act a ok open $mnt/d/a r
same "remount,ro" "$(mounts remount $mnt ro)" ok
must grep -q " $mnt fuse.* ro[, ]" /proc/mounts
act b EROFS open $mnt/d/a rw
act b EROFS open $mnt/second w
good $mnt/d
same "remount,rw" "$(mounts remount $mnt rw)" ok
act b ok open $mnt/d/a rw
act b ok map 0 4M pmd
act b ok set 0 4K 1
act b ok unmap
act b ok close
act a ok close
must daxio fill $mnt/d/a 0 8K 1
no_data_requests
ok "remount ro"

# ---- overlayfs ------------------------------------------------------------------------
must modprobe overlay
mkdir -p /tmp/ov/{up,work}
must mount -t overlay overlay -o lowerdir=$mnt,upperdir=/tmp/ov/up,workdir=/tmp/ov/work /mnt/ov
good /mnt/ov/d
# Opened first through the overlay.
must daxio -r check /mnt/ov/second 0 64K 6
must /mnt/ov/prog 0
# What is mapped below is the file itself: stores by others are seen.
act a ok open /mnt/ov/d/a r
act b ok open $mnt/d/a rw
act b ok pwrite 1M 4K 9
act a ok pread 1M 4K 9
must daxio fill $mnt/d/a 1M 4K 1
act b ok close
told "MAP_SYNC through overlayfs" daxio -s check /mnt/ov/d/c 0 4K 3
told "MAP_SYNC on the file itself" daxio -s check $mnt/d/c 0 4K 3
same "MAP_SYNC" "$REPLY" ok
# A write, or opening for one, copies the file up: all of it, and the lower one stays.
must daxio -r fill /mnt/ov/d/b 100000 5000 22
must test -f /tmp/ov/up/d/b
must daxio -r check /tmp/ov/up/d/b 0 100000 2
must daxio -r check /tmp/ov/up/d/b 100000 5000 22
must daxio -r check /tmp/ov/up/d/b 105000 1895000 2
same "size of the copy" "$(stat -c %s /tmp/ov/up/d/b)" 2000000
must daxio fill /mnt/ov/d/c 0 4K 33
must daxio -r check /tmp/ov/up/d/c 0 4K 33
must daxio -r check /tmp/ov/up/d/c 4K 296K 3
must chmod 0600 /mnt/ov/d/meta
must daxio -r check /tmp/ov/up/d/meta 0 100K 4
# In an overlay a file can be cut and removed; below nothing happens.
: >/mnt/ov/d/meta || fail "truncating through overlayfs"
same "size" "$(stat -c %s /mnt/ov/d/meta) $(stat -c %s $mnt/d/meta)" "0 102400"
must rm /mnt/ov/first
must_not test -e /mnt/ov/first
act a ok close
good $mnt/d
must daxio check $mnt/d/meta 0 100K 4
must daxio check $mnt/first 0 64K 5
# The overlay keeps the lower file system.
must umount $mnt
must daxio -r check /mnt/ov/d/a 0 4M 1
running "${FMAPD_PIDS[$mnt]}" || fail "the server ended under the overlay"
no_data_requests
must umount /mnt/ov
wait_for 10 gone "${FMAPD_PIDS[$mnt]}" || fail "the server stays"
# A famfs mount can make no files, and so is no place to write copies to.
must mount_fmapd /tmp/manifest $mnt --require-fmap
mkdir -p /tmp/low
told "overlayfs with famfs as the upper layer" mounts overlay lowerdir=/tmp/low,upperdir=$mnt/d,workdir=$mnt /mnt/ov
[ "$REPLY" != ok ] || must umount /mnt/ov
ok "overlayfs"

# ---- programs, loop, swap -------------------------------------------------------------
must $mnt/prog 0
$mnt/prog 100 &
pid=$!
told "writing to a program that runs" bash -c "exec 9<>$mnt/prog"
same "writing to a program that runs" "$REPLY" "Text file busy"
kill $pid
wait $pid 2>/dev/null
must bash -c "exec 9<>$mnt/prog"
mkswap $mnt/second >/tmp/told 2>&1 || fail "mkswap: $(cat /tmp/told)"
told "swapon" swapon $mnt/second
same "swapon" "$REPLY" "Invalid argument"
must daxio fill $mnt/second 0 64K 6
modprobe loop
loop=$(losetup -f --show $mnt/d/a 2>/tmp/told) || loop=
echo "loop device: ${loop:-$(cat /tmp/told)}"
if [ -n "$loop" ]; then
	must cmp -n 4194304 "$loop" $mnt/d/a
	must dd if=$mnt/second of="$loop" bs=4K seek=16 count=16 conv=notrunc,fsync status=none
	must daxio -r check $mnt/d/a 0 64K 1
	must cmp -n 65536 -i 65536:0 $mnt/d/a $mnt/second
	must losetup -d "$loop"
	must daxio fill $mnt/d/a 64K 64K 1
fi
no_data_requests
must umount_fmapd $mnt
ok "programs and loop"

# ---- another root -----------------------------------------------------------------------
# The first open of a file, which looks devices up, comes from where there is no /dev.
new=/tmp/root
must mount -t tmpfs root $new
mkdir -p $new/{mnt,lab,usr,tmp,old}
for d in bin sbin lib lib64; do
	[ ! -L /$d ] && [ -d /$d ] && { mkdir -p $new/$d; must mount --bind /$d $new/$d; }
	[ ! -L /$d ] || ln -s "$(readlink /$d)" $new/$d
done
must mount --bind /lab $new/lab
must mount --bind /usr $new/usr
must mount_fmapd /tmp/manifest $new/mnt --require-fmap
must chroot $new daxio check /mnt/d/a 0 4M 1
must chroot $new daxio -r check /mnt/d/b 0 2000000 2
must chroot $new daxio -r fill /mnt/second 0 64K 6
must unshare --mount --propagation private chroot $new bash -c '
	mount -t tmpfs other /tmp && mkdir /tmp/mnt /tmp/lab /tmp/usr /tmp/old &&
	for d in bin sbin lib lib64; do [ ! -L /$d ] || ln -s usr/$d /tmp/$d; done
	mount --bind /lab /tmp/lab && mount --bind /usr /tmp/usr && mount --bind /mnt /tmp/mnt &&
	cd /tmp && pivot_root . old && exec chroot . daxio check /mnt/first 0 64K 5'
must umount_fmapd $new/mnt
# The names of devices mean what they mean to whoever mounted.
mkdir -p $new/dev
must mknod $new/dev/here c $((0x$(stat -c %t "/dev/$dyn"))) $((0x$(stat -c %T "/dev/$dyn")))
must mknod $new/dev/fuse c 10 229
sed "s|/dev/$dyn|/dev/here|" /tmp/manifest >$new/tmp/manifest
must_not test -e /dev/here
mkdir -p $new/proc
must mount --bind /proc $new/proc
chroot $new fmapd -f --source=/dev/dax0.0 --require-fmap /tmp/manifest /mnt >/tmp/chrooted.log 2>&1 &
pid=$!
wait_for 20 grep -q 'protocol agreed' /tmp/chrooted.log || fail "fmapd in a chroot: $(cat /tmp/chrooted.log)"
good $new/mnt/d
must umount $new/mnt
wait_for 10 gone $pid || fail "the server in a chroot stays"
wait $pid || fail "status $? of the server in a chroot"
must umount -R $new
ok "another root"

# ---- namespaces ---------------------------------------------------------------------------
must mount_fmapd /tmp/manifest $mnt --require-fmap
rm -f /tmp/gate /tmp/inside
mkfifo /tmp/gate
unshare --mount --propagation private bash -c '
	daxio check '$mnt'/d/a 0 4M 1 && echo in >/tmp/inside && read -r _ </tmp/gate &&
	daxio check '$mnt'/d/b 0 2000000 2 && daxio -r check '$mnt'/second 0 64K 6' &
pid=$!
wait_for 20 test -s /tmp/inside || fail "no data in a mount namespace"
# Unmounted here, it lives on there, and keeps the device.
must umount $mnt
sleep 0.2
running "${FMAPD_PIDS[$mnt]}" || fail "the server ended, and another namespace has the mount"
cp "$(fmapd_counts $mnt)" /tmp/counts1 2>/dev/null
must mount_fmapd /tmp/manifest /mnt/h --require-fmap
act a EBUSY open /mnt/h/d/a rw
echo >/tmp/gate
wait $pid || fail "data in the mount namespace after umount outside"
wait_for 10 gone "${FMAPD_PIDS[$mnt]}" || fail "the server stays"
act a ok open /mnt/h/d/a rw
act a ok close
# With root's rights in a user namespace of its own: files, but no raw devices.
must unshare --user --map-root-user --mount daxio check /mnt/h/d/a 0 4M 1
must unshare --user --map-root-user --mount daxio -r fill /mnt/h/second 0 64K 6
must umount_fmapd /mnt/h
ok "namespaces"

# ---- idmapped mounts ------------------------------------------------------------------------
# idmap WANTED OPTION...: what idmapping comes to, for a server with these options.
idmap() {
	local wanted=$1; shift
	must mount_fmapd /tmp/manifest $mnt --require-fmap "$@"
	told "idmapped mount, server with '$*'" mounts idmap $mnt /mnt/g 1000
	same "mount_setattr" "$REPLY" "$wanted"
}
EACCES=13
idmap EINVAL
good $mnt/d
must umount_fmapd $mnt
if kernel_at_least 6.12; then
	idmap ok --idmap
	same "owner" "$(stat -c %u:%g /mnt/g/mine) $(stat -c %u:%g $mnt/mine)" "1002:1002 2:2"
	good /mnt/g/d
	as() { local status=0; open_as "$1" "$2" "$3" || status=$?; same "user $1 opens $3: errno" $status "$4"; }
	as 1002 w /mnt/g/mine 0
	as 1002 w $mnt/mine $EACCES
	as 2 w /mnt/g/mine $EACCES
	as 2 w $mnt/mine 0
	as 1002 r /mnt/g/closed $EACCES
	as 1003 r /mnt/g/closed 0
	# First opened through the idmapped mount, and seen through the other.
	must daxio -r fill /mnt/g/first 0 64K 5
	must daxio check $mnt/first 0 64K 5
	no_data_requests
	must umount /mnt/g
else
	idmap EINVAL --idmap
fi
must umount_fmapd $mnt
actor_end a b
ok "idmapped mounts"
