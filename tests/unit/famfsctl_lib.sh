# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Prepared machines for famfsctl's unit tests: trees of what is below /sys, /proc, /lib and so
# on. Sourced by tests/unit/test_famfsctl_*.sh, which run in the top directory.
set -u
famfsctl=$PWD/build/unit/famfsctl
jsonflat=$PWD/build/unit/jsonflat
work=$(mktemp -d "${TMPDIR:-/tmp}/famfsctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
for p in "$famfsctl" "$jsonflat"; do [ -x "$p" ] || { echo "no $p: make unit builds it" >&2; exit 1; }; done

failures=0
fail() {
	echo "FAILED${situation:+ ($situation)}: $*"
	failures=$((failures + 1))
}
done_testing() {
	[ $failures = 0 ] || { echo "$0: $failures failures"; exit 1; }
	echo "$0: ok"
}
# put FILE CONTENT: in the tree, with the directories above it.
put() {
	mkdir -p "$tree/$(dirname "$1")"
	printf '%s\n' "$2" >"$tree/$1"
}
# device NAME PLACE DRIVER|- [SIZE [ALIGN [NODE]]]: a dax device.
device() {
	local d=sys/devices/$2/$1
	mkdir -p "$tree/$d" "$tree/sys/bus/dax/devices" "$tree/sys/bus/dax/drivers"
	ln -sfn "$tree/$d" "$tree/sys/bus/dax/devices/$1"
	put "$d/size" "${4:-536870912}"
	put "$d/align" "${5:-2097152}"
	put "$d/target_node" "${6:-1}"
	put "$d/numa_node" "${6:-1}"
	put "$d/dev" "252:${1##*.}"
	put "dev/$1" ""
	[ "$3" = - ] || driver "$1" "$3"
}
# driver NAME DRIVER: binds it.
driver() {
	mkdir -p "$tree/sys/bus/dax/drivers/$2"
	ln -sfn "$tree/sys/bus/dax/drivers/$2" "$tree/sys/bus/dax/devices/$1/driver"
}
# attr NAME ATTRIBUTE VALUE
attr() { printf '%s\n' "$3" >"$tree/sys/bus/dax/devices/$1/$2"; }
# run STATUS ARGUMENT...: famfsctl there; what it says is in $said, its errors in $errors.
run() {
	local wanted=$1 got=0; shift
	said=$("$famfsctl" --root "$tree" "$@" 2>"$work/errors") || got=$?
	errors=$(cat "$work/errors")
	[ "$got" = "$wanted" ] || fail "famfsctl $*: status $got, not $wanted: $said $errors"
	case $errors in *Sanitizer* | *"runtime error"*) fail "famfsctl $*: $errors" ;; esac
}
# run_json STATUS ARGUMENT...: the same with --json; $said has a line for each value.
run_json() {
	local json
	run "$@" --json
	json=$said
	said=$("$jsonflat" <<<"$json") || fail "famfsctl ${*:2} --json is no JSON: $json"
}
# says TEXT, says_not TEXT: lines of $said.
says() { grep -qF -- "$1" <<<"$said" || fail "says nothing of \"$1\": $said"; }
says_not() { ! grep -qF -- "$1" <<<"$said" || fail "says \"$1\": $said"; }

# ---- modules, for what reads them ------------------------------------------------------------
PATH=$PATH:/usr/sbin:/sbin
REL=6.12.90-amd64
# module PATH NAME KEY=VALUE... [+NEEDED[:CRC]...] [=EXPORTED...]: a file that is to libkmod what a
# module is, below the kernel's directory.
module() {
	local path=$tree/lib/modules/$REL/$1 name=$2 a info='' code='' crc; shift 2
	for a; do
		case $a in
		+*)	crc=${a#*:}; [ "$crc" != "$a" ] || crc=0x11111111
			a=${a#+}; a=${a%%:*}
			code+=".section __versions,\"a\"; .quad $crc; .asciz \"$a\"; .balign 64
				.data; .quad $a; " ;;
		=*)	code+=".globl __crc_${a#=}; .set __crc_${a#=}, 0x22222222; " ;;
		*)	info+=".asciz \"$a\"; " ;;
		esac
	done
	mkdir -p "$(dirname "$path")"
	# Whatever the assembler's rules for ";" are, lines it knows.
	{
		printf '.section .modinfo,"a"; .asciz "name=%s"; %s %s\n' "$name" "$info" "$code" |
			tr ';' '\n'
	} >"$work/module.s"
	${CC:-cc} -c -o "$path" "$work/module.s" || { echo "no module can be made" >&2; exit 1; }
}
depmods() { depmod -b "$tree" "$REL" 2>/dev/null; }
