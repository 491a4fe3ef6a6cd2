# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Allocations that fail one after the other: see failnth.c. Sourced after lib.sh.
# To look at one, VMTEST_CMDLINE="NTH_FROM=96 NTH_VERBOSE=1" on the host's side.

FAULTS="/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc"
HIT=/tmp/failnth.hit
# What looks for leaks allocates, too, and says so when it cannot.
echo 'kmemleak: Cannot allocate' >>$DMESG_EXPECTED

# faults_within START END: those count that have an address of the range in their stack.
faults_within() {
	local f
	[ -e /proc/self/fail-nth ] || fail "no fault injection in this kernel"
	for f in $FAULTS; do
		must test -d "$f"
		echo "${NTH_VERBOSE:-0}" >"$f/verbose"	# else each is a stack in the log
		echo N >"$f/ignore-gfp-wait"
		# Three of these are the failing itself; further down it is not ours any more.
		echo 10 >"$f/stacktrace-depth"
		echo "$1" >"$f/require-start"
		echo "$2" >"$f/require-end"
		echo 0 >"$f/reject-start"
		echo 0 >"$f/reject-end"
	done
	f=/sys/kernel/debug/fail_page_alloc
	echo 0 >$f/min-order
	echo N >$f/ignore-gfp-highmem
}
# faults_in_modules: ours, loaded; what lies between the two counts as well.
faults_in_modules() {
	local lo='' hi='' name size at
	while read -r name size _ _ _ at _; do
		case $name in fsdev_dax|famfs_fuse) ;; *) continue ;; esac
		if [ -z "$lo" ] || [[ $at < $lo ]]; then lo=$at; fi
		at=$(printf '0x%x' $((at + size)))
		if [ -z "$hi" ] || [[ $at > $hi ]]; then hi=$at; fi
	done </proc/modules
	[ -n "$lo" ] || fail "no module is loaded"
	faults_within "$lo" "$hi"
}
# faults_in_loading: any module, as nobody knows before where the next one will be.
# The kernel's types are read into a thousand pages, a page at a time: these are not counted,
# only what is there once for all of them.
faults_in_loading() {
	faults_within 0xffffffffa0000000 0xffffffffff000000
	faults_not_below __kernel_read
	echo 10 >/sys/kernel/debug/fail_page_alloc/min-order
}
# faults_not_below FUNCTION: one of the kernel's; nothing it needs fails, after faults_within.
faults_not_below() {
	local f range
	range=$(awk -v name="$1" 'at { print at, $1; exit } $3 == name { at = $1 }' /proc/kallsyms)
	[ -n "$range" ] || fail "no $1 in this kernel"
	for f in $FAULTS; do
		echo "0x${range% *}" >"$f/reject-start"
		echo "0x${range#* }" >"$f/reject-end"
	done
}

# nomem_or_ok WHAT STATUS OUTPUT: that is all an allocation that fails may lead to, unless
# NTH_ALSO is what the kernel's own code makes of it on the way up.
nomem_or_ok() {
	case $2:$3 in
	0:*|*"Cannot allocate memory"*|*"${NTH_ALSO:-Cannot allocate memory}"*) ;;
	*) fail "$1, allocation $n: status $2: $3" ;;
	esac
}
# nth COMMAND...: with allocation $n failing; status 1 if it was refused for want of memory.
nth() {
	local told status
	told=$(failnth "$n" $HIT.now "$@" 2>&1 </dev/null)
	status=$?
	nth_counts "$(cat $HIT.now)"
	nomem_or_ok "$*" $status "$told"
	[ $status = 0 ]
}
# nth_counts hit|left: one hit in a step is enough to go on.
nth_counts() { [ "$(cat $HIT)" = hit ] || echo "$1" >$HIT; }
# nth_of PID, nth_told PID: the same for a process that runs, which is about to do something.
nth_of() { echo "$n" >"/proc/$1/fail-nth"; }
nth_told() {
	if [ "$(cat "/proc/$1/fail-nth")" = 0 ]; then nth_counts hit; else nth_counts left; fi
	echo 0 >"/proc/$1/fail-nth"
}
# each_allocation WHAT COMMAND...: run it with n=1, 2, ... until it does not come to so many.
# With NTH_NONE, it may have none at all.
each_allocation() {
	local what=$1; shift
	n=${NTH_FROM:-1}
	while :; do
		echo none >$HIT
		"$@"
		case $(cat $HIT) in
		hit) ;;
		left) break ;;
		*) fail "$what: it is not known whether allocation $n failed" ;;
		esac
		[ $n -lt 400 ] || fail "$what: no end of allocations"
		n=$((n + 1))
	done
	[ $n -gt 1 ] || [ -n "${NTH_NONE:-}" ] || fail "$what: no allocation was made to fail"
	ok "$what: $((n - 1)) allocations failed, one at a time"
}
