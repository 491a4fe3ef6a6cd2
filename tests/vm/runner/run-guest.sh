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
#
# On an emulated processor it takes 10 ms to fork and 20 to start a program. What is done for every test,
# here and in famfs_down, is bash's own where it can be: it was a third of all the tests' time.

. /lab/tests/lib.sh
cd /root || exit 1

# find_limit TEXT: sets limit, a test's in seconds: a line "# timeout: N" in its TEXT, else 300; times
# LAB_SLOW. TEST_LIMIT, a kernel parameter, overrides it.
find_limit() {
	limit=${TEST_LIMIT:-}
	[ -z "$limit" ] || return 0
	limit=300
	[[ ! $1 =~ $'\n# timeout: '*([0-9]+) ]] || limit=${BASH_REMATCH[1]}
	limit=$((limit * ${LAB_SLOW:-1}))
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

# find_left_mounts: sets mounts to those that a test left, the last first: everything below /mnt or
# /tmp, and anything FUSE.
find_left_mounts() {
	local at type
	mounts=()
	while read -r _ at type _; do
		[[ $at == /@(mnt|tmp)/?* || $type == fuse* && $type != fusectl ]] || continue
		mounts=("$at" "${mounts[@]}")
	done </proc/mounts
}

# find_left_processes: sets processes to what a test left, "PID COMMAND" each: all that have a command
# line, beside init (lab/init) and this runner.
find_left_processes() {
	local p pid cmd
	processes=()
	for p in /proc/[0-9]*; do
		pid=${p#/proc/} cmd=()
		[[ $pid != "$PPID" && $pid != "$$" ]] && mapfile -d '' -t cmd <"$p/cmdline" || continue
		[ ${#cmd[@]} -gt 0 ] || continue
		# With systemd, what is not of this service is the system's.
		[ ! -d /run/systemd/system ] || [ "$(</proc/self/cgroup)" = "$(<"$p/cgroup")" ] || continue
		processes+=("$pid ${cmd[*]}")
	done 2>/dev/null
}

# find_unfit TEXT: sets reason to what this machine lacks for the test of this TEXT, if anything.
page_size=$(getconf PAGESIZE)
find_unfit() {
	reason=
	if [[ $1 == *dax_@(dev_dynamic|split)* ]] && ! wants_dynamic; then
		reason="this machine has no dynamic dax device"
	elif [[ $1 == *$'\n# init: systemd'* ]] && [ ! -d /run/systemd/system ]; then
		reason="this machine has no systemd"
	elif [[ $1 == *$'\n# needs: memory failure'* ]] && [ ! -e /proc/sys/vm/memory_failure_recovery ]; then
		reason="this kernel knows no memory failure (CONFIG_MEMORY_FAILURE)"
	elif [[ $1 == *$'\n# needs: memory groups'* ]] && ! memory_groups; then
		reason="this kernel limits no memory (CONFIG_MEMCG)"
	elif [ "$page_size" != 4096 ] && [[ $1 != *$'\n# pages: any'* ]]; then
		reason="written for pages of 4 KiB, and this kernel's are of $((page_size >> 10))"
	fi
}

nothing_expected() {
	local f
	for f in "$DMESG_EXPECTED" "$DMESG_STACK_EXPECTED"; do [ ! -e "$f" ] || rm "$f"; done
}
memory_groups() { cgroup_mounted; grep -qw memory /sys/fs/cgroup/cgroup.controllers; }

run_one() {
	local name=$1 file=/lab/tests/cases/$1.sh log=/tmp/log-$1 start=$SECONDS status reason pid m
	local text limit mounts processes
	[ "$name" != leaks ] || file=/lab/tests/leaks.sh
	echo "@begin $name"
	text=$(<"$file")
	find_limit "$text"
	find_unfit "$text"
	[ -z "$reason" ] || { echo "@skip $name 0 $reason"; return; }
	nothing_expected
	# Looking through all that was said since boot takes a second; the host has it anyway.
	dmesg -C
	dmesg_mark "$name"
	setsid bash "$file" 3>&1 >"$log" 2>&1 </dev/null &
	pid=$!
	if await $pid "$limit"; then
		wait $pid
		status=$?
	else
		reason="no end after $limit s"
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
	find_left_processes
	if [ ${#processes[@]} -gt 0 ]; then
		# Give what is just ending a moment.
		nap 1
		find_left_processes
	fi
	find_left_mounts
	if [ $((${#processes[@]} + ${#mounts[@]})) -gt 0 ]; then
		m="${mounts[*]} ${processes[*]}"
		printf 'left behind: %s\n' "$m" >>"$log"
		case $status in 0|77) status=1; reason="left behind: ${m# }" ;; esac
		for m in "${processes[@]}"; do kill -KILL "${m%% *}" 2>/dev/null; done
		for m in "${mounts[@]}"; do umount "$m" 2>/dev/null || umount -l "$m"; done
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
	[ ! -e /proc/lockdep_stats ] || ! grep -qE 'debug_locks: +0$' /proc/lockdep_stats || dirty=1
	[ -z "$dirty" ] || { echo "@dead"; exit 0; }
}

# A look at the log that sees nothing would let everything pass.
log_is_judged() {
	nothing_expected
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
