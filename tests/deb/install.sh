#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# install.sh KERNEL...: install the packages of /var/lab/packages with apt alone, upgrade,
# reinstall, remove and purge them, and look at what is there after each step. The headers
# of these kernels are there, and no others; those of the last one come later.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/lib.sh"
ours="famfs-dkms fmapd famfsctl libfmap1 libfmap-dev"

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

# A user's machine: kernels and their headers, and nothing of what we need.
for k in $(kernels); do
	[[ " $* " == *" $k "* ]] || rm -rf "/lib/modules/$k"
done
[ "$(kernels | wc -l)" = $# ] || fail "there are headers of $(kernels | xargs), not of $*"
rm -rf /usr/src/famfs-* /var/lib/dkms/famfs /lib/modules/*/updates
for k in $(kernels); do depmod "$k"; done
apt_do update
quietly apt-mark auto dkms pahole pkg-config libfuse3-dev libkmod-dev check \
	fuse3 xz-utils zstd gcc make libc6-dev
apt_do autoremove --purge
for p in dkms libfuse3-dev libkmod-dev; do
	! dpkg-query -W -f '${db:Status-Status}' $p 2>/dev/null | grep -qx installed || fail "$p is still there"
done
[ "$(kernels | wc -l)" = $# ] || fail "only the headers of $(kernels | xargs) are left"
[ -z "$(leftovers)" ] || fail "before anything is installed there is: $(leftovers)"
ok "a clean system with the headers of $(kernels | xargs)"

# Stock kernels get their headers. Where another flavour is installed, those of the usual one are of
# no use, and newer ones bring a kernel. The oldest dkms asks for them by itself.
would_install() { quietly apt-get -qs install "$@" /var/lab/packages/1/famfs-dkms_*.deb; }
would_install
grep -q '^Inst linux-headers-amd64 ' "$log" || fail "the headers of the usual kernel do not come along"
if [[ $(apt-cache show dkms | grep '^Recommends:') != *linux-headers* ]]; then
	for with in linux-image-cloud-amd64 linux-headers-cloud-amd64 linux-image-rt-amd64; do
		would_install $with
		! grep '^Inst linux-headers-amd64 ' "$log" >&2 || fail "$with is not enough"
	done
fi
ok "headers of the right flavour"

# The kernel that runs has come without its headers; it is the one whose headers come later.
later=${!#}
mv "/lib/modules/$later" /var/lab/later
mkdir "/lib/modules/$later"
running "$later"
as_told 1
[ -z "$(kernels)" ] || expect_modules "$version"
said "famfs-dkms: no modules for the running kernel $later, whose headers are missing: install linux-headers-$later (and linux-headers-amd64, for the kernels to come)" \
	"the running kernel"
rm -r "/lib/modules/$later"
ok "apt install: $version, modules for $(kernels | wc -l) kernels"

mv /var/lab/later "/lib/modules/$later"
apt_do install --reinstall "linux-headers-$later"
expect_modules "$version"
ok "a kernel that comes later: $later"
expect_signatures

# What the removal of a kernel's package calls.
if [ $# -gt 1 ]; then
	quietly run-parts --arg="$later" /etc/kernel/prerm.d
	! dkms status -m famfs | grep -F "$later" >&2 || fail "DKMS still knows $later"
	[ -z "$(find "/lib/modules/$later/updates" -type f 2>/dev/null)" ] || fail "modules of $later stay"
	apt_do install --reinstall "linux-headers-$later"
	expect_modules "$version"
	ok "a kernel that is removed and comes back"
fi

apt_do install bash-completion man-db binutils gcc libc6-dev pkgconf udev
for t in dkms-build fmapd-smoke famfsctl-smoke libfmap-build; do
	quietly debian/tests/$t
	ok "$t: $(tail -n 1 "$log")"
done

# A module of the kernel's own is loaded: it has no version.
mkdir -p /sys/module/fsdev_dax
fake_kernel 5.10.0-1-amd64 "${all_options[@]}"
fake_kernel 6.12.0-1-nodax "${all_options[@]/CONFIG_FS_DAX=y/# CONFIG_FS_DAX is not set}"
fake_kernel 6.1.0-999-amd64 "${all_options[@]}"
fake_kernel 6.12.0-2-strange "${all_options[@]}"
strange_types 6.12.0-2-strange
as_told 2
said "famfs-dkms: the kernel's own fsdev_dax is loaded.*" "the loaded module"
left_out=(5.10.0-1-amd64 6.12.0-1-nodax 6.1.0-999-amd64 6.12.0-2-strange)
declare -A reason=(
	[5.10.0-1-amd64]='it is older than 6\.1, the first with maple trees.*'
	[6.12.0-1-nodax]='it is configured without CONFIG_FS_DAX'
	[6.1.0-999-amd64]='no BTF found .* install .*linux-image-6\.1\.0-999-amd64.*'
	[6.12.0-2-strange]='.*fuse.* is not in the BTF.*'
)
for k in "${left_out[@]}"; do
	said "famfs-dkms: no modules for $k: ${reason[$k]}" "$k"
	[ "$(grep -c "famfs-dkms: no modules for $k" "$log")" = 1 ] || fail "$k is told of more than once"
done
# What the packages of kernels and of headers call when they are installed.
for k in "${left_out[@]}"; do
	for hook in postinst.d header_postinst.d; do
		quietly run-parts --report --exit-on-error --arg="$k" --arg="/boot/vmlinuz-$k" /etc/kernel/$hook
		said "famfs-dkms: no modules for $k: ${reason[$k]}" "$k by /etc/kernel/$hook"
		[ "$(grep -c "famfs-dkms: no modules for $k" "$log")" = 1 ] || fail "$k is told of more than once"
	done
done
rm -rf "${left_out[@]/#//lib/modules/}"
expect_modules "$next"
ok "upgrade to $next, beside kernels that cannot have the modules"

# The module in use is of another version than the one that is installed.
echo "$version" >/sys/module/fsdev_dax/version
as_told 2
said "famfs-dkms: fsdev_dax $version is loaded and stays in use.*" "the older module"
rm -r /sys/module/fsdev_dax
expect_modules "$next"
ok "reinstallation"

apt_do remove famfs-dkms
expect_kernels_own
# shellcheck disable=SC2086
apt_do purge $ours
[ -z "$(leftovers)" ] || fail "purge leaves $(leftovers)"
ok "removal and purge"
