# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program in a container with little memory sees errors as files are evicted, or
# memory is lost.
# needs: memory groups
# A process in a control group with little memory: while it uses many files, others of these
# are evicted by whatever it does at the moment, its opens and faults included, and it sees
# nothing of that; a map that has no room there at all leaves nothing half done.
. /lab/tests/lib.sh

dev=$(dax_any)
files=250
mnt=/mnt/f
root=/sys/fs/cgroup
cg=$root/famfs
trace=/sys/kernel/tracing
event=$trace/events/kprobes/famfs_evict
cgroup_mounted
must eval "echo +memory >$root/cgroup.subtree_control"
put_back() {
	[ -e $event ] || return
	echo 0 >$event/enable
	echo '!stacktrace' >$event/trigger
	echo >$trace/kprobe_events
	echo >$trace/trace
	echo 1 >$trace/tracing_on
}
trap put_back EXIT

# limited KIB HOW COMMAND...: run squeeze in a group of its own, with so much room beyond what
# it has when it is warm. HOW is its oom_score_adj. In REPLY what it says then, in STATUS how
# it ends.
limited() {
	local room=$1 how=$2 pid; shift 2
	must mkdir $cg
	rm -f /tmp/squeeze.{to,from}
	mkfifo /tmp/squeeze.{to,from}
	(
		echo "$how" >/proc/$BASHPID/oom_score_adj
		echo $BASHPID >$cg/cgroup.procs
		exec squeeze "$@"
	) </tmp/squeeze.to >/tmp/squeeze.from &
	pid=$!
	exec 8>/tmp/squeeze.to 9</tmp/squeeze.from
	read -r -t 20 -u 9 REPLY
	same "squeeze $1" "$REPLY" warm
	must eval "echo $(($(<$cg/memory.current) + (room << 10))) >$cg/memory.max"
	echo >&8
	read -r -t $((100 * ${LAB_SLOW:-1})) -u 9 REPLY
	wait $pid
	STATUS=$?
	exec 8>&- 9<&-
	OOM_KILLS=$(awk '$1 == "oom_kill" { print $2 }' $cg/memory.events)
	LIMIT_HITS=$(awk '$1 == "max" { print $2 }' $cg/memory.events)
	wait_for 10 rmdir $cg || fail "the group is in use"
}

# The kernel tells at length that it has to kill.
tell_of_kills() { printf '%s\n' 'Call Trace:' 'RIP: 0033:' >"$DMESG_EXPECTED"; }

famfs_up "$dev"
must squeeze manifest $files "/dev/$dev" >/tmp/manifest
must mount_fmapd /tmp/manifest $mnt --require-fmap
must squeeze fill $files $mnt
evict

# Who evicts.
echo 0 >$trace/tracing_on
echo 4096 >$trace/buffer_size_kb
must eval "echo 'p:famfs_evict famfs_evict_inode' >$trace/kprobe_events"
must eval "echo stacktrace >$event/trigger"
echo 1 >$event/enable
echo 1 >$trace/tracing_on
# A charge that fails is tried again sixteen times, and does not wait for RCU meanwhile: where
# grace periods take long, what reclaim has evicted still counts when the last one fails, and
# the kernel kills. That is chance, and stock; inodes that cannot be evicted mean it each time.
# The less is waited for the server, which is not told of closes, the more is on its way back.
for try in 1 2 3; do
	maps=$(request_count $mnt GET_FMAP)
	limited 384 0 use $files $mnt 2
	[ "$OOM_KILLS" -gt 0 ] || break
	echo "killed for want of memory, try $try of 3"
	tell_of_kills
done
echo 0 >$trace/tracing_on
same "end" "$REPLY $STATUS" "done 0"
same "processes killed for memory" "$OOM_KILLS" 0
maps=$(($(request_count $mnt GET_FMAP) - maps))
# Not to be had from a cache: each of the six times that all files are opened.
[ $maps -ge $((5 * files)) ] || fail "$maps maps asked for"
# shellcheck disable=SC2016
who=$(awk '/<stack trace>/ { n++ } /=>/ { stack[n] = stack[n] " " $2 }
	END {
		for (i = 1; i <= n; i++) {
			if (stack[i] !~ /try_charge_memcg/) continue
			if (stack[i] ~ / famfs_do_fault /) c["fault"]++
			else if (stack[i] ~ /_fault /) c["copy"]++
			else if (stack[i] ~ / famfs_map_get /) c["map"]++
			else if (stack[i] ~ / famfs_open /) c["open"]++
			else c["other"]++
		}
		print c["fault"] + 0, c["copy"] + 0, c["map"] + 0, c["open"] + 0, c["other"] + 0
	}' $trace/trace)
read -r in_fault in_copy in_map in_open in_other <<<"$who"
figures="limit met $LIMIT_HITS times, $maps maps; evictions in faults $in_fault, for private copies $in_copy"
figures+=", while a map is learnt $in_map, in other parts of open $in_open, elsewhere $in_other"
# Which of these it is is chance.
[ $((in_fault + in_copy)) -gt 0 ] && [ $((in_map + in_open)) -gt 0 ] || fail "$figures"
must umount_fmapd $mnt
ok "$figures"

# ---- a map that has no room ----
# More than the room and what a CPU keeps at hand for a group.
n=60000
must dax_bind "$dev" device_dax
must bigmap manifest $n "/dev/$dev" >/tmp/manifest
must bigmap stamp $n "/dev/$dev" 1
must dax_bind "$dev" $FSDEV
must mount_fmapd /tmp/manifest $mnt --require-fmap
must stat $mnt/big >/dev/null
used() { awk '/^(VmallocUsed|Slab):/ { sum += $2 } END { print sum }' /proc/meminfo; }
returned() { evict; [ "$(used)" -le $((before + 2048)) ]; }
evict
before=$(used)
for _ in 1 2 3; do
	# One that may be killed for memory, and one that must not.
	for how in 0 -1000; do
		limited 128 $how open $mnt/big
		same "end of an open without room" "$REPLY $STATUS" "ENOMEM 0"
		same "processes killed for memory" "$OOM_KILLS" 0
	done
done
! memory_figures || wait_for 10 returned || fail "kernel memory: $before KiB before, $(used) KiB after"
limited 4096 0 open $mnt/big
same "end of an open with room" "$REPLY $STATUS" "ok 0"
must bigmap read $n $mnt/big 1
must umount_fmapd $mnt
must unload famfs_fuse
must eval "echo -memory >$root/cgroup.subtree_control"
must umount $root
ok "a map without room"
