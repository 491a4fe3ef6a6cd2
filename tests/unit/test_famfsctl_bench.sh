#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfsctl bench: writes only when asked, and leaves what was there.
# shellcheck source=tests/unit/famfsctl_lib.sh
. "$(dirname "$0")/famfsctl_lib.sh"
mkdir -p "$tree"
file=$work/file
# A piece of a block at the end, and of a line.
head -c $((3 * 1048576 + 4096 * 3 + 17)) /dev/urandom >"$file"
sum() { sha256sum <"$file"; }
before=$(sum)
touch -d '2020-02-02' "$file"

situation="reading"
run 0 bench "$file"
for t in read fault load latency; do grep -qE "^$t +[0-9.]+ " <<<"$said" || fail "no $t: $said"; done
for t in write store msync; do ! grep -q "^$t" <<<"$said" || fail "it writes: $said"; done
[ "$(date -r "$file" +%Y)" = 2020 ] || fail "the file was written to"
run_json 0 bench --size 1M "$file"
says bytes=1048576
says 'results[0].test=read'
says error=null

situation="writing"
run_json 0 bench --write "$file"
says "bytes=$((3 * 1048576 + 4096 * 3))"
for t in write store msync; do says "test=$t"; done
[ "$(sum)" = "$before" ] || fail "the contents are others"
[ "$(date -r "$file" +%Y)" != 2020 ] || fail "nothing was written"

situation="small"
printf abc >"$file"
run 0 bench --write "$file"
[ "$(cat "$file")" = abc ] || fail "the contents are others"

situation="what cannot be measured"
: >"$file"
run 1 bench "$file"
[[ $errors == *"it is empty" ]] || fail "says $errors"
run 1 bench "$work/absent"
run 1 bench "$work"
mkfifo "$work/fifo"
run 1 bench "$work/fifo"
run_json_none() { run 1 bench --json "$work/absent"; [ -z "$said" ] || fail "writes $said"; }
run_json_none
run 2 bench
run 2 bench --size 0 "$file"
run 2 bench --size x "$file"
done_testing
