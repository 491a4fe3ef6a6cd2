# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034
# Kernels of another architecture than this machine's. Sourced after lab/lib.sh.
#
# Their suite has a chroot of its own, of this machine's programs and a cross compiler.
# What belongs to the other architecture is unpacked there, never installed nor run: headers
# of kernels where they belong (their tools are this machine's, and they name the cross
# compiler themselves), and below $GUEST the guest's programs and libraries, which are also
# what programs for the guest are compiled against, and the kernels.

# What builds; gcc is for the layout generator, which runs here.
FOREIGN_CHROOT_PACKAGES=(make gcc libc6-dev perl pkg-config pahole
	gcc-aarch64-linux-gnu kmod cpio)
FOREIGN_GUEST_PACKAGES=(bash coreutils util-linux mount kmod grep sed mawk findutils diffutils
	procps ndctl daxctl fuse3 attr strace libc-bin busybox-static libc6-dev libfuse3-dev libkmod-dev)
# The emulator, and the firmware that tells a kernel of persistent memory.
FOREIGN_HOST_PACKAGES=(qemu-system-arm qemu-efi-aarch64)

# apt looks for packages of both architectures; dpkg knows nothing of it.
foreign_apt_config() {
	printf 'APT::Architectures { "%s"; "%s"; };\n' "$(dpkg --print-architecture)" "$ARCH" \
		>"$CHROOT/etc/apt/apt.conf.d/91lab-foreign"
}

# The guest's packages with all they depend on, as apt would choose them on an empty machine.
foreign_guest() {
	local log=$LAB_CACHE/log/chroot-$K_SYSTEM deb
	[ ! -d "$CHROOT$GUEST" ] || return 0
	phase "unpacking $ARCH programs of $K_SUITE"
	rm -rf "$CHROOT/var/lab/apt" "$CHROOT$GUEST.new"
	mkdir -p "$CHROOT/var/lab/apt/archives/partial" "$CHROOT$GUEST.new"
	: >"$CHROOT/var/lab/apt/status"
	logged "$log" in_chroot apt-get -qy --download-only --no-install-recommends \
		-o APT::Architecture="$ARCH" -o APT::Sandbox::User=root \
		-o Dir::State::status=/var/lab/apt/status -o Dir::Cache::archives=/var/lab/apt/archives \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		install "${FOREIGN_GUEST_PACKAGES[@]}" || die "downloading $ARCH packages"
	# The links /bin, /lib, ... come first: the other packages' files go through them.
	for deb in "$CHROOT"/var/lab/apt/archives/{base-files_*,*}.deb; do
		logged "$log" dpkg-deb -x "$deb" "$CHROOT$GUEST.new" || die "unpacking $deb"
	done
	ln -sf mawk "$CHROOT$GUEST.new/usr/bin/awk"
	echo root:x:0:0:root:/root:/bin/bash >"$CHROOT$GUEST.new/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$CHROOT$GUEST.new/etc/group"
	rm -rf "$CHROOT/var/lab/apt"
	mv "$CHROOT$GUEST.new" "$CHROOT$GUEST"
	phase_end
}

# foreign_headers RELEASE: the two packages of headers; what they are used with is installed.
foreign_headers() {
	local rel=$1 common=${1%%-*} work=$CHROOT/var/lab/headers pkg
	chroot_apt install --no-install-recommends "linux-kbuild-$common" ||
		die "apt-get install linux-kbuild-$common"
	rm -rf "$work"; mkdir -p "$work/root"
	# shellcheck disable=SC2016
	for pkg in "linux-headers-$common-common" "linux-headers-$rel:$ARCH"; do
		logged "$LAB_CACHE/log/chroot-$K_SYSTEM" in_chroot sh -c \
			'cd /var/lab/headers && apt-get -q -o APT::Sandbox::User=root download "$1"' sh "$pkg" ||
			die "downloading $pkg"
	done
	for pkg in "$work"/*.deb; do dpkg-deb -x "$pkg" "$work/root"; done
	cp -a "$work/root/usr/src/." "$CHROOT/usr/src/"
	rm -rf "$work"
}

# The modules by make alone: DKMS builds for a machine on that machine.
foreign_modules() {	# OUT
	local src=/var/lab/modules log=$LAB_CACHE/log/make-$K_NAME
	phase "cross-compiling the modules for $K_NAME"
	rm -rf "${CHROOT:?}$src"
	source_copy "$CHROOT$src"
	: >"$log"
	logged "$log" in_chroot make -C "$src" modules W=1 KVER="$K_REL" KDIR="/usr/src/linux-headers-$K_REL" ||
		die "the module build for $K_REL"
	! grep -n 'warning:' "$log" >&2 || die "the module build for $K_REL has warnings"
	mkdir -p "$1"
	cp "$CHROOT$src"/fsdev_dax/fsdev_dax.ko "$CHROOT$src"/fuse_famfs/famfs_fuse.ko "$log" "$1/"
	phase_end
}

# The compiler and pkg-config for the guest's programs, as assignments for env and make.
foreign_compiler() {
	printf '%s\n' "CC=$ARCH_LIB-gcc --sysroot=$GUEST" "AR=$ARCH_LIB-ar" \
		"PKG_CONFIG_SYSROOT_DIR=$GUEST" "PKG_CONFIG_LIBDIR=$GUEST/usr/lib/$ARCH_LIB/pkgconfig"
}

# The guest's programs, all of them: what they depend on has been resolved. Written to stdout.
# Without what a system's owner would have modprobe do beside loading.
foreign_base_archive() {
	# shellcheck disable=SC2016
	in_chroot sh -c 'cd "$1" && find . -mindepth 1 \( \
		-path ./boot -o -path ./etc/modprobe.d -o -path ./usr/lib/modprobe.d \
		-o -path ./usr/include -o -path ./usr/lib/modules \
		-o -path ./usr/share -o -path ./var -o -name "*.a" -o -name "*.o" -o -name gconv \) -prune -o -print |
		cpio -o -H newc --quiet -R 0:0' sh "$GUEST"
}
