# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every host-side lab script shares: where things are, how to say what is
# happening, how to run something in a chroot. Sourced, never run.

set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_CACHE=${LAB_CACHE:-/var/cache/famfs-dkms}
# shellcheck disable=SC2034 # who sources this reads it
VERSION=$(sed -n 's/^VERSION[[:space:]]*:*=[[:space:]]*//p' "$TOP/Makefile")

say()  { printf '%s\n' "$*" >&2; }
warn() { printf 'lab: %s\n' "$*" >&2; }
die()  { printf 'lab: FAILED: %s\n' "$*" >&2; exit 1; }

# Phases are announced when they start and timed when they end: a first run
# takes minutes and must not look stuck.
phase_name=
phase() {
	phase_end
	phase_name=$*
	phase_start=$EPOCHREALTIME
	say "lab: $phase_name ..."
}
phase_end() {
	[ -n "$phase_name" ] || return 0
	local us=$(( ${EPOCHREALTIME/./} - ${phase_start/./} ))
	say "$(printf 'lab: %s: %d.%d s' "$phase_name" $((us / 1000000)) $((us / 100000 % 10)))"
	phase_name=
}

# The log of a failed step, so that nobody has to go and look for it.
log_tail() {
	say "---- the last lines of $1"
	tail -n "${2:-40}" "$1" >&2 || true
	say "----"
}

# Run a command with its output in a log; show the log's tail if it fails.
logged() {
	local log=$1; shift
	if ! "$@" >>"$log" 2>&1 </dev/null; then
		log_tail "$log"
		return 1
	fi
}

