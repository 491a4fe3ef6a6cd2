# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# run-guest.sh NAME...: run tests in the guest, one after the other.
#
# Speaks to tests/vm/run on the host in lines:
#	@begin NAME
#	@ok NAME SECONDS | @fail NAME SECONDS REASON | @skip NAME SECONDS REASON
#	@end
# What a failing test printed comes between, each line led by "| ", and what any test
# wrote to its file descriptor 3.
# @dead says that nothing more can be run in this boot.

. /lab/tests/lib.sh
cd /root || exit 1

# A test's limit in seconds: a line "# timeout: N" in its file, else 300; times LAB_SLOW.
# TEST_LIMIT, a kernel parameter, overrides it.
limit_of() {
	local n=${TEST_LIMIT:-}
	[ -z "$n" ] || { echo "$n"; return; }
	n=$(sed -n 's/^# timeout: *\([0-9]*\).*/\1/p' "$1" | head -n 1)
	echo $((${n:-300} * ${LAB_SLOW:-1}))
}

# Wait for a process group's leader, not longer than $2 seconds; a task that
# cannot be killed must not take the runner with it.
await() {
	local end=$((SECONDS + $2))
	while running "$1"; do
		[ $SECONDS -lt $end ] || return 1
		nap 0.2
	done
}

# Mounts a test left: everything below /mnt or /tmp, and anything FUSE.
left_mounts() { awk '$2 ~ "^/(mnt|tmp)/." || $3 ~ "^fuse" && $3 != "fusectl" { print $2 }' /proc/mounts | tac; }

