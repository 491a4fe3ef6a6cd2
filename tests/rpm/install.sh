#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# install.sh KERNEL...: install the packages of /var/lab/packages with rpm, reinstall,
# upgrade and erase them, and look at what DKMS has made of it after each step. The headers
# of these kernels are there, and no others.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/../deb/lib.sh"

for k in $(kernels); do
	[[ " $* " == *" $k "* ]] || rm -rf "/lib/modules/$k"
done
rm -rf /usr/src/famfs-* /var/lib/dkms/famfs /lib/modules/*/updates
for k in $(kernels); do depmod "$k"; done
[ "$(kernels | wc -l)" = $# ] || fail "there are headers of $(kernels | xargs), not of $*"
[ -z "$(leftovers)" ] || fail "before anything is installed there is: $(leftovers)"
quietly apt-get -q update
quietly apt-get -qy install --no-install-recommends rpm binutils bash-completion man-db

# Dependencies have other names on Debian. That a script fails is only a warning of rpm.
rpm_do() {
	quietly rpm --nodeps "$@"
	! grep 'scriptlet failed' "$log" >&2 || fail "rpm $*"
}
packages=/var/lab/packages
description() { modinfo -k "$1" -F description fsdev_dax; }

rpm_do -i $packages/1/*.rpm
expect_modules "$version"
for k in $(kernels); do
	said "famfs-dkms: built and installed for $k" "$k"
done
ok "rpm -i: modules $version for $(kernels | xargs)"

# Debian's linker and pkg-config do not look into /usr/lib64.
export LD_LIBRARY_PATH=/usr/lib64 LIBRARY_PATH=/usr/lib64 PKG_CONFIG_PATH=/usr/lib64/pkgconfig
for t in dkms-build fmapd-smoke famfsctl-smoke libfmap-build; do
	quietly debian/tests/$t
	ok "$t: $(tail -n 1 "$log")"
done
unset LD_LIBRARY_PATH LIBRARY_PATH PKG_CONFIG_PATH

# The same packages: the old ones' %preun comes after the new ones' %post.
first=$1
ko=$(modinfo -k "$first" -n famfs_fuse)
touch -d '2020-02-02' "$ko"
rpm_do -U --replacepkgs $packages/1/*.rpm
expect_modules "$version"
[ "$(stat -c %Y "$ko")" -gt "$(date -d '2021-01-01' +%s)" ] || fail "reinstallation does not build anew"
ok "reinstallation"

# A later release has other sources under the same name.
mkdir -p /sys/module/fsdev_dax
rpm_do -U $packages/release/*.rpm
said "famfs-dkms: the kernel's own fsdev_dax is loaded.*" "the loaded module"
rm -r /sys/module/fsdev_dax
expect_modules "$version"
for k in $(kernels); do
	[[ $(description "$k") == "Second: "* ]] || fail "$k has the modules of the release before"
done
ok "upgrade to the next release"

# A build that fails, and kernels that are left out, are told of and stop nothing.
fake_kernel 5.10.0-1-amd64 "${all_options[@]}"
fake_kernel 6.12.0-1-nodax "${all_options[@]/CONFIG_FS_DAX=y/# CONFIG_FS_DAX is not set}"
fake_kernel 6.12.0-2-noimage "${all_options[@]}"
fake_kernel 6.12.0-3-strange "${all_options[@]}"
strange_types 6.12.0-3-strange
# One whose build fails: its types are good, and there is nothing to build with.
fake_kernel 6.12.0-4-broken "${all_options[@]}"
ln -s "/lib/modules/$first/build/vmlinux" /lib/modules/6.12.0-4-broken/build/vmlinux
ln -s "/lib/modules/$first/kernel" /lib/modules/6.12.0-4-broken/kernel
rpm_do -U $packages/2/*.rpm
said 'famfs-dkms: no modules for 5.10.0-1-amd64: it is older than 6.1, the first with maple trees.*' \
	"the old kernel"
said 'famfs-dkms: no modules for 6.12.0-1-nodax: it is configured without CONFIG_FS_DAX' \
	"the kernel without FS_DAX"
said 'famfs-dkms: no modules for 6.12.0-2-noimage: .* install .*kernel-core-6.12.0-2-noimage.*' \
	"the kernel without an image"
said 'famfs-dkms: no modules for 6.12.0-3-strange: .*fuse.* is not in the BTF.*' "the strange kernel"
said 'famfs-dkms: no modules for 6.12.0-4-broken: the build failed, see .*/make.log' "the failing build"
rm -rf /lib/modules/5.10.0-1-amd64 /lib/modules/6.12.0-[1234]-*
expect_modules "$next"
ok "upgrade to $next, beside kernels that cannot have the modules"

rpm_do -e famfs-dkms
expect_kernels_own
rpm_do -e fmapd famfsctl libfmap libfmap-devel libfmap-static
[ -z "$(leftovers)" ] || fail "rpm -e leaves $(leftovers)"
ok "erasure leaves nothing"

# Where RHEL differs: modules go to extra/, and are linked into other kernels, where ours would
# refuse to be loaded, unless dkms.conf says no. One kernel is enough.
for k in $(kernels); do [ "$k" = "$first" ] || rm -rf "/lib/modules/$k"; done
rm /etc/os-release
echo 'ID=rhel' >/etc/os-release
echo 'search updates extra built-in weak-updates' >/etc/depmod.d/dist.conf
printf '#!/bin/sh\necho called "$@" >>/var/lab/weak-modules\ncat >>/var/lab/weak-modules\n' >/usr/sbin/weak-modules
chmod 755 /usr/sbin/weak-modules
rpm_do -i $packages/1/famfs-dkms-[0-9]*.rpm
for m in fsdev_dax famfs_fuse; do
	file=$(modinfo -k "$first" -n $m)
	[[ $file == */extra/$m.ko* ]] || fail "modprobe would load $file"
done
rpm_do -e famfs-dkms
[ ! -e /var/lab/weak-modules ] || fail "other kernels get links: $(cat /var/lab/weak-modules)"
expect_kernels_own
[ -z "$(leftovers)" ] || fail "rpm -e leaves $(leftovers)"
ok "with DKMS as it is on RHEL"

rm -rf "/lib/modules/$first"
rpm_do -i $packages/1/famfs-dkms-[0-9]*.rpm
said 'famfs-dkms: no headers of any kernel are installed: install kernel-devel.*' "missing headers"
rpm_do -e famfs-dkms
[ -z "$(leftovers)" ] || fail "rpm -e leaves $(leftovers)"
ok "a system without headers"
