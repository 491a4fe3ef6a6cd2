#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfs-coherence: what it says of memory that is coherent (a file of this machine), of a host whose
# caches nobody keeps coherent (tests/coherence/model.c), and of one where something promised does
# not work, which it has to notice.
set -u
cd "$(dirname "$0")/../.." || exit 1
real=build/unit/famfs-coherence model=build/unit/famfs-coherence-model json=build/unit/jsonflat
for p in $real $model $json; do [ -x "$p" ] || { echo "no $p: make unit builds it" >&2; exit 1; }; done
work=$(mktemp -d "${TMPDIR:-/tmp}/coherence.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failures=0 situation=
fail() { echo "$situation: $*" >&2; failures=$((failures + 1)); }

# run_both STATUS PROGRAM [OPTION...]: a reader and a writer; both end so. What the reader says is in
# $read, the writer in $wrote.
run_both() {
	local want=$1 program=$2 reader status; shift 2
	"$program" run "$work/file" --as reader --wait 20 --timeout 20 "$@" >"$work/reader" 2>&1 &
	reader=$!
	wrote=$("$program" run "$work/file" --as writer --timeout 20 "$@" 2>&1)
	status=$?
	[ $status = "$want" ] || fail "the writer ends with $status, not $want: $wrote"
	wait $reader
	status=$?
	read=$(<"$work/reader")
	[ $status = "$want" ] || fail "the reader ends with $status, not $want: $read"
}
# row WAY WORDS: what both say of a way to write, blanks as they come.
row() {
	local said
	for said in "$wrote" "$read"; do
		said=$(grep "^$1 " <<<"$said" | xargs)
		[ "$said" = "$1 $2" ] || fail "'$said', not '$1 $2'"
	done
}
truncate -s 1M "$work/file"
O="at once" N="not seen"

situation="memory that is coherent"
run_both 0 $real
for way in write write+fsync store+msync store+flush store; do row $way "$O $O $O $O"; done
grep -q '^promises: 8, all kept$' <<<"$read" || fail "$read"
run_both 0 $real --size 256K --at 512K --rounds 1
run_both 0 $real --json --rounds 1
for said in "$read" "$wrote"; do
	flat=$($json <<<"$said") || fail "no JSON: $said"
	grep -qx promises_kept=true <<<"$flat" || fail "$flat"
	[ "$(grep -c '^results\[[0-9]*\].seen=at once$' <<<"$flat")" = 20 ] || fail "$flat"
	[ "$(grep -c '^results\[[0-9]*\].promised=true$' <<<"$flat")" = 8 ] || fail "$flat"
done

situation="caches that nobody keeps coherent"
unset COHERENCE_MODEL
run_both 0 $model
for way in write write+fsync store+msync store+flush; do row $way "$N $N $O $O"; done
row store "$N $N $N $N"

# What is broken, and what the two looks that count see of each way then.
broken() {
	situation="model $1"
	export COHERENCE_MODEL=$1
	run_both 1 $model --rounds 2
	grep -q "^NOT KEPT: $2 of 8 promises$" <<<"$read" || fail "$read"
	grep -q "^NOT KEPT: $2 of 8 promises$" <<<"$wrote" || fail "$wrote"
	unset COHERENCE_MODEL
}
broken no-msync 2
row store+msync "$N $N $N $N"
row write "$N $N $O $O"
broken half-msync 2
row store+msync "$N $N not all seen not all seen"
broken late-msync 2
broken cached-write 4
row store+msync "$N $N $O $O"
row write "$N $N $N $N"
broken torn-write 4
row write "$N $N not all seen not all seen"
broken stray-write 4
grep -q 'WRONG BYTES' <<<"$read" || fail "$read"

situation="hosts that do not hear each other"
export COHERENCE_MODEL=deaf
$model run "$work/file" --as reader --timeout 1 >"$work/reader" 2>&1 &
wrote=$($model run "$work/file" --as writer --timeout 1 2>&1)
[ $? = 3 ] || fail "the writer: $wrote"
wait $!
[ $? = 3 ] || fail "the reader: $(<"$work/reader")"
[[ $wrote == *"the reader is not heard"* ]] || fail "$wrote"
unset COHERENCE_MODEL

# Two files, and a copy that is the fabric: made, or not, or of a part.
situation="step by step"
truncate -s 1M "$work/other"
step() { local want=$1 status; shift; said=$($real "$@" 2>&1); status=$?; [ $status = "$want" ] || fail "$*: $status: $said"; }
step 0 write "$work/file" --way store+msync --seed 1
step 1 check "$work/other" --seed 1
cp "$work/file" "$work/other"
step 0 check "$work/other" --seed 1
step 0 write "$work/file" --way write+fsync --seed 2
step 1 check "$work/other" --seed 2 --old 1
[ "$(grep -c '^[a-z-]* *0 of 1024 lines; 1024 are old, 0 neither' <<<"$said")" = 4 ] || fail "$said"
dd if="$work/file" of="$work/other" bs=4K count=4 conv=notrunc status=none
step 1 check "$work/other" --seed 2 --old 1 --look fresh-map
[[ $said == "fresh-map "*" 256 of 1024 lines; 768 are old, 0 neither"* ]] || fail "$said"
dd if=/dev/zero of="$work/other" bs=64 count=1 conv=notrunc status=none
step 1 check "$work/other" --seed 2 --old 1 --json
flat=$($json <<<"$said") || fail "no JSON: $said"
for want in 'looks\[3\].other=1' 'looks\[3\].new=255' seen=false; do grep -qx "$want" <<<"$flat" || fail "no $want: $flat"; done
# It comes late.
(sleep 0.3; cp "$work/file" "$work/new" && dd if="$work/new" of="$work/other" conv=notrunc status=none) &
step 1 check "$work/other" --seed 2 --old 1 --look map
step 0 check "$work/other" --seed 2 --look map --wait 20000
wait
for way in write write+fsync store+msync store+flush store; do
	step 0 write "$work/file" --way $way --seed 9 --at 64K --size 8K
	step 0 check "$work/file" --seed 9 --at 64K --size 8K
	step 1 check "$work/file" --seed 9 --at 64K --size 12K
	step 0 write "$work/file" --way $way --seed 8 --at 64K --size 8K --json
	[ "$($json <<<"$said" | grep -cx "way=$way")" = 1 ] || fail "$said"
done

situation="the command line"
step 0 --help
step 0 --version
for args in "" "run" "run $work/file" "run $work/file --as both" "run $work/file --as writer --seed 1" "check $work/file" \
	"write $work/file --seed 1" "write $work/file --way fast --seed 1" "check $work/file --seed 1 --way store" \
	"check $work/file --seed -1" "check $work/file --seed 1 --size 100" "check $work/file --seed 1 --size 0" \
	"check $work/file --seed 1 --at 1" "check $work/file --seed 1 --look no" "look $work/file --seed 1" \
	"check $work/file --seed 1 --size 99999999999T" "check $work/file $work/file --seed 1" "run $work/file --as writer --rounds 0"; do
	# shellcheck disable=SC2086
	step 2 $args
done
step 3 check "$work/absent" --seed 1
step 3 check "$work" --seed 1
step 3 check /dev/null --seed 1
step 3 check "$work/file" --seed 1 --size 2M
step 3 run "$work/file" --as writer --size 2M
step 3 run "$work/file" --as writer --timeout 1
$real --help >/dev/full 2>/dev/null && fail "output that is lost"

[ $failures = 0 ] || { echo "test_coherence: $failures failures"; exit 1; }
echo "test_coherence: all as it should be"
