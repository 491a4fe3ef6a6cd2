# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program that is there before INIT is answered hangs, or has its data go to the
# server and not to memory.
# timeout: 300
# INIT held back while lookups in the root wait, and then answered in different ways.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/rawfuse.sh

raw_setup "$(dax_dev_dynamic)"
famfs_up "$RAW_DEV"
all="one two three"
held() {	# REPLY-WORD...
	actor_start $all
	start_raw $RAW_NAMED hold "$@"
	raw_wait offered:
	actor_tell one open $RAW_MNT/f rw
	actor_tell two open $RAW_MNT/f rw
	actor_tell three stat $RAW_MNT/f
	sleep 0.2
	for name in $all; do
		actor_hear $name 0.1
		same "answer of $name before INIT was answered" "$REPLY" silence
	done
	raw_answer
}
asked() { same "$1 requests" "$(request_count $RAW_MNT "$1")" "$2"; }

held reply=flags=ext+fmap
hear one ok
hear two ok
hear three $((2 << 20))
act one ok pread 0 2M 68
act two ok map 0 2M pmd
act two ok is 0 2M 68
act three ok open $RAW_MNT/f r
act three ok pread 4K 4K 68
asked GET_FMAP 1
asked READ 0
must_not refs_are famfs_fuse 0
actor_end $all
must umount_fmapd $RAW_MNT
ok "agreed late"

# Short, too: that is no agreement.
for reply in flags=ext len=24; do
	held reply=$reply
	hear one ok
	hear two ok
	hear three $((2 << 20))
	wait_for 5 refs_are famfs_fuse 0 || fail "an ordinary mount holds the module"
	[ $reply = len=24 ] || must rmmod famfs_fuse
	act one ok pread 0 64K 83
	act two ok map 0 2M pmd
	act two ok is 0 64K 83
	act three ok open $RAW_MNT/f r
	act three ok pread 0 4K 83
	asked GET_FMAP 0
	[ $reply = len=24 ] || must modprobe famfs_fuse
	actor_end $all
	must umount_fmapd $RAW_MNT
	ok "late, and not agreed: $reply"
done

for reply in error=71 major=6; do
	held reply=$reply
	hear one ECONNREFUSED
	hear two ECONNREFUSED
	# Kernels from 7.x on send the server what waited.
	hear three "@(ECONNREFUSED|$((2 << 20)))"
	act one ECONNREFUSED open $RAW_MNT/f rw
	wait_for 5 refs_are famfs_fuse 0 || fail "a mount that failed holds the module"
	actor_end $all
	must umount_fmapd $RAW_MNT
	ok "late, and wrong: $reply"
done
raw_nothing_left
