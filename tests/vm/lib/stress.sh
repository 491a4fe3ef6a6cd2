# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Random operations by several processes (stress.c) on files of two devices, while
# servers, mounts, devices and modules are taken away. Sourced after lib.sh.
#
# A round is: mount, check every page, work, let something fail meanwhile, and take
# down what is left. What fails, in which weather, comes from the seed.

STRESS=/tmp/stress.table
STRESS_MNT=/mnt/f
# What fails once in a round, and what is bad all the time.
STRESS_KINDS="calm killed aborted detached unbound unbound_detached killed_unbound stopped"
STRESS_WEATHER="clear registered late refusing sizes notified pressed all"
declare -A stress_done	# how often each failure was brought about

stress_is() { stress mark $STRESS "$@" || fail "stress mark $*"; }
stress_did() { stress_done[$1]=$((${stress_done[$1]:-0} + ${2:-1})); }
# stress_pick N: 0 to N - 1. In a variable: a subshell would not move the dice on.
stress_pick() { PICK=$((RANDOM % $1)); }
# stress_shuffle WORD...: to SHUFFLED.
stress_shuffle() {
	SHUFFLED=()
	while [ $# -gt 0 ]; do
		stress_pick $#
		SHUFFLED+=("${@:PICK + 1:1}")
		set -- "${@:1:PICK}" "${@:PICK + 2}"
	done
}
stress_within() {	# SECONDS WHAT PID
	ends_within "$1" "$3" "$2"
	wait "$3" || fail "$2: status $?"
}
stress_umount() {
	wait_for 30 umount $STRESS_MNT || fail "umount is refused: $(umount $STRESS_MNT 2>&1)"
	wait_for 30 gone "$FMAPD_PID" || fail "the server stays after umount"
}
stress_lists() { echo "$DAX/devices/${STRESS_DEV[0]}/badpages" "$DAX/devices/${STRESS_DEV[1]}/badpages"; }
# shellcheck disable=SC2046
stress_check() { stress check $STRESS $(stress_lists) || fail "$1"; }

# stress_mount WEATHER: by fmapd if it can do that, else by stress_server.
stress_mount() {
	local words=$1
	stress_is may nothing
	case $1 in
	clear|pressed)
		must mount_fmapd /tmp/manifest $STRESS_MNT --require-fmap
		stress_did "mounts by fmapd" ;;
	registered)
		must mount_fmapd /tmp/manifest $STRESS_MNT --require-fmap --devices-by-fd
		stress_did "mounts by fmapd with devices by descriptor" ;;
	*)
		[ "$1" != all ] || words="late refusing sizes notified"
		mkdir -p $STRESS_MNT
		# fmapd's helpers know the server from here on.
		: >"$(fmapd_log $STRESS_MNT)"
		stress_server $STRESS $STRESS_MNT "${STRESS_DEV[@]}" >"$(fmapd_log $STRESS_MNT)" 2>&1 &
		FMAPD_PID=$!
		FMAPD_PIDS[$STRESS_MNT]=$FMAPD_PID
		wait_for 20 fmapd_settled $STRESS_MNT $FMAPD_PID && running $FMAPD_PID ||
			fail "stress_server: $(cat "$(fmapd_log $STRESS_MNT)")"
		# shellcheck disable=SC2086
		must stress weather $STRESS $words
		stress_did "mounts by a bad server" ;;
	esac
}

# ---- what fails, while the workers work; each says first what may fail, then what must ----
stress_kill_server() {
	stress_is may no-server
	must kill_fmapd $STRESS_MNT
	stress_is must no-server
	stress_did "servers killed"
}
# Stopped, or it would notice the end of its connection and unmount.
stress_abort() {
	local conn
	conn=$(mountpoint -d $STRESS_MNT)
	stress_pick 2
	if [ "$PICK" = 0 ]; then
		kill -STOP "$FMAPD_PID"
		stress_is may no-server
	else
		stress_is may no-server no-path
	fi
	echo 1 >"/sys/fs/fuse/connections/${conn#*:}/abort" || fail "abort"
	stress_is must no-server
	stress_did "connections aborted"
	[ "$PICK" = 1 ] || must kill_fmapd $STRESS_MNT
}
stress_detach() {
	stress_is may no-path
	must umount -l $STRESS_MNT
	stress_is must no-path
	stress_did "umount -l"
}
stress_unbind() {	# N
	local pid
	stress_is may "no-dev$1"
	echo "${STRESS_DEV[$1]}" >$DAX/drivers/$FSDEV/unbind &
	pid=$!
	stress_within 60 "unbinding ${STRESS_DEV[$1]}" $pid
	stress_is must "no-dev$1"
	stress_did "devices unbound"
}
stress_rebind() {	# N
	must dax_bind "${STRESS_DEV[$1]}" device_dax
	must stress raw $STRESS "$1" "/dev/${STRESS_DEV[$1]}"
	must dax_bind "${STRESS_DEV[$1]}" $FSDEV
	must stress rebound $STRESS "$1"
}
stress_stop_server() {
	must stress pause $STRESS 1
	kill -STOP "$FMAPD_PID"
	sleep 0.7
	kill -CONT "$FMAPD_PID"
	must stress pause $STRESS 0
	stress_did "servers stopped"
}
# Refused, as long as something is mounted.
stress_unload() {
	must_not rmmod $FSDEV 2>/dev/null
	must_not rmmod famfs_fuse 2>/dev/null
	stress_did "unloads refused" 2
}
stress_press_end() {	# PID
	local n
	kill -TERM "$1"
	stress_within 60 "press" "$1"
	n=$(tail -n 1 /tmp/press)
	# It gives up looking when it found nothing often enough: so not each time.
	stress_did "searches for free memory" "$n"
}

