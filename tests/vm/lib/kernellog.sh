# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the kernel says while a test runs: leaks, and its log. Sourced by lib.sh.

# ---- leaks, on a kernel that looks for them ------------------------------------------
KMEMLEAK=/sys/kernel/debug/kmemleak
# leaks_scan: an object counts when a scan finds no pointer to it that has been there for 5 s;
# in a first scan some are missed that were just being moved.
leaks_scan() { sleep 5; echo scan >$KMEMLEAK && echo scan >$KMEMLEAK; }
# memory_figures: do the kernel's figures tell what is lost? KASAN keeps freed memory for a while;
# on such a kernel leaks.sh finds it.
memory_figures() { [ ! -e $KMEMLEAK ]; }
# leaks_known: what has been lost until now shall not be told later.
leaks_known() {
	[ -e $KMEMLEAK ] || return 0
	leaks_scan
	echo clear >$KMEMLEAK
}

# ---- the kernel's log ----------------------------------------------------------
# dmesg_mark NAME: what comes later is judged by dmesg_check NAME.
dmesg_mark() { echo "lab: begin $1" >/dev/kmsg; }
# The mark can be the first line there is.
dmesg_since() {
	dmesg | awk -v mark="lab: begin $1" 'seen
		index($0, mark) && substr($0, length($0) - length(mark) + 1) == mark { seen = 1 }'
}
# dmesg_check NAME: non-zero, with an excerpt, if the kernel complained since the mark.
# A test that provokes a line on purpose names it (a regular expression) in the file
# $DMESG_EXPECTED; one after which the kernel shows its stack, in $DMESG_STACK_EXPECTED.
DMESG_EXPECTED=/tmp/dmesg-expected
DMESG_STACK_EXPECTED=/tmp/dmesg-stack-expected
DMESG_BAD='WARNING:|BUG|Oops|circular|lockdep[: ]|RIP:|general protection|[Ll]eak|Call Trace|refcount_t|UBSAN|KASAN|KFENCE|blocked for more than|page allocation failure|Bad page|list_(add|del) corruption|Kernel panic|kernel BUG|stack guard|bad p[gmu4]d'
dmesg_check() {
	local said allow='^$' stack='^$'
	# Most say nothing of the kind at all.
	! said=$(dmesg) || [[ $said =~ $DMESG_BAD ]] || return 0
	[ ! -s $DMESG_EXPECTED ] || allow=$(paste -sd'|' $DMESG_EXPECTED)
	[ ! -s $DMESG_STACK_EXPECTED ] || stack=$(paste -sd'|' $DMESG_STACK_EXPECTED)
	# Not by -v, which would take a backslash for its own.
	said=$(dmesg_since "$1" | STACK=$stack awk '$0 ~ ENVIRON["STACK"] { in_it = 1 }
		!in_it; /<\/TASK>/ { in_it = 0 }' | grep -vE "$allow")
	grep -qE "$DMESG_BAD" <<<"$said" || return 0
	echo "the kernel complained:"
	grep -E -B 5 -A 40 -m 1 "$DMESG_BAD" <<<"$said"
	return 1
}
