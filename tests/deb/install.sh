#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Install the packages of /var/lab/packages with apt alone, upgrade, reinstall, remove and
# purge them, and look at what is there after each step.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/lib.sh"
next=${version%.*}.$((${version##*.} + 1))
ours="famfs-dkms fmapd libfmap1 libfmap-dev"

# as_told N: the command of README.md, for the Nth set of packages.
as_told() {
	local command
	command=$(sed -n '/^## Install/,/^## Use/s/^    \(apt install .*\)/\1/p' README.md)
	[ "$(wc -l <<<"$command")" = 1 ] && [ -n "$command" ] ||
		fail "README.md tells to install by \"$command\""
	mkdir -p build
	ln -sfn "/var/lab/packages/$1" build/deb
	quietly bash -c "${command/install/install -y --reinstall}"
}
apt_do() { quietly apt-get -qy --no-install-recommends "$@"; }
kernels() {
	local build
	for build in /lib/modules/*/build; do
		[ ! -e "$build/include" ] || basename "$(dirname "$build")"
	done
}

# expect_modules VERSION: DKMS has just this version installed, for each kernel.
expect_modules() {
	local kernel status m file
	status=$(dkms status -m famfs)
	for kernel in $(kernels); do
		grep -q "^famfs/$1, $kernel, .*: installed" <<<"$status" ||
			fail "famfs $1 is not installed for $kernel: $status"
		for m in fsdev_dax famfs_fuse; do
			file=$(modinfo -k "$kernel" -n $m)
			[[ $file == */updates/dkms/$m.ko* ]] || fail "$kernel: modprobe would load $file"
			[ "$(modinfo -F version "$file")" = "$1" ] ||
				fail "$file has version $(modinfo -F version "$file"), not $1"
		done
	done
	[ "$(wc -l <<<"$status")" = "$(kernels | wc -l)" ] || fail "DKMS has more than that: $status"
	[ "$(echo /usr/src/famfs-*)" = "/usr/src/famfs-$1" ] || fail "sources: $(echo /usr/src/famfs-*)"
}

# What may not be left of us.
leftovers() {
	find /usr/src /var/lib/dkms /usr/include /usr/lib /usr/sbin /usr/share /etc /var/lib/dpkg/info \
		\( -path '*famfs*' -o -name 'fmap*' -o -name 'libfmap*' \) 2>/dev/null || true
	find /lib/modules/*/updates -type f 2>/dev/null || true
}

# A user's machine: kernels and their headers, and nothing of what we need.
rm -rf /usr/src/famfs-* /var/lib/dkms/famfs /lib/modules/*/updates
for k in $(kernels); do depmod "$k"; done
apt_do update
quietly apt-mark auto dkms pahole pkg-config libbpf-dev libelf-dev zlib1g-dev libfuse3-dev check \
	fuse3 xz-utils zstd gcc make libc6-dev
apt_do autoremove --purge
for p in dkms libbpf-dev libfuse3-dev; do
	! dpkg-query -W -f '${db:Status-Status}' $p 2>/dev/null | grep -qx installed || fail "$p is still there"
done
[ -n "$(kernels)" ] || fail "no kernel headers are left"
[ -z "$(leftovers)" ] || fail "before anything is installed there is: $(leftovers)"
ok "a clean system with the headers of $(kernels | xargs)"

as_told 1
expect_modules "$version"
ok "apt install: modules $version"

apt_do install bash-completion man-db binutils gcc libc6-dev pkgconf
for t in dkms-build fmapd-smoke libfmap-build; do
	quietly debian/tests/$t
	ok "$t: $(tail -n 1 "$log")"
done

# A module of the kernel's own is loaded: it has no version.
mkdir -p /sys/module/fsdev_dax
# Kernels that cannot have the modules must not stop the installation.
fake_kernel() {
	mkdir -p "/lib/modules/$1/build/include"
	printf '%s\n' "${@:2}" >"/lib/modules/$1/build/.config"
}
all=(CONFIG_DAX=y CONFIG_FS_DAX=y CONFIG_FUSE_FS=m CONFIG_DEBUG_INFO_BTF=y)
fake_kernel 5.10.0-1-amd64 "${all[@]}"
fake_kernel 6.12.0-1-nodax "${all[@]/CONFIG_FS_DAX=y/# CONFIG_FS_DAX is not set}"
fake_kernel 6.1.0-999-amd64 "${all[@]}"
as_told 2
grep -q "^famfs-dkms: the kernel's own fsdev_dax is loaded" "$log" ||
	{ cat "$log" >&2; fail "nothing is said of the loaded module"; }
grep -qx 'famfs-dkms: no modules for 5.10.0-1-amd64: it is older than 6.1' "$log" ||
	{ cat "$log" >&2; fail "nothing is said of the old kernel"; }
grep -qx 'famfs-dkms: no modules for 6.12.0-1-nodax: it is configured without CONFIG_FS_DAX' "$log" ||
	{ cat "$log" >&2; fail "nothing is said of the kernel without FS_DAX"; }
grep -qx 'famfs-dkms: no modules for 6.1.0-999-amd64: .*: install linux-image-6.1.0-999-amd64' "$log" ||
	{ cat "$log" >&2; fail "nothing is said of the kernel without an image"; }
rm -rf /lib/modules/5.10.0-1-amd64 /lib/modules/6.12.0-1-nodax /lib/modules/6.1.0-999-amd64
expect_modules "$next"
ok "upgrade to $next, beside kernels that cannot have the modules"

# The module in use is of another version than the one that is installed.
echo "$version" >/sys/module/fsdev_dax/version
as_told 2
grep -q "^famfs-dkms: fsdev_dax $version is loaded and stays in use" "$log" ||
	{ cat "$log" >&2; fail "nothing is said of the older module"; }
rm -r /sys/module/fsdev_dax
expect_modules "$next"
ok "reinstallation"

apt_do remove famfs-dkms
for k in $(kernels); do
	own=$(find "/lib/modules/$k/kernel/drivers/dax" -name 'fsdev_dax.ko*')
	now=$(modinfo -k "$k" -n fsdev_dax 2>/dev/null || true)
	[ "$(readlink -f "$now")" = "$(readlink -f "$own")" ] ||
		fail "after removal modprobe would load \"$now\" for $k, not the kernel's own \"$own\""
	! modinfo -k "$k" -n famfs_fuse >/dev/null 2>&1 || fail "famfs_fuse is still known to $k"
done
# shellcheck disable=SC2086
apt_do purge $ours
[ -z "$(leftovers)" ] || fail "purge leaves $(leftovers)"
ok "removal and purge"
