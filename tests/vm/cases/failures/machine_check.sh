# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a flush touches memory that has failed, and a real machine dies of it.
# needs: memory failure
# boot: second
# machine checks
# A real machine check, after which the kernel has taken the page out of its own mapping of
# memory, too. What was stored around it is flushed, and the page is not touched by that
# (an emulated processor would not mind, a real one dies of it); the file can be evicted and
# the mount end; writing the page whole brings it back.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

[ -d /sys/devices/system/machinecheck ] || skip "no machine checks in this kernel"
grep -q '^vendor_id.*GenuineIntel' /proc/cpuinfo || skip "machine checks of another kind"
dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=4M extent=0:2M:4M
	END
mnt=/mnt/f
start=$(<"$DAX/devices/$dev/resource")
bad() { cat "$DAX/devices/$dev/badpages"; }
# memory_fails OFFSET: of the device, in bytes.
memory_fails() {
	printf '@mce 0x%x\n' $((start + $1)) >/dev/ttyS1
	wait_for 20 is_bad "$1" || fail "no bad page: $(bad)"
}
is_bad() { [ "$(bad)" = "$1 4096" ]; }

trace=/sys/kernel/tracing
event=$trace/events/kprobes/famfs_flush
put_back() {
	[ -e $event ] || return
	echo 0 >$event/enable
	echo >$trace/kprobe_events
	echo >$trace/trace
}
trap put_back EXIT
must eval "echo 'p:famfs_flush arch_wb_cache_pmem addr=%di size=%si' >$trace/kprobe_events"
# flushed_by COMMAND...: "ADDRESS LENGTH" of each piece of memory that it has flushed.
flushed_by() {
	echo >$trace/trace
	echo 1 >$event/enable
	"$@"
	echo 0 >$event/enable
	sed -n 's/.* addr=\(0x[0-9a-f]*\) size=\(0x[0-9a-f]*\)$/\1 \2/p' $trace/trace >/tmp/flushed
}
# flushed OFFSET: has a piece this byte of the file in it? The lowest one begins with the file.
flushed() {
	local addr size first
	first=$(sort /tmp/flushed | head -n 1)
	while read -r addr size; do
		((${first% *} + $1 - addr >= 0 && ${first% *} + $1 - addr < size)) && return
	done </tmp/flushed
	return 1
}

must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start a b
act a ok open $mnt/f rw
act a ok map 0 4M pmd
act a ok set 0 4M 7
memory_fails $((3 << 20))
# The large entry is dirty, and its page is not there any more.
flushed_by act a ok fsync
for n in 0 1020 1028 2044 2048 4092; do must flushed $((n << 10)); done
must_not flushed $((1024 << 10))
sync -f $mnt & ends_within 30 $! "sync"
act a 7 get 1020K
act a "SIGBUS AR*" get 1M
act a ok is 1028K 1020K 7
act a ok is 2M 2M 7
act a ok set 0 4K 9
act a ok set 1536K 4K 9
act a ok fsync
ok "fsync and sync around the bad page"

# Stored by small pages now, some dirty, and then the file is given up.
act a ok set 8K 4K 10
act a ok unmap
act a ok close
evict
act b ok open $mnt/f rw
act b ok pread 0 4K 9
act b ok pread 8K 4K 10
act b EIO pread 1M 4K 7
act b ok pread 1028K 4K 7
ok "eviction"

# Written whole, it is good again.
act b ok pwrite 1M 4K 11
same "bad pages" "$(bad)" ""
act b ok pread 1M 4K 11
act b ok map 0 4M pmd
act b ok is 1M 4K 11
act b ok set 0 2M 12
act b ok fsync
memory_fails $((5 << 20))
actor_end a b
must umount_fmapd $mnt
ok "umount"
