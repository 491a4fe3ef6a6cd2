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
		# Where the modules of kernels that were compiled here are built: without it, DKMS
		# leaves them out, as it shall unless they are what is asked for.
		[ -z "${COPY_TREES:-}" ] || [ ! -d "$LAB_CACHE/tree" ] || { mkdir -p "$copy/root$COMPILED/tree" &&
			mount --bind "$LAB_CACHE/tree" "$copy/root$COMPILED/tree"; } || exit 125
		[ ! -s /etc/resolv.conf ] || cp -L /etc/resolv.conf "$copy/root/etc/resolv.conf"
		exec chroot "$copy/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root TERM=dumb LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No \
			http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
	' sh "$copy" "$lower" "$@" </dev/null
}

# test_packages KIND SUITE: run tests/KIND/build.sh and install.sh in copies of that suite's
# system, with its kernels of `make check`. The packages are built from a tree without git in
# one, and installed in another.
test_packages() {
	local kind=$1 suite=$2 name copy releases=()
	for name in $(kernel_names check); do
		kernel_load "$name"
		[ "$K_SUITE" = "$suite" ] || continue
		"$TOP/lab/prepare" host "$name"
		kernel_load "$name"
		releases+=("$K_REL")
	done
	[ ${#releases[@]} -gt 0 ] || die "make check has no kernel of $suite"
	say "${kind}test: $suite"
	copy_suite "$suite"
	for copy in build install; do
		source_copy "$(copy_dir "$suite" $copy)/var/lab/tree"
	done
	in_copy "$suite" build bash "/var/lab/tree/tests/$kind/build.sh" || die "$suite: building"
	mv "$(copy_dir "$suite" build)/var/lab/packages" "$(copy_dir "$suite" install)/var/lab/"
	in_copy "$suite" install bash "/var/lab/tree/tests/$kind/install.sh" "${releases[@]}" ||
		die "$suite: installing"
	copy_suite_end "$suite"
}
