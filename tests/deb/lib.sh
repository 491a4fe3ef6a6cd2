# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the packages share, those of tests/rpm too. All run inside a chroot.

set -euo pipefail
cd /var/lab/tree
version=$(sed -n 's/^VERSION[[:space:]]*:=[[:space:]]*//p' Makefile)
# shellcheck disable=SC2034
next=${version%.*}.$((${version##*.} + 1))
log=/var/lab/log

ok()   { printf 'ok: %s (%d s)\n' "$*" $((SECONDS - since)); since=$SECONDS; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
since=$SECONDS

# Run a command; its output stays in $log for the checks after it.
quietly() {
	"$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "$*"; }
}

# other_tree DIR: the sources again, made by somebody with another umask, on another day.
other_tree() {
	rm -rf "$1"
	cp -r /var/lab/tree "$1"
	rm -rf "$1/build"
	chmod -R g+w "$1"
	find "$1" -exec touch -d '2020-02-02 02:02:02' {} +
}

# first_build KIND FILES: the packages (deb, rpm) as README.md tells to build them, in
# /var/lab/packages/1. FILES is how many there should be at least.
first_build() {
	rm -rf /var/lab/packages
	mkdir -p /var/lab/packages
	grep -qx "    make $1" README.md || fail "README.md does not tell to make $1"
	quietly make "$1"
	mv "build/$1" /var/lab/packages/1
	package_sums /var/lab/packages/1 >/var/lab/sums.1
	[ "$(wc -l </var/lab/sums.1)" -ge "$2" ] || fail "packages are missing: $(cat /var/lab/sums.1)"
	ok "make $1, with what it needs"
}
package_sums() {
	(cd "$1" && find . \( -name '*.deb' -o -name '*.dsc' -o -name '*.tar.*' -o -name '*.rpm' \) \
		-exec sha256sum {} + | sort -k 2)
}
# same_bytes DIR: another build gave the same packages as the first.
same_bytes() {
	package_sums "$1" >/var/lab/sums.2
	diff /var/lab/sums.1 /var/lab/sums.2 >&2 || fail "two builds differ"
	ok "$(wc -l </var/lab/sums.1) files, the same bytes twice"
}

# become_next: the tree in which this runs is the next version from here on.
become_next() {
	sed -i "s/^VERSION\([[:space:]]*\):=.*/VERSION\1:= $next/" Makefile
	! make check-version >/dev/null 2>&1 || fail "make check-version overlooks another version"
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$next\"/" dkms.conf
	{
		printf 'famfs-dkms (%s) unstable; urgency=medium\n\n  * Next.\n\n' "$next"
		printf ' -- A Tester <tester@famfs-dkms.invalid>  Sun, 22 Nov 2026 12:00:00 +0000\n\n'
		cat debian/changelog
	} >changelog.new
	mv changelog.new debian/changelog
	! make check-version >/dev/null 2>&1 || fail "make check-version overlooks that of the spec"
	sed -i -e "s/^Version:.*/Version: $next/" -e "/^%changelog/a\\
* Sun Nov 22 2026 A Tester <tester@famfs-dkms.invalid> - $next-1\\
- Next.\\
" rpm/famfs-stock.spec
	quietly make check-version
}

kernels() {
	local build
	for build in /lib/modules/*/build; do
		[ ! -e "$build/include" ] || basename "$(dirname "$build")"
	done
}

# running KERNEL: uname -r says this from now on. The machine's own kernel is none of the chroot's.
running() {
	[ -e /usr/bin/uname.machine ] || mv /usr/bin/uname /usr/bin/uname.machine
	printf '#!/bin/sh\n[ "$*" = -r ] || exec uname.machine "$@"\necho "%s"\n' "$1" >/usr/bin/uname
	chmod 755 /usr/bin/uname
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

# expect_signatures: the modules are signed with the key that README.Debian tells to enrol.
expect_signatures() {
	local kernel m file key
	key=$(openssl x509 -inform DER -in /var/lib/dkms/mok.pub -noout -serial) || fail "DKMS made no key"
	for kernel in $(kernels); do
		for m in fsdev_dax famfs_fuse; do
			file=$(modinfo -k "$kernel" -n $m)
			[ "serial=$(modinfo -F sig_key "$file" | tr -d :)" = "$key" ] ||
				fail "$file is signed by \"$(modinfo -F signer "$file")\", not with DKMS's key"
		done
	done
	ok "signed with DKMS's key"
}

# expect_kernels_own: what modprobe loads is what it would have loaded before.
expect_kernels_own() {
	local kernel own now
	for kernel in $(kernels); do
		own=$(find "/lib/modules/$kernel/kernel/drivers/dax" -name 'fsdev_dax.ko*')
		now=$(modinfo -k "$kernel" -n fsdev_dax 2>/dev/null || true)
		[ "$(readlink -f "$now")" = "$(readlink -f "$own")" ] ||
			fail "after removal modprobe would load \"$now\" for $kernel, not the kernel's own \"$own\""
		! modinfo -k "$kernel" -n famfs_fuse >/dev/null 2>&1 || fail "famfs_fuse is still known to $kernel"
	done
}

# Kernels that cannot have the modules must not stop an installation.
fake_kernel() {
	local build=/lib/modules/$1/build
	mkdir -p "$build/include/generated"
	printf '#define UTS_RELEASE "%s"\n' "$1" >"$build/include/generated/utsrelease.h"
	printf '%s\n' "${@:2}" >"$build/.config"
}

# strange_types KERNEL: those of a kernel that has another FUSE than all that are known.
strange_types() {
	echo 'struct fuse_conn { int members; } conn; struct fuse_mount { int members; } mount;' |
		gcc -gbtf -x c -c -o "/lib/modules/$1/build/vmlinux" -
}
# shellcheck disable=SC2034
all_options=(CONFIG_DAX=y CONFIG_FS_DAX=y CONFIG_FUSE_FS=m CONFIG_DEBUG_INFO_BTF=y)

# said PATTERN WHAT: the last command printed such a line; WHAT it is about.
said() { grep -qx "$1" "$log" || { cat "$log" >&2; fail "nothing is said of $2"; }; }

# What may not be left of us.
leftovers() {
	find /usr/src /var/lib/dkms /usr/include /usr/lib /usr/lib64/ /usr/sbin /usr/share /etc /var/lib/dpkg/info \
		\( -path '*famfs*' -o -name 'fmap*' -o -name 'libfmap*' \) 2>/dev/null || true
	find /lib/modules/*/updates /lib/modules/*/extra -type f 2>/dev/null || true
	find /tmp /run -maxdepth 1 \( -name 'dkms_rpm_*' -o -name 'famfs*' \) 2>/dev/null || true
}
