# SPDX-License-Identifier: GPL-2.0-only
# If this fails: servers that use FUSE over io_uring and never heard of famfs break as famfs_fuse is
# loaded.
# boot: second
# cmdline: fuse.enable_uring=1
# timeout: 300
# A kernel that gives the protocol's flag another meaning (buffer pools of FUSE over io_uring):
# who echoes all flags is an ordinary server, and famfs servers work, over io_uring as well.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/rawfuse.sh

[ -e /sys/module/fuse/parameters/enable_uring ] || skip "this kernel has no FUSE over io_uring"
same "fuse.enable_uring" "$(cat /sys/module/fuse/parameters/enable_uring)" Y
raw_setup "$(dax_dev_dynamic)"
policy() { echo "$1" >/sys/module/famfs_fuse/parameters/offer; }
over_ring() {	# OPERATION: some came over the ring
	[ "${RAW[ring-$1]}" -gt 0 ] || fail "no $1 over the ring: $(xargs <<<"$RAW_TEXT")"
}

raw_probe reply=flags=echo ring
[ "${RAW[offered]}" = yes ] || skip "this kernel gives the protocol's flag no other meaning"
raw_is_ordinary
over_ring READ
raw_probe reply=flags=echo ring badring
raw_is ring EINVAL
raw_is_ordinary
ok "stock kernel"

famfs_up "$RAW_DEV"
for offer in all auto none; do
	policy $offer
	raw_probe reply=flags=echo ring
	raw_is_ordinary
	over_ring READ
	raw_probe reply=flags=echo ring badring
	raw_is ring EINVAL
	raw_is_ordinary
	raw_is ring-READ 0
done
raw_probe $RAW_NAMED reply=flags=echo ring
raw_is_ordinary
raw_probe $RAW_NAMED reply=flags=ext+fmap
raw_is_ordinary
policy auto
raw_probe reply=flags=ext+fmap
raw_is_ordinary
raw_nothing_left
ok "ordinary servers"

policy all
raw_probe reply=flags=ext+fmap
raw_is_famfs
policy auto
for reply in flags=echo flags=ext+fmap+uring; do
	raw_probe $RAW_NAMED reply=$reply ring
	raw_is_famfs
	raw_is ring-GET_FMAP 1
	raw_is ring-GET_DAXDEV 1
	raw_probe $RAW_NAMED reply=$reply ring badring
	raw_is ring EINVAL
	raw_is_famfs
	raw_is ring-GET_FMAP 0
done
raw_probe $RAW_NAMED reply=flags=ext+fmap
raw_is_famfs
raw_probe $RAW_NAMED reply=flags=ext+uring ring
raw_is_ordinary
over_ring READ
raw_probe $RAW_NAMED reply=flags=echo ring sync
raw_is_famfs
raw_is ring-GET_FMAP 1
raw_nothing_left
ok "famfs servers"

# A server that goes on, with users at both CPUs, until it dies.
actor_start one two
start_raw $RAW_NAMED reply=flags=ext+fmap+uring ring
raw_wait reply:
act one ok open $RAW_MNT/f rw
act two ok open $RAW_MNT/f rw
act one ok pread 0 2M 68
act one ok pwrite 4K 8K 7
act two ok map 0 2M pmd
act two ok is 4K 8K 7
act two ok is 12K 1M 68
act two ok set 4K 8K 68
act one ok pread 0 2M 68
act one ENOENT stat $RAW_MNT/none
for op in GET_FMAP GET_DAXDEV; do
	same "$op requests" "$(request_count $RAW_MNT $op)" 1
	same "$op requests over the ring" "$(request_count $RAW_MNT ring-$op)" 1
done
same "OPEN requests over the ring" "$(request_count $RAW_MNT ring-OPEN)" 2
for op in READ WRITE; do same "$op requests" "$(request_count $RAW_MNT $op)" 0; done
must kill_fmapd $RAW_MNT
act one ok pread 0 64K 68
act two ok is 0 64K 68
act one ENOTCONN stat $RAW_MNT/none
actor_end one two
must umount $RAW_MNT
raw_nothing_left
ok "a server's life over io_uring"
