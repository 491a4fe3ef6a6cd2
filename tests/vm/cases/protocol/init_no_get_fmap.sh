# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a server without maps serves no file at all, or a single error makes its mount an
# ordinary one for good.
# A server that agrees, and then does not know GET_FMAP: from then on the mount is an ordinary
# one. Any other errno fails the open, and the next one asks again.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/rawfuse.sh

raw_setup "$(dax_dev_dynamic)"
famfs_up "$RAW_DEV"
asked() { same "$1 requests" "$(request_count $RAW_MNT "$1")" "$2"; }

for errno in 38 95; do		# ENOSYS, EOPNOTSUPP
	actor_start one two three
	start_raw $RAW_NAMED map-error=$errno
	raw_wait reply:
	for name in one two; do actor_tell $name open $RAW_MNT/f rw; done
	for name in one two; do hear $name ok; done
	act one ok pread 0 2M 83
	act two ok map 0 2M pmd
	act two ok is 0 2M 83
	act one ok pwrite 4K 8K 7
	act one ok fsync
	act two ok is 4K 8K 7
	act three ok open $RAW_MNT/f r
	act three ok pread 4K 8K 7
	act three ok pread 12K 64K 83
	asked GET_FMAP 1
	asked GET_DAXDEV 0
	[ "$(request_count $RAW_MNT READ)" -gt 0 ] || fail "no READ"
	[ "$(request_count $RAW_MNT WRITE)" -gt 0 ] || fail "no WRITE"
	actor_end one two three
	must umount_fmapd $RAW_MNT
	raw_nothing_left
	ok "answer $errno"
done

start_raw $RAW_NAMED map-error=5
raw_wait reply:
actor_start one
act one EIO open $RAW_MNT/f rw
act one EIO open $RAW_MNT/f r
asked GET_FMAP 2
asked READ 0
actor_end one
must umount_fmapd $RAW_MNT
raw_nothing_left
