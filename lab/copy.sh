# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Throw-away copies of the lab's systems, in which packages can be installed as on a
# user's machine. Sourced after lab/lib.sh.
#
# copy_begin makes $copies, which the caller's exit trap has to give to copy_end.

copy_begin() {
	mkdir -p "$LAB_CACHE/run"
	copies=$(mktemp -d "$LAB_CACHE/run/copy.XXXXXX")
}
copy_end() { rm -rf --one-file-system "$copies"; }

# copy_suite SUITE: its chroot as it is now. The lab goes on using its own, and an overlay
# does not bear changes below it.
copy_suite() {
	(with_lock "chroot-$1"; cp -a --reflink=auto "$LAB_CACHE/chroot-$1" "$copies/$1")
}
copy_suite_end() { rm -rf --one-file-system "${copies:?}/$1" "${copies:?}/$1"-*; }

# copy_dir SUITE NAME: where the files are that differ from the suite's.
copy_dir() { echo "$copies/$1-$2/upper"; }

# in_copy SUITE NAME COMMAND...: in the copy NAME of this suite's system, an overlay: what
# a command leaves there stays for the next one. /sys is not mounted: a test may say there
# what is loaded.
in_copy() {
	local lower=$copies/$1 copy=$copies/$1-$2; shift 2
	mkdir -p "$copy/upper/var/lab" "$copy/work" "$copy/root"
	unshare --mount --propagation private sh -c '
		copy=$1; lower=$2; shift 2
		mount -t overlay overlay \
			-o "lowerdir=$lower,upperdir=$copy/upper,workdir=$copy/work" "$copy/root" &&
		mount -t proc proc "$copy/root/proc" || exit 125
		[ ! -s /etc/resolv.conf ] || cp -L /etc/resolv.conf "$copy/root/etc/resolv.conf"
		exec chroot "$copy/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root TERM=dumb LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No \
			http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
	' sh "$copy" "$lower" "$@" </dev/null
}
