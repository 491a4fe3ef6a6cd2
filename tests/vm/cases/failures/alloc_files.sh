# SPDX-License-Identifier: GPL-2.0-only
# If this fails: where memory is short, an operation on a file is half done: bytes or memory are
# lost, or the host oopses.
# kernels: debug
# timeout: 900
# Each allocation of ours fails once: while mounting, at a first open, at later ones, in
# reads, writes and faults, when a page fails and is mended, in eviction and umount, and
# when the device is taken away. What was asked for is refused for want of memory or done,
# nothing is half done, and the next try works.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/failnth.sh

sta=$(dax_dev_static)
must dax_split 1 32
small=$(dax_parts)
cat >/tmp/manifest <<-END
	device 0 /dev/$small
	device 7 /dev/$sta
	allow-overlap
	file /f size=10M extent=0:0:2M extent=7:2M:4M extent=0:8M:4M
	file /over size=4M extent=0:8M:2M extent=7:4M:2M
	file /wide size=8M
	  stripe chunk=2M bytes=8M strips=0:16M:4M,7:16M:4M
	END
mnt=/mnt/f
famfs_up "$small" "$sta"
faults_in_modules
# The kernel says so when it tries a page fault again that found no memory.
echo 'Huh VM_FAULT_OOM leaked out' >>$DMESG_EXPECTED

umount_all() {
	must umount_fmapd $mnt
	wait_for 5 refs_are famfs_fuse 0 || fail "$1, allocation $n: use count of famfs_fuse $(module_refs famfs_fuse)"
	same "$1, allocation $n: use count of fsdev_dax" "$(module_refs fsdev_dax)" 1
}
whole() {	# WHAT SEED: both files, by both ways
	daxio -r check $mnt/f 0 10M "$2" && daxio check $mnt/f 0 10M "$2" &&
		daxio -r check $mnt/wide 0 8M "$2" || fail "$1, allocation $n: the data"
}

must mount_fmapd /tmp/manifest $mnt --require-fmap
must daxio -r fill $mnt/f 0 10M 1
must daxio -r fill $mnt/wide 0 8M 1
umount_all setup

# ---- mounting --------------------------------------------------------------
# One thread mounts, sees INIT answered and registers the devices.
mounting() {	# OPTION...
	local pid told status
	FMAPD_UNDER="failnth $n -" start_fmapd /tmp/manifest $mnt --require-fmap --single-thread "$@"
	pid=$FMAPD_PID
	if ! wait_for 4 fmapd_settled $mnt "$pid"; then
		# As any FUSE mount whose INIT could not be sent: there, and of no use.
		told=$(cat $mnt/f 2>&1)
		case $told in *"Connection refused"*) ;; *) fail "mounting, allocation $n: $told" ;; esac
		nth_told "$pid"
		umount_all mounting
		return
	fi
	if running "$pid"; then
		# Not before INIT is through, which an answer to this comes after.
		told=$(daxio -r check $mnt/f 0 10M 1 2>&1)
		nomem_or_ok "using it" $? "$told"
		nth_told "$pid"
		whole mounting 1
		umount_all mounting
		return
	fi
	nth_counts hit		# or it would run
	wait "$pid"
	status=$? told=$(xargs <"$(fmapd_log $mnt)")
	# What later kernels say when INIT could not be sent.
	case $told in
	*"Transport endpoint is not connected"*) same "status of fmapd" $status 1 ;;
	*) nomem_or_ok mounting $status "$told" ;;
	esac
	must_not mountpoint -q $mnt
	wait_for 5 refs_are famfs_fuse 0 || fail "mounting, allocation $n: use count $(module_refs famfs_fuse)"
}
each_allocation mounting mounting
each_allocation "mounting with devices" mounting --devices-by-fd

# ---- the first open ----------------------------------------------------------
first_open() {
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	nth daxio -r check $mnt/f 0 10M 1
	whole "the first open" 1
	umount_all "the first open"
}
each_allocation "the first open" first_open

