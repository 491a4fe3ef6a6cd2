#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The benchmark's arithmetic: rows of equal name, calculated ones, a regression of more than
# 3 %, rows that are gone, bounds, verdicts.
bench=$(dirname "$0")/../bench
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# gives STATUS WHAT COMMAND...
gives() {
	want=$1 what=$2; shift 2
	"$@" >"$work/out" 2>&1
	status=$?
	[ $status = "$want" ] || { echo "$what: status $status, wanted $want:" >&2; cat "$work/out" >&2; failed=1; }
}
# says WHAT PATTERN: in what the last one printed.
says() { grep -q "$2" "$work/out" || { echo "$1: no '$2' in:" >&2; cat "$work/out" >&2; failed=1; }; }

# rows PREAD-2K PREAD-4K BIND...: a JSON on standard output.
rows() {
	{
		printf '@row famfs pread-2k %s 0 3\n@row famfs pread-4k %s 0 3\n@row ext4-dax pread-64 100.0 101.0 3\n' "$1" "$2"
		printf '@row famfs touch 4.0 4.0 1\n@none famfs fault-1g-read why\n'
		shift 2
		for v; do echo "@row famfs bind $v 0 1"; done
	} >"$work/rows"
	"$bench/derive" "$work/rows" >"$work/all" && "$bench/json" 6.12 release commit "$work/all"
}
rows 1000 1600 70 50 60 >"$work/base"
gives 0 "a file and itself" "$bench/compare" "$work/base" "$work/base"
says "rows" "^6 rows compared, 0 worse"
rows 1000 1640 70 50 60 >"$work/new"
gives 0 "2.5 % more" "$bench/compare" "$work/base" "$work/new"
rows 1000 1650 70 50 60 >"$work/new"
gives 1 "3.1 % more" "$bench/compare" "$work/base" "$work/new"
says "the row" "^worse: famfs pread-4k: 1650.0, was 1600.0 (+3.1 %)"
rows 1000 1600 70 54 60 >"$work/new"
gives 1 "the least of three" "$bench/compare" "$work/base" "$work/new"
rows 1000 1600 90 50 90 >"$work/new"
gives 0 "the others of three" "$bench/compare" "$work/base" "$work/new"
rows 1000 1600 >"$work/new"
gives 1 "a row that is gone" "$bench/compare" "$work/base" "$work/new"
says "its name" "^missing: famfs bind"
echo "{}" >"$work/new"
gives 1 "nothing" "$bench/compare" "$work/base" "$work/new"
gives 2 "no base" "$bench/compare" "$work/new" "$work/base"

grep -q '"pread-4k-less-copy", "least": 400.0,' "$work/base" || { echo "2 x 1000 - 1600 is 400" >&2; failed=1; }
cp "$bench"/* "$work/" 2>/dev/null
printf '# comment\nratio famfs pread-2k 10.0 ext4-dax\nmost famfs bind 50\nmost famfs bind 49\nmost famfs bind 1 7.3\nmost famfs none 1\n' >"$work/targets"
rows 1000 1600 50 | sed 's/ext4-dax", "op": "pread-64"/ext4-dax", "op": "pread-2k"/' >"$work/new"
gives 0 "a table" "$work/table" "$work/new"
says "a ratio" "^| famfs pread-2k | 10.0 x ext4-dax | 10.000 | met |"
says "a limit" "^| famfs bind | 50 | 50 | met |"
says "a missed one" "^| famfs bind | 49 | 50 | missed |"
says "an unknown one" "^| famfs none | 1 | - | not measured |"
says "the sum" "^2 targets met, 1 missed, 1 not measured"

printf 'famfs bind 50\nfamfs pread-2k 1000\n' >"$work/bounds.6.12"
gives 0 "within bounds" "$work/bounds" --check "$work/base"
printf 'famfs bind 49\n' >>"$work/bounds.6.12"
gives 1 "out of bounds" "$work/bounds" --check "$work/base"
printf 'famfs other 50\n' >"$work/bounds.6.12"
gives 1 "a bound without a figure" "$work/bounds" --check "$work/base"
rm "$work/bounds.6.12"
gives 2 "no bounds" "$work/bounds" --check "$work/base"

[ $failed = 0 ] && echo "benchmark's arithmetic: ok"
exit $failed
