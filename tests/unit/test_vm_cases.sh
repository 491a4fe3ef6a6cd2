#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The cases of tests/vm are where tests/vm/run and lab/matrix look for them: each in a folder that
# is a column of the matrix, under a name that nothing else has, and says first what a user loses
# if it fails. Nothing lies where nobody looks.
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=lab/lib.sh
groups_and_core=$(. "$top/lab/lib.sh" && echo "$CASE_GROUPS|$CORE_TESTS") || exit 1
IFS=' ' read -ra groups <<<"${groups_and_core%|*}"
IFS=, read -ra core <<<"${groups_and_core#*|}"
cd "${1:-$top/tests/vm}" || exit 1
failed=0
wrong() { echo "$*" >&2; failed=1; }
declare -A where says has_core

# What a name stands for already: results that are no case's, and a word for TEST=.
for name in leaks package modules cost core "(all)"; do where[$name]="no case"; done

shopt -s nullglob dotglob
for f in *; do
	case $f in
	run | cases | programs | lib | runner | kmod) ;;
	*) wrong "tests/vm/$f: a case belongs into cases/GROUP, a program into programs, what cases source into lib" ;;
	esac
done
for f in cases/*; do
	[[ -d $f && " ${groups[*]} " == *" ${f#cases/} "* ]] || wrong "tests/vm/$f: not one of the groups ${groups[*]}"
done
n=0
for f in cases/*/*; do
	name=$(basename "$f" .sh)
	[[ -f $f && $name =~ ^[a-z0-9_]+$ && $f == *.sh ]] || { wrong "tests/vm/$f: not NAME.sh"; continue; }
	n=$((n + 1))
	[ -z "${where[$name]:-}" ] || wrong "tests/vm/$f: its name is taken: ${where[$name]}"
	where[$name]=tests/vm/$f
	head=$(sed -n 2p "$f")
	if [[ $head =~ ^'# If this fails: '[a-zA-Z].{20} ]]; then
		[ -z "${says[$head]:-}" ] || wrong "tests/vm/$f: says what ${says[$head]} does: $head"
		says[$head]=tests/vm/$f
	else
		wrong "tests/vm/$f: its second line is not \"# If this fails: \" and what a user loses"
	fi
done
[ $n -gt 0 ] || wrong "no case at all"

# What kernels get that do not get all: cases, of every group.
for name in "${core[@]}"; do
	case ${where[$name]:-} in
	*/cases/*/*) has_core[$(basename "$(dirname "${where[$name]}")")]=1 ;;
	*) wrong "CORE_TESTS of lab/lib.sh: $name is no case" ;;
	esac
done
for group in "${groups[@]}"; do
	[ -n "${has_core[$group]:-}" ] || wrong "CORE_TESTS of lab/lib.sh: none of $group"
done
[ $failed = 0 ] && echo "VM tests: $n cases in ${#groups[@]} groups"
exit $failed