# ---- rounds -----------------------------------------------------------------------------------
stress_round() {	# KIND WEATHER NUMBER SECONDS
	local worker press='' lost='' detached=''
	stress_mount "$2"
	# Else the workers' first opens meet them.
	case $2 in late|refusing|all) ;; *) stress_check "after mount" ;; esac
	if [[ $2 == @(pressed|all) && -w /proc/sys/vm/nr_hugepages ]]; then
		press >/tmp/press &
		press=$!
		wait_for 60 test -s /tmp/press || fail "memory does not get short"
	fi
	must stress hold $STRESS 1
	stress work $STRESS "$3" "$4" &
	worker=$!
	must stress wait $STRESS "$3"
	sleep "0.$((RANDOM % 6 + 3))"
	case $1 in
	killed|killed_unbound) stress_kill_server ;;
	aborted) stress_abort ;;
	detached) stress_detach; detached=1 ;;
	unbound_detached)
		# Both at once.
		stress_is may no-path
		umount -l $STRESS_MNT &
		detached=$! ;;
	stopped) stress_stop_server ;;
	esac
	case $1 in
	*unbound*)
		stress_pick 2
		lost=$PICK
		stress_unbind "$lost"
		# The dead mount does not reach the device, whatever its users do.
		stress_pick 2
		[ "$PICK" = 0 ] || { stress_rebind "$lost"; lost=rebound; } ;;
	calm|stopped|killed) stress_unload ;;
	esac
	[ "$1" != unbound_detached ] || { stress_within 30 "umount -l" $detached; stress_did "umount -l"; }
	must stress hold $STRESS 0
	stress_within 300 "the workers' end" $worker
	[ -z "$press" ] || stress_press_end "$press"
	must stress weather $STRESS
	case $1 in
	calm|stopped) stress_check "before umount" ;;
	esac
	if [ -n "$detached" ]; then
		wait_for 30 gone "$FMAPD_PID" || fail "the server does not end with its detached mount"
	else
		# A server that notices the end of its connection unmounts by itself.
		[ "$1" != aborted ] || wait_for 30 gone "$FMAPD_PID" || fail "the server stays"
		! grep -q " $STRESS_MNT " /proc/mounts || stress_umount
	fi
	wait "$FMAPD_PID" 2>/dev/null
	[ -z "$lost" ] || [ "$lost" = rebound ] || stress_rebind "$lost"
	if stress_pick 4; [ "$PICK" = 0 ]; then stress_reload; fi
}
# The modules out and in again: famfs_fuse alone, or both.
stress_reload() {
	local i
	must unload famfs_fuse
	if stress_pick 2; [ "$PICK" = 0 ]; then
		for i in 0 1; do must dax_unbind "${STRESS_DEV[$i]}"; done
		must unload $FSDEV
		must modprobe $FSDEV
		for i in 0 1; do stress_rebind $i; done
	fi
	must modprobe famfs_fuse
	stress_did "modules loaded anew"
}

# stress_run SECONDS SEED LENGTH: rounds of LENGTH seconds, every kind and every weather at
# least once.
stress_run() {
	local end=$((SECONDS + $1)) n=0 i kinds told name
	name=$(basename "$0" .sh)
	RANDOM=$(($2 % 32768))
	echo "SEED=$2"
	STRESS_DEV=("$(dax_dev_dynamic)" "$(dax_dev_static)")
	stress new $STRESS "$2" "${STRESS_DEV[@]}" >/tmp/manifest || fail "stress new"
	for i in 0 1; do must stress guard $STRESS $i "/dev/${STRESS_DEV[i]}"; done
	famfs_up
	grep -q " /sys/fs/fuse/connections " /proc/mounts || must mount -t fusectl fusectl /sys/fs/fuse/connections
	must fault_counts_start
	stress_mount clear
	must stress fill $STRESS
	stress_check "after the first writing"
	[ "$(fault_counts | awk '{ print $2 }')" -gt 0 ] || fail "no large page was mapped: $(fault_counts)"
	stress_umount
	while [ $n = 0 ] || [ $SECONDS -lt $end ]; do
		# shellcheck disable=SC2086
		stress_shuffle $STRESS_KINDS
		kinds=("${SHUFFLED[@]}")
		# shellcheck disable=SC2086
		stress_shuffle $STRESS_WEATHER
		for i in "${!kinds[@]}"; do
			n=$((n + 1))
			# The log of many rounds would be too long: of each, and then the runner of the last.
			dmesg -C
			dmesg_mark "$name"
			echo "round $n: ${kinds[i]}, ${SHUFFLED[i]}"
			stress_round "${kinds[i]}" "${SHUFFLED[i]}" $n "$3"
			dmesg_check "$name" || fail "the kernel complained"
		done
	done
	stress_mount clear
	stress_check "at the end"
	stress_umount
	for i in 0 1; do stress_rebind $i; done
	[ ! -w /proc/sys/vm/nr_hugepages ] || [ "${stress_done["searches for free memory"]:-0}" -gt 0 ] ||
		fail "the kernel was never short of memory"
	# Also where the verdict goes: what was done is of interest when nothing failed, too.
	told=$(stress report $STRESS) || { echo "$told"; fail "too little was done"; }
	told="SEED=$2: $n rounds; $(stress_told)"$'\n'$told
	echo "$told"
	echo "$told" >&3
}
stress_told() {
	local what
	for what in "${!stress_done[@]}"; do echo "$what: ${stress_done[$what]}"; done | sort | paste -sd';' | sed 's/;/; /g'
}
