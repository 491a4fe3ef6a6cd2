# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the benchmark's guest has beside the lab's usual things. Sourced after lab/lib.sh.

# bench_programs DIR: all of it, as it shall lie in the guest; the kernel is loaded.
bench_programs() {
	local src=/var/lab/bench
	rm -rf "$1"
	mkdir -p "$1/lab/bench" "$1/lab/bin" "$1/usr/lib/$ARCH_LIB"
	cp "$SRC"/tests/bench/guest*.sh "$1/lab/bench/"
	"$SRC/tests/bench/layout" small >"$1/lab/bench/small"
	"$SRC/tests/bench/layout" large >"$1/lab/bench/large"
	(
		with_lock "chroot-$K_SYSTEM"
		rm -rf "${CHROOT:?}$src"
		source_copy "$CHROOT$src" tests/bench tests/vm/programs/check.h
		in_chroot sh -c 'cd "$1/tests/bench" && exec gcc -O2 -g -static -Wall -Wextra -Werror \
			-D_GNU_SOURCE -o "$1/measure" ./*.c' sh $src || die "compiling tests/bench"
		bench_mkfs
		cp "$CHROOT$src/measure" "$1/lab/bin/"
		cp -L "$CHROOT"/var/lab/mkfs/{,usr/}sbin/mkfs.{ext4,xfs} "$1/lab/bin/" 2>/dev/null || true
		cp -L "$CHROOT"/var/lab/mkfs/{,usr/}lib/"$ARCH_LIB"/lib*.so.* "$1/usr/lib/$ARCH_LIB/" 2>/dev/null || true
	)
	[ -s "$1/lab/bin/mkfs.ext4" ] && [ -s "$1/lab/bin/mkfs.xfs" ] || die "no mkfs.ext4 or mkfs.xfs"
}

# bench_mkfs: what makes the peers' file systems. Unpacked, not installed: the chroot is a user's
# system, in which packages are built, and shall not have more than it says.
bench_mkfs() {
	local dir=/var/lab/mkfs deb
	[ ! -d "$CHROOT$dir" ] || return 0
	rm -rf "${CHROOT:?}$dir.new"
	mkdir -p "$CHROOT$dir.new"
	[ ! -s /etc/resolv.conf ] || cp -L /etc/resolv.conf "$CHROOT/etc/resolv.conf"
	# shellcheck disable=SC2016
	logged "$LAB_CACHE/log/chroot-$K_SYSTEM" in_chroot sh -c '
		cd "$1" && apt-get -q update &&
		apt-get -q -o APT::Sandbox::User=root download e2fsprogs xfsprogs $(apt-cache depends e2fsprogs xfsprogs |
			sed -nE "s/.*Depends: (lib(ext2fs|ss|com-err|inih|urcu)[^ ]*)$/\1/p")
	' sh $dir.new || die "downloading e2fsprogs and xfsprogs"
	for deb in "$CHROOT$dir.new"/*.deb; do dpkg-deb -x "$deb" "$CHROOT$dir.new"; done
	rm "$CHROOT$dir.new"/*.deb
	mv "$CHROOT$dir.new" "$CHROOT$dir"
}
