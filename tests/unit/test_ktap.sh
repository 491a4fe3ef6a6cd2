#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Results of VM tests as KTAP: each result is there, as what it was, and the form is such that a
# reader of KTAP finds them: a plan for each level, and results in its order.
top=$(dirname "$0")/../..
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# What a reader does: "kernel test verdict" for each result, or why this is not KTAP.
read_ktap() {
	awk '
		function wrong(why) { print "line " NR ": " why ": " $0; broken = 1; exit }
		function result(line,   v, p) {
			v = line ~ /^not ok / ? "FAIL" : line ~ / # SKIP/ ? "SKIP" : "ok"
			sub(/^(not )?ok /, "", line)
			sub(/ # SKIP.*/, "", line)
			split(line, p, " ")
			number = p[1]; name = p[2]
			return v
		}
		NR == 1 { if ($0 != "KTAP version 1") wrong("no version"); next }
		NR == 2 { if ($0 !~ /^1\.\.[0-9]+$/) wrong("no plan"); plan = substr($0, 4); next }
		$0 == "  KTAP version 1" { if (sub_plan != "") wrong("a subtest in a subtest"); sub_plan = "?"; n = 0; next }
		sub("^  # Subtest: ", "") { sub_name = $0; next }
		/^  1\.\.[0-9]+$/ { if (sub_plan != "?") wrong("a second plan"); sub_plan = substr($0, 6); next }
		/^  #/ { next }
		/^  (not )?ok / {
			v = result(substr($0, 3))
			if (number != ++n) wrong("number " number ", not " n)
			print sub_name, name, v
			if (v == "FAIL") bad[sub_name] = 1
			next
		}
		/^(not )?ok / {
			v = result($0)
			if (number != ++top) wrong("number " number ", not " top)
			if (name != sub_name) wrong("not the subtest above")
			if (n != sub_plan) wrong(n " results of " sub_plan)
			if ((v == "FAIL") != (name in bad)) wrong("another verdict than its subtests")
			print name, "-", v
			sub_plan = ""; n = 0
			next
		}
		{ wrong("neither here nor there") }
		END { if (!broken && top + 0 != plan + 0) print top + 0 " results of " plan }'
}

# is WHAT RESULTS WANTED
is() {
	printf '%s' "$2" >"$work/results"
	"$top/tests/vm/runner/ktap" "$work/results" >"$work/ktap" 2>&1 || { echo "$1: status $?" >&2; failed=1; }
	printf '%s' "$3" >"$work/want"
	read_ktap <"$work/ktap" >"$work/got"
	diff "$work/want" "$work/got" >"$work/diff" || {
		echo "$1: wanted (<) and read (>):" >&2
		cat "$work/diff" "$work/ktap" >&2
		failed=1
	}
}
# says WHAT LINE
says() { grep -qxF "$2" "$work/ktap" || { echo "$1: no line '$2' in:" >&2; cat "$work/ktap" >&2; failed=1; }; }

is "nothing" "" ""
is "one that passed" "6.12 00_boot ok 
" "6.12 00_boot ok
6.12 - ok
"
is "all verdicts" "6.12 00_boot ok 
6.12 poison FAIL poison.sh:12: got 'a # b', wanted 'ok 7 x'
6.12 init_uring SKIP this kernel has no FUSE over io_uring
6.12 leaks FAIL 
7.3-fedora 00_boot ok 
6.1-rt 00_boot SKIP this kernel has no dax devices (CONFIG_DEV_DAX)
" "6.12 00_boot ok
6.12 poison FAIL
6.12 init_uring SKIP
6.12 leaks FAIL
6.12 - FAIL
7.3-fedora 00_boot ok
7.3-fedora - ok
6.1-rt 00_boot SKIP
6.1-rt - SKIP
"
says "a reason" "  # poison: poison.sh:12: got 'a # b', wanted 'ok 7 x'"
says "a skip's reason" "  ok 3 init_uring # SKIP this kernel has no FUSE over io_uring"
says "a kernel" "not ok 1 6.12"
is "kernels that took turns" "6.1 a ok 
6.12 a ok 
6.1 b ok 
6.12 (all) FAIL 1 of 2 tests reported
" "6.1 a ok
6.1 b ok
6.1 - ok
6.12 a ok
6.12 (all) FAIL
6.12 - FAIL
"
printf '6.12 a passed\n' >"$work/results"
! "$top/tests/vm/runner/ktap" "$work/results" >/dev/null 2>&1 || { echo "a line that is no result is taken" >&2; failed=1; }

[ $failed = 0 ] && echo "KTAP: ok"
exit $failed
