# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What must hold of pages of a file that a device of the machine has for as long as somebody
# likes, whatever it is: WAY is a verb of actor.c. Sourced after lib.sh and actor.sh.

pins_mnt=/mnt/f

# pins_up DEV: f is of one extent, g of strips of 4 KiB; twin is f's memory once more.
pins_up() {
	pins_dev=$1
	famfs_up "$1"
	cat >/tmp/manifest <<-END
		allow-overlap
		device 0 /dev/$1
		file /f size=8M extent=0:2M:8M
		file /g size=4M
		stripe chunk=4K bytes=4M strips=0:16M:2M,0:32M:2M
		file /other size=2M extent=0:64M:2M
		file /twin size=8M extent=0:2M:8M
		END
	must mount_fmapd /tmp/manifest $pins_mnt --require-fmap
}
pins_opens() { actor_do next open "$pins_mnt/$1" rw; [ "$REPLY" = ok ]; }
pins_free_again() { refs_are famfs_fuse 0; }

# pins_try WAY...: those that this kernel has, in `pins_ways`.
pins_try() {
	local way
	pins_ways=
	actor_start a
	act a ok open $pins_mnt/f rw
	act a ok map 0 8M pmd
	for way; do
		actor_do a "$way" 0 64K
		case $way:$REPLY in
		*:ok) pins_ways="$pins_ways $way" ;;
		umem:EAFNOSUPPORT) echo "this kernel has no AF_XDP" ;;
		# Before 6.5 io_uring takes no file's pages, whatever file system it is of.
		ring:EOPNOTSUPP) [[ $(uname -r) == 6.1.* ]] || fail "io_uring takes no pages" ;;
		*) fail "$way: $REPLY" ;;
		esac
		act a ok unpin
	done
	actor_end a
}
# pins_moves WAY: does what has the pages write to them, when told?
pins_moves() { [[ $1 == @(rdma|dma) ]]; }

# pins_shared WAY pmd|pte f|g: of a shared mapping.
pins_shared() {
	local way=$1 size=$2 file=$3
	actor_start a b
	act a ok open $pins_mnt/$file rw
	act a ok map 0 4M $size
	act a ok set 0 4M 1
	act a ok $way 1M 1M
	act a ok set 0 4M 2
	act a ok fsync
	act a ok set 0 4M 3
	act b ok open $pins_mnt/$file rw
	act b ok map 0 4M pmd
	act b ok is 0 4M 3
	act b ok set 1M 1M 4
	act b ok pread 1M 1M 4
	act a ok is 1M 1M 4
	if pins_moves $way; then
		act b ok pwrite 1026K 9K 5
		act a ok move 1026K 1500K 9K
		act b ok is 1500K 9K 5
		act b ok pread 1500K 9K 5
		act b ok is 1509K 11K 4
	fi
	actor_end b

	# Without file and mapping: the range is nobody else's until it is given back.
	act a ok unmap
	act a ok close
	evict & ends_within 20 $! "eviction"
	actor_start next
	act next EBUSY open $pins_mnt/$file rw
	[ $file != f ] || act next EBUSY open $pins_mnt/twin rw
	act next ok open $pins_mnt/other rw
	act next ok close
	! pins_moves $way || act a ok move 1026K 1700K 9K
	act a ok unpin
	wait_for 20 pins_opens $file || fail "$file stays refused"
	act next ok pread 0 1M 3
	act next ok pread 1536K 64K 4
	if pins_moves $way; then
		act next ok pread 1500K 9K 5
		act next ok pread 1700K 9K 5
	fi
	act next ok pread 1709K 339K 4
	actor_end next a
	ok "$way, $size, $file"
}

# pins_private WAY: a private copy is the process's own memory; what it has not written to is
# copied first.
pins_private() {
	local way=$1
	actor_start a b
	act a ok open $pins_mnt/f rw
	act a ok pwrite 0 8M 5
	act a ok map 0 4M private
	act a ok is 0 4M 5
	act a ok $way 0 64K
	act a ok set 0 64K 6
	if pins_moves $way; then
		act a ok set 0 4K 7
		act a ok move 0 32K 4K
		act a ok is 32K 4K 7
	fi
	act b ok open $pins_mnt/f rw
	act b ok pread 0 4M 5
	act a ok unpin
	actor_end a b
	ok "$way, private"
}

# pins_read_only WAY: of a mapping that cannot be written to, for what only reads.
pins_read_only() {
	local way=$1 how
	for how in pmd read; do
		# Before 6.2 an RDMA card has only what its owner might write.
		if [ $way:$how = rdma:read ] && ! kernel_at_least 6.2; then continue; fi
		actor_start a b
		act b ok open $pins_mnt/f rw
		act b ok pwrite 0 8M 8
		act a ok open $pins_mnt/f "$([ $how = read ] && echo r || echo rw)"
		act a ok map 0 4M $how
		act a ok $way 1M 1M r
		# A PCI device is told nothing of it.
		[ $way != rdma ] || act a EREMOTEIO move 1M 1100K 4K
		act b ok pread 0 8M 8
		actor_end b
		act a ok unmap
		act a ok close
		evict & ends_within 20 $! "eviction"
		actor_start next
		act next EBUSY open $pins_mnt/f rw
		act a ok unpin
		wait_for 20 pins_opens f || fail "f stays refused"
		act next ok pread 0 8M 8
		actor_end next a
		ok "$way, only read, $how"
	done
}

# pins_taken_away WAY: nobody waits for it who unmounts; who takes the device away does.
pins_taken_away() {
	local way=$1 pid
	actor_start a
	act a ok open $pins_mnt/f rw
	act a ok map 0 8M pmd
	act a ok $way 2M 64K
	act a ok unmap
	act a ok close
	umount $pins_mnt & ends_within 10 $! "umount"
	wait $! || fail "umount failed"
	wait_for 10 gone "$FMAPD_PID" || fail "fmapd stays"
	echo "$pins_dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
	sleep 1
	must running $pid
	act a ok unpin
	ends_within 20 $pid "unbinding"
	actor_end a
	wait_for 20 pins_free_again || fail "use count $(module_refs famfs_fuse)"
	pins_bound_anew
	ok "$way, taken away"

	# With file and mapping, too, and by a process that is killed.
	actor_start a
	act a ok open $pins_mnt/f rw
	act a ok map 0 8M pmd
	act a ok $way 2M 64K
	echo "$pins_dev" >$DAX/drivers/$FSDEV/unbind & pid=$!
	sleep 1
	must running $pid
	act a SIGBUS get 2M
	! pins_moves $way || act a ok move 2M 2080K 4K
	actor_kill a
	ends_within 20 $pid "unbinding"
	must umount_fmapd $pins_mnt
	wait_for 20 pins_free_again || fail "use count $(module_refs famfs_fuse)"
	pins_bound_anew
	ok "$way, taken away in use"
}
pins_bound_anew() {
	must dax_bind "$pins_dev" device_dax
	must dax_bind "$pins_dev" $FSDEV
	must mount_fmapd /tmp/manifest $pins_mnt --require-fmap
}

# pins_all WAY
pins_all() {
	local size file
	for size in pmd pte; do
		for file in f g; do
			pins_shared "$1" $size $file
		done
	done
	pins_private "$1"
	pins_taken_away "$1"
}