# Processes a test left: all that have a command line, beside init (lab/init), this runner
# and what works for it at this moment.
left_processes() {
	local p pid cmd stat
	for p in /proc/[0-9]*; do
		pid=${p#/proc/} cmd=() stat=
		case $pid in "$PPID"|"$$"|"$BASHPID") continue ;; esac
		mapfile -d '' -t cmd <"$p/cmdline"
		# With systemd, what is not of this service is the system's.
		[ ! -d /run/systemd/system ] || cmp -s /proc/self/cgroup "$p/cgroup" || continue
		[ ${#cmd[@]} -gt 0 ] && read -r stat <"$p/stat" || continue
		# The name is in brackets, then come state and parent.
		read -r _ stat _ <<<"${stat##*) }"
		[ "$stat" = "$BASHPID" ] || echo "$pid ${cmd[*]}"
	done 2>/dev/null
}

# unfit FILE: what this machine lacks for the test, if anything.
unfit() {
	if ! wants_dynamic && grep -q 'dax_dev_dynamic\|dax_split' "$1"; then
		echo "this machine has no dynamic dax device"
	elif grep -q '^# init: systemd' "$1" && [ ! -d /run/systemd/system ]; then
		echo "this machine has no systemd"
	elif grep -q '^# needs: memory failure' "$1" && [ ! -e /proc/sys/vm/memory_failure_recovery ]; then
		echo "this kernel knows no memory failure (CONFIG_MEMORY_FAILURE)"
	elif grep -q '^# needs: memory groups' "$1" && ! memory_groups; then
		echo "this kernel limits no memory (CONFIG_MEMCG)"
	elif [ "$(getconf PAGESIZE)" != 4096 ] && ! grep -q '^# pages: any' "$1"; then
		echo "written for pages of 4 KiB, and this kernel's are of $(($(getconf PAGESIZE) >> 10))"
	fi
}

memory_groups() { cgroup_mounted; grep -qw memory /sys/fs/cgroup/cgroup.controllers; }

run_one() {
	local name=$1 file=/lab/tests/cases/$1.sh log=/tmp/log-$1 start=$SECONDS status reason='' pid left m
	[ "$name" != leaks ] || file=/lab/tests/leaks.sh
	echo "@begin $name"
	reason=$(unfit "$file")
	[ -z "$reason" ] || { echo "@skip $name 0 $reason"; return; }
	rm -f "$DMESG_EXPECTED" "$DMESG_STACK_EXPECTED"
	# Looking through all that was said since boot takes a second; the host has it anyway.
	dmesg -C
	dmesg_mark "$name"
	setsid bash "$file" 3>&1 >"$log" 2>&1 </dev/null &
	pid=$!
	if await $pid "$(limit_of "$file")"; then
		wait $pid
		status=$?
	else
		reason="no end after $(limit_of "$file") s"
		status=124
		{
			echo "---- timed out; where its tasks are:"
			for m in /proc/[0-9]*; do
				[ "$(awk '{print $6}' "$m/stat" 2>/dev/null)" = $pid ] || continue
				echo "$(tr '\0' ' ' <"$m/cmdline" 2>/dev/null) ($(awk '/^State/ {print $2}' "$m/status")):"
				cat "$m"/task/*/stack 2>/dev/null
			done
		} >>"$log"
		# Bash tells of the killing wherever it happens to notice.
		{
			kill -KILL -- -$pid
			if await $pid 10; then
				wait $pid
			else
				reason="$reason, and cannot be killed"
				dirty=1
			fi
		} 2>/dev/null
	fi
	case $status in
	0) ;;
	77) reason=$(sed -n 's/^SKIP: //p' "$log" | tail -n 1) ;;
	124) ;;
	*) reason=$(sed -n 's/^FAILED at //p' "$log" | tail -n 1); reason=${reason:-status $status} ;;
	esac

	# Units would start again what is taken away here; a test that ended well has stopped them.
	[ ! -d /run/systemd/system ] || [ "$status" = 0 ] || timeout 60 systemctl stop user.service 'fmapd@*' 'famfs-mode@*' >>"$log" 2>&1
	# What it left behind is a failure of its own, and is cleared for the next one.
	left=$(left_processes)
	if [ -n "$left" ]; then
		# Give what is just ending a moment.
		nap 1
		left=$(left_processes)
	fi
	m=$(left_mounts)
	if [ -n "$left$m" ]; then
		printf 'left behind: %s %s\n' "$m" "$left" >>"$log"
		case $status in 0|77) status=1; reason="left behind: $(xargs <<<"$m $left")" ;; esac
		echo "$left" | while read -r p _; do [ -z "$p" ] || kill -KILL "$p" 2>/dev/null; done
		for p in $m; do umount "$p" 2>/dev/null || umount -l "$p"; done
		nap 0.5
	fi
	if ! famfs_down >>"$log" 2>&1; then
		case $status in 0|77) status=1; reason="state not restored: $(tail -n 1 "$log")" ;; esac
		dirty=1
	fi
	if ! dmesg_check "$name" >>"$log" 2>&1; then
		case $status in 0|77) status=1; reason="the kernel complained" ;; esac
	fi

	case $status in
	0) echo "@ok $name $((SECONDS - start))" ;;
	77) echo "@skip $name $((SECONDS - start)) $reason" ;;
	*)
		tail -n 150 "$log" | sed 's/^/| /'
		echo "@fail $name $((SECONDS - start)) $reason" ;;
	esac
	rm -f "$log"
	# Lockdep looks no further after its first report.
	! grep -qE 'debug_locks: +0$' /proc/lockdep_stats 2>/dev/null || dirty=1
	[ -z "$dirty" ] || { echo "@dead"; exit 0; }
}

# A look at the log that sees nothing would let everything pass.
log_is_judged() {
	rm -f "$DMESG_EXPECTED" "$DMESG_STACK_EXPECTED"
	dmesg -C
	dmesg_mark complaint
	echo "WARNING: lab: is this seen?" >/dev/kmsg
	! dmesg_check complaint >/dev/null || return 1
	dmesg_mark later
	dmesg_check later >/dev/null
}
if ! log_is_judged; then
	for t; do printf '@begin %s\n@fail %s 0 %s\n' "$t" "$t" "the kernel's log cannot be judged"; done
	echo "@end"
	exit 1
fi

leaks_known
# A test that does without dax devices has a line "# needs: block".
dirty=
for t; do
	if dax_missing && ! grep -q '^# needs: block' "/lab/tests/cases/$t.sh"; then
		echo "@begin $t"
		echo "@skip $t 0 this kernel has no dax devices (CONFIG_DEV_DAX)"
		continue
	fi
	run_one "$t"
done
echo "@end"