# ---- the same file again: open, read, write, fault -----------------------------
must mount_fmapd /tmp/manifest $mnt --require-fmap
whole "using" 1
using() {	# SEED OPTION...
	local seed=$1; shift
	if nth daxio "$@" fill $mnt/f 0 10M "$seed"; then
		must daxio -r check $mnt/f 0 10M "$seed"
	else
		must daxio "$@" fill $mnt/f 0 10M "$seed"
	fi
	nth daxio "$@" check $mnt/f 0 10M "$seed"
}
# By reads and writes there may be none of ours: FUSE's own open has some.
each_allocation "reading and writing" using 2 -r
each_allocation "mapped with large pages" using 3
each_allocation "mapped with small pages" using 4 -a 4096 -b 64K
each_allocation "mapped in step" using 5 -s
private() {
	nth daxio -p check $mnt/f 0 10M 5
	nth cat /sys/kernel/debug/famfs_fuse/maps >/dev/null
}
each_allocation "mapped privately" private

# ---- a page fails, and is mended ---------------------------------------------
bad=$DAX/devices/$small/badpages
actor_start a
act a ok open $mnt/f rw
act a ok map 0 2M pmd
act a ok set 0 2M 9
poison() {
	nth_of "${ACTOR_PID[a]}"
	act a '*' poison 64K
	nth_told "${ACTOR_PID[a]}"
	case $REPLY in "SIGBUS AR page 16 "*|ENOMEM|ok) ;; *) fail "poison, allocation $n: $REPLY" ;; esac
	# What was refused leaves nothing; once more is right either way.
	if [ "$REPLY" = ENOMEM ]; then same "bad pages" "$(<"$bad")" ""; fi
	if [ "$(<"$bad")" = "" ]; then act a "SIGBUS AR page 16 *" poison 64K; fi
	same "bad pages" "$(<"$bad")" "65536 4096"
	act a "SIGBUS AR page 16 lsb 12" get 64K
	act a ok is 68K 64K 9
	nth_of "${ACTOR_PID[a]}"
	act a '*' pwrite 64K 4K 9
	case $REPLY in ok|EIO|ENOMEM) ;; *) fail "mending, allocation $n: $REPLY" ;; esac
	nth_told "${ACTOR_PID[a]}"
	act a ok pwrite 64K 4K 9
	same "bad pages" "$(<"$bad")" ""
	act a ok is 0 2M 9
}
each_allocation "a failing page" poison
act a ok unmap
act a ok close

# ---- eviction ------------------------------------------------------------------
# What is left of a file after eviction must not be in the way of one that takes its place.
evicted=
evict_and_replace() {
	must daxio check $mnt/f 8M 1M 5
	# A file that was just closed is busy until the server has answered RELEASE.
	nap "${LAB_SLOW:-1}"
	# A name used lately goes at the second time.
	nth bash -c 'for _ in 1 2 3; do echo 2 >/proc/sys/vm/drop_caches; done'
	grep -q ' size=10485760 ' /sys/kernel/debug/famfs_fuse/maps || evicted=1
	wait_for 5 daxio -r fill $mnt/over 0 4M 6 || fail "eviction, allocation $n: the other file"
	must daxio check $mnt/over 0 4M 6
	wait_for 5 daxio -r fill $mnt/f 0 10M 5 || fail "eviction, allocation $n: the file itself"
}
# From here on there are none of ours now.
NTH_NONE=1 each_allocation eviction evict_and_replace
[ -n "$evicted" ] || fail "the file was never evicted"
actor_end a

# ---- umount ----------------------------------------------------------------------
ending() {
	whole "umount" 5
	nth umount $mnt
	must_not mountpoint -q $mnt
	wait_for 10 gone "$FMAPD_PID" || fail "umount, allocation $n: the server goes on"
	wait_for 5 refs_are famfs_fuse 0 || fail "umount, allocation $n: use count $(module_refs famfs_fuse)"
	must mount_fmapd /tmp/manifest $mnt --require-fmap
}
must daxio -r fill $mnt/wide 0 8M 5
NTH_NONE=1 each_allocation umount ending

# ---- the device is taken away in use ---------------------------------------------
taken() {
	actor_start a
	act a ok open $mnt/f rw
	act a ok map 0 10M pmd
	act a ok set 0 10M 7
	nth bash -c "echo $small >$DAX/drivers/$FSDEV/unbind"
	same "driver of $small" "$(dax_driver "$small")" ""
	act a 'SIGBUS*' get 0
	act a EIO pread 9M 4K 7
	actor_end a
	umount_all "taken away"
	must dax_bind "$small" $FSDEV
	must mount_fmapd /tmp/manifest $mnt --require-fmap
	must daxio -r fill $mnt/f 0 10M 5
	whole "taken away" 5
}
NTH_NONE=1 each_allocation "a device taken away" taken
umount_all "the end"
must rmmod famfs_fuse
