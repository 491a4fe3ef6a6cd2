# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
# Pages of a file that a device of the machine has for as long as somebody likes, as network
# cards and RDMA have them: they can be had, of shared mappings and of private ones, and are
# pinned as any page is, without the mapping, too. See pinned_page for what that means.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	file /g size=4M
	stripe chunk=4K bytes=4M strips=0:16M:2M,0:32M:2M
	file /other size=2M extent=0:64M:2M
	END
mnt=/mnt/f
opens() { actor_do next open "$mnt/$1" rw; [ "$REPLY" = ok ]; }
free_again() { refs_are famfs_fuse 0; }

# Those that this kernel has. Before 6.5 io_uring takes no file's, whatever file system it is of.
ways=
must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start a
act a ok open $mnt/f rw
act a ok map 0 8M pmd
for way in umem ring; do
	actor_do a $way 0 64K
	case $way:$REPLY in
	*:ok) ways="$ways $way" ;;
	umem:EAFNOSUPPORT) echo "this kernel has no AF_XDP" ;;
	ring:EOPNOTSUPP) [[ $(uname -r) == 6.1.* ]] || fail "io_uring takes no pages" ;;
	*) fail "$way: $REPLY" ;;
	esac
	act a ok unpin
done
actor_end a
[ -n "$ways" ] || { must umount_fmapd $mnt; skip "this kernel pins nothing that we know"; }

for way in $ways; do
	for size in pmd pte; do
		for file in f g; do
			actor_start a b
			act a ok open $mnt/$file rw
			act a ok map 0 4M $size
			act a ok set 0 4M 1
			act a ok $way 1M 1M
			act a ok set 0 4M 2
			act a ok fsync
			act a ok set 0 4M 3
			act b ok open $mnt/$file rw
			act b ok map 0 4M pmd
			act b ok is 0 4M 3
			act b ok set 1M 1M 4
			act b ok pread 1M 1M 4
			act a ok is 1M 1M 4
			actor_end b

			# Without file and mapping: the range is nobody else's until it is given back.
			act a ok unmap
			act a ok close
			evict & ends_within 20 $! "eviction"
			actor_start next
			act next EBUSY open $mnt/$file rw
			act next ok open $mnt/other rw
			act next ok close
			act a ok unpin
			wait_for 20 opens $file || fail "$file stays refused"
			act next ok pread 1M 1M 4
			actor_end next a
		done
		ok "$way, $size"
	done

	# A private copy is the process's own memory; what it has not written to is copied first.
	actor_start a b
	act a ok open $mnt/f rw
	act a ok pwrite 0 8M 5
	act a ok map 0 4M private
	act a ok is 0 4M 5
	act a ok $way 0 64K
	act a ok set 0 64K 6
	act b ok open $mnt/f rw
	act b ok pread 0 4M 5
	act a ok unpin
	actor_end a b
	ok "$way, private"

	# Nobody waits for it who unmounts; who takes the device away does.
	actor_start a
	act a ok open $mnt/f rw
	act a ok map 0 8M pmd
	act a ok $way 2M 64K
	act a ok unmap
	act a ok close
	umount $mnt & ends_within 10 $! "umount"
	wait $! || fail "umount failed"
	wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
	echo "$dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
	sleep 1
	must running $pid
	act a ok unpin
	ends_within 20 $pid "unbinding"
	actor_end a
	wait_for 20 free_again || fail "use count $(module_refs famfs_fuse)"
	must dax_bind "$dev" device_dax
	must dax_bind "$dev" $FSDEV
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	ok "$way, taken away"
done
must umount_fmapd $mnt
