#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# KVM or not: by what was asked for, what the machine has, and what one boot showed, which is not
# tried a second time. The boot itself is played here.
# shellcheck disable=SC2016
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LAB_CACHE=$work/cache
unset LAB_ACCEL
failed=0

# choice DEVICE RESULT-OF-THE-BOOT [LAB_ACCEL]: what is chosen, or the line that it ends with.
choice() {
	bash -c '
		. "$1/lab/lib.sh"
		. "$1/lab/accel.sh"
		ACCEL_DEVICE=$2 played=$3
		[ -z "$4" ] || export LAB_ACCEL=$4
		accel_image() { echo "$LAB_CACHE/image"; }
		accel_probe() { echo boot >>"$LAB_CACHE/boots"; echo "$played"; }
		dpkg() { echo amd64; }
		kernel_load 6.12
		mkdir -p "$LAB_CACHE"
		[ -e "$LAB_CACHE/image" ] || touch "$LAB_CACHE/image"
		accel_load
		echo "$LAB_ACCEL ($ACCEL_WHY)"
	' bash "$top" "$1" "$2" "${3:-}" 2>&1
}
boots() { if [ -e "$LAB_CACHE/boots" ]; then wc -l <"$LAB_CACHE/boots"; else echo 0; fi; }
same() { [ "$2" = "$3" ] || { echo "$1: got '$2', wanted '$3'" >&2; failed=1; }; }

same "no KVM" "$(choice "$work/none" boots)" "tcg (this machine has no $work/none)"
same "no KVM, and asked for" "$(choice "$work/none" boots kvm)" "lab: FAILED: LAB_ACCEL=kvm: this machine has no $work/none"
same "TCG asked for" "$(choice /dev/null boots tcg)" "tcg (LAB_ACCEL=tcg)"
same "nonsense" "$(choice /dev/null boots yes)" "lab: FAILED: LAB_ACCEL=yes: it is kvm, tcg or auto"
same "boots until here" "$(boots)" 0
same "a kernel that does not boot" "$(choice /dev/null "no end")" "tcg (no end)"
same "the same, asked for" "$(choice /dev/null boots kvm)" "lab: FAILED: LAB_ACCEL=kvm: no end"
same "once more" "$(choice /dev/null boots auto)" "tcg (no end)"
same "boots of one image" "$(boots)" 1
touch -d @1 "$LAB_CACHE/image"
same "another image" "$(choice /dev/null boots)" "kvm (this kernel boots with it)"
same "the same, and asked for" "$(choice /dev/null "no end" kvm)" "kvm (this kernel boots with it)"
same "boots of two images" "$(boots)" 2

[ $failed = 0 ] && echo "KVM or not: ok"
exit $failed