# The tables of kernels, and above them the trees that this run was told of; see lab/tree.sh.
kernel_lines() {
	printf '%s\n' "${LAB_TREES:-}"
	cat "$SRC/lab/kernels" "$SRC/lab/debug/kernels"
}
# kernel_load NAME: sets K_NAME, K_SUITE, and K_PATTERN, K_USE, K_SOURCE or K_TREE from the
# tables, and K_REL if the kernel has been prepared, as the file K_RELEASED then says.
# And where its things are: the chroot K_SYSTEM, at CHROOT, and in that below GUEST what
# belongs to the kernel's machine. GUEST is empty where programs of that machine run here;
# of another architecture's, foreign.sh tells.
# One with K_SOURCE (to find bugs, from the suite's package of that name) or K_TREE (that tree, and
# K_FLAVOURS of it) is compiled here, by lab/compile: in K_DIR, which its chroot has at K_INSIDE, as
# a kernel whose release ends in K_LOCALVERSION, with K_MAKE as arguments of make.
# shellcheck disable=SC2034 # who calls it reads them
kernel_load() {
	local line
	line=$(kernel_lines | awk -v n="$1" '$1 == n && !seen++')
	[ -n "$line" ] || die "no kernel '$1' in lab/kernels; known: $(kernel_lines | awk '!/^#/ && NF { print $1 }' | xargs)"
	read -r K_NAME K_SUITE K_PATTERN K_USE K_FLAVOURS <<<"$line"
	case $K_USE in
	arm64) ARCH=arm64 ARCH_LIB=aarch64-linux-gnu K_SYSTEM=$K_SUITE-arm64 GUEST=/guest ;;
	*) ARCH=amd64 ARCH_LIB=x86_64-linux-gnu K_SYSTEM=$K_SUITE GUEST= ;;
	esac
	CHROOT=$LAB_CACHE/chroot-$K_SYSTEM
	K_REL='' K_SOURCE='' K_TREE='' K_DIR='' K_INSIDE='' K_LOCALVERSION='' K_MAKE=()
	K_RELEASED=$LAB_CACHE/kernel-$K_NAME
	case $K_NAME:$K_PATTERN in
	*:tree:*) tree_load ;;
	*-debug:*)
		K_SOURCE=$K_PATTERN K_PATTERN=
		K_DIR=$LAB_CACHE/debug/$K_NAME K_INSIDE=$COMPILED/debug/$K_NAME
		K_LOCALVERSION=-debug-$(debug_config_hash) ;;
	esac
	[ ! -s "$K_RELEASED" ] || K_REL=$(<"$K_RELEASED")
	# One that was built from another configuration, or another state of a tree, does not count.
	case $K_REL in *"$K_LOCALVERSION") ;; *) K_REL= ;; esac
}
# kernel_names [WORD]: those whose use is WORD (check), or of this machine's architecture
# those whose suite it is.
kernel_names() {
	awk -v w="${1:-check}" '!/^#/ && ($2 == w && $4 != "arm64" || $4 == w) { print $1 }' "$SRC/lab/kernels"
}
# kernels_and_test ARGUMENT...: the names of kernels among them to `names`, what follows TEST=
# to `filter`. TREE=PATH, with FLAVOUR= and TREE_SUITE=, is a kernel, too: see lab/tree.sh.
# shellcheck disable=SC2034 # likewise
kernels_and_test() {
	local arg tree='' flavours='' suite=''
	names=() filter=
	for arg; do
		case $arg in
		TEST=*) filter=${arg#TEST=} ;;
		TREE=*) tree=${arg#TREE=} ;;
		FLAVOUR=*) flavours=${arg#FLAVOUR=} ;;
		TREE_SUITE=*) suite=${arg#TREE_SUITE=} ;;
		*) names+=("$arg") ;;
		esac
	done
	if [ -n "$tree" ]; then
		tree_add "$tree" "$flavours" "$suite"
	elif [ -n "$flavours$suite" ]; then
		die "FLAVOUR and TREE_SUITE are for a kernel's source tree: TREE=PATH"
	fi
}
suite_names() { awk '!/^#/ && NF { print $2 }' "$SRC/lab/kernels" | sort -u; }
# What the kernels of lab/debug/kernels are configured by: one file after the other, by their names.
debug_config() {
	local f
	for f in $(cd "$SRC/lab" && basename -a config/*.config debug/*.config | sort); do
		cat "$SRC/lab"/{config,debug}/"$f" 2>/dev/null || true
	done
}
debug_config_hash() { debug_config | grep ^CONFIG_ | sha256sum | cut -c1-8; }

# Where a chroot has the trees of the kernels that lab/compile makes: those of the lab's debug and
# tree. They are big, and not part of any chroot, so that whoever copies one does not copy them.
export COMPILED=/var/lab

# The folders of tests/vm/cases, in the order of the matrix's columns.
export CASE_GROUPS="boot data map open mount protocol devices failures"

# The tests for a kernel that does not get all of them: at least one of each group.
CORE_TESTS=00_boot,02_first_light,driver_switch,data_pieces,data_stripes,map_large_pages,map_page_unit
CORE_TESTS+=,open_fmap_once,plain_mount_untouched,bad_maps,one_holder,server_death,unbind_in_use,block_only

# in_chroot COMMAND...: run in $CHROOT with /proc there. The mount lives in a
# mount namespace of its own, so that it is gone with the command however that
# ends, and so that two users of one chroot never unmount each other's.
in_chroot() {
	unshare --mount --propagation private sh -c '
		root=$1 cache=$2; shift 2
		mount -t proc proc "$root/proc" || exit 125
		for d in debug tree; do
			[ ! -d "$cache/$d" ] || { mkdir -p "$root$COMPILED/$d" &&
				mount --bind "$cache/$d" "$root$COMPILED/$d"; } || exit 125
		done
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root TERM=dumb LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No \
			http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
	' sh "$CHROOT" "$LAB_CACHE" "$@"
}

# with_lock NAME: hold a lock until this process (or subshell) ends.
with_lock() {
	mkdir -p "$LAB_CACHE/lock"
	exec {lock_fd}>"$LAB_CACHE/lock/$1"
	flock -w 3 "$lock_fd" && return
	say "lab: waiting for another run that uses $1"
	flock "$lock_fd"
}

# A run works on a copy of the checkout made when it starts, so that somebody who
# goes on editing gets the answer for what was there then.
SRC=${LAB_SRC:-$TOP}

# The files of the checkout as they are now, committed or not, but without
# what a build leaves behind. NUL-separated, sorted.
source_files() {
	if [ "$SRC" = "$TOP" ] && git -C "$TOP" -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$TOP" -c safe.directory='*' ls-files -z -co --exclude-standard -- "$@"
	else
		(cd "$SRC" && find "${@:-.}" -type f ! -path './build/*' ! -path './.git/*' ! -name '*.o' ! -name '*.ko' \
			! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' -print0 2>/dev/null) | sed -z 's|^\./||' || true
	fi | (cd "$SRC" && while IFS= read -r -d '' f; do
		[ ! -f "$f" ] || printf '%s\0' "$f"
	done) | sort -zu
}

# A digest of the named parts of the checkout, names and modes included.
source_hash() {
	source_files "$@" | (cd "$SRC" && xargs -0r sha256sum && source_files "$@" |
		xargs -0r stat -c '%a %n') | sha256sum | cut -c1-16
}

source_copy() {
	local dest=$1; shift
	mkdir -p "$dest"
	source_files "$@" | tar -C "$SRC" --null --no-recursion -T - -cf - | tar -C "$dest" -xf - --no-same-owner
}

# take_snapshot: from here on $SRC is a copy, for this script and those it runs.
# Whoever calls this removes $LAB_SRC at the end.
take_snapshot() {
	local copy
	mkdir -p "$LAB_CACHE/run"
	copy=$(mktemp -d "$LAB_CACHE/run/src.XXXXXX")
	source_copy "$copy"
	export LAB_SRC=$copy
	SRC=$copy
}

MODULE_PARTS=(Makefile Kbuild dkms.conf fuse_famfs fsdev_dax compat uapi)
TOOL_PARTS=(Makefile tools uapi tests/vm/programs tests/fmapd)

# Where the results of a build are: named by what went into them, so that a
# checkout never runs another one's modules.
modules_dir() { echo "$LAB_CACHE/build/$K_REL/$(source_hash "${MODULE_PARTS[@]}")"; }
kmods_dir()   { echo "$LAB_CACHE/build/kmod-$K_REL/$(source_hash tests/vm/kmod)"; }
tools_dir()   { echo "$LAB_CACHE/build/$K_SYSTEM/$(source_hash "${TOOL_PARTS[@]}")"; }

# prune DIR N: keep the N entries of DIR that were used last.
prune() {
	[ -d "$1" ] || return 0
	(cd "$1" && ls -1t | tail -n +$(($2 + 1)) | xargs -r -d '\n' rm -rf --)
}

# shellcheck source=lab/tree.sh
. "$TOP/lab/tree.sh"
