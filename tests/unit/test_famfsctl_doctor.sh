#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfsctl doctor on a machine that is as it should be, and on that machine broken in one way
# after the other: what is wrong is found, nothing else is, and the remedy is told.
# shellcheck source=tests/unit/famfsctl_lib.sh
. "$(dirname "$0")/famfsctl_lib.sh"
command -v depmod >/dev/null || { echo "skipped: there is no depmod (package kmod)"; exit 0; }
[ "$(getconf LONG_BIT)" = 64 ] || { echo "skipped: modules of 32 bits are otherwise"; exit 0; }
[ "$(printf '\1\0' | od -An -tu2 | xargs)" = 1 ] || { echo "skipped: numbers are the other way round here"; exit 0; }

fsdev() { module "${1:-updates/dkms}/fsdev_dax.ko" fsdev_dax version=0.2.0 srcversion=AAA "vermagic=$REL SMP" tested_kernel=7.3 +dax_alive =fsdev_get "${@:2}"; }
fuse() { module "${1:-updates/dkms}/famfs_fuse.ko" famfs_fuse version=0.2.0 srcversion=BBB "vermagic=$REL SMP" tested_kernel=7.3 +fuse_len_args +fsdev_get:0x22222222 "${@:2}"; }
loaded() { put "sys/module/$1/initstate" live; [ -z "$2" ] || put "sys/module/$1/version" "$2"; put "sys/module/$1/srcversion" "$3"; }

mkdir -p "$tree/sys" "$tree/proc"
put proc/sys/kernel/osrelease $REL
put boot/config-$REL $'CONFIG_DAX=m\nCONFIG_FS_DAX=y\nCONFIG_FUSE_FS=m\nCONFIG_DEBUG_INFO_BTF=y\nCONFIG_MODULES=y\nCONFIG_DEV_DAX=m'
mkdir -p "$tree/sys/kernel/btf" "$tree/lib/modules/$REL/build/include" "$tree/lib/modules/$REL/kernel/drivers/dax"
printf '\237\353\1\0\30\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0' >"$tree/sys/kernel/btf/vmlinux"
printf '0x11111111\tdax_alive\tdrivers/dax/dax\tEXPORT_SYMBOL_GPL\t\n0x11111111\tfuse_len_args\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' \
	>"$tree/lib/modules/$REL/build/Module.symvers"
put proc/kallsyms $'0000000000000000 T fuse_len_args\n0000000000000000 t dax_thing\t[dax]'
fsdev
fuse
module kernel/drivers/dax/kmem.ko kmem "vermagic=$REL SMP"
: >"$tree/lib/modules/$REL/modules.builtin"
depmods
put etc/modprobe.d/no-kmem.conf "blacklist kmem"
put sys/kernel/security/lockdown "[none] integrity confidentiality"
put usr/src/famfs-0.2.0/dkms.conf ""
put usr/sbin/fmapd ""
loaded fsdev_dax 0.2.0 AAA
loaded famfs_fuse 0.2.0 BBB
put sys/module/famfs_fuse/parameters/offer auto
device dax0.0 platform/hmem.0 fsdev_dax
attr dax0.0 holder 0:44
attr dax0.0 folio_size 2097152
: >"$tree/sys/bus/dax/devices/dax0.0/badpages"
attr dax0.0 resource 0x100000000
put proc/self/mountinfo '44 21 0:44 / /mnt/famfs rw - fuse.fmapd /dev/dax0.0 rw'
put sys/kernel/debug/famfs_fuse/mounts '0:44 source=/dev/dax0.0 subtype=fmapd server=4711 state=alive'
put proc/4711/comm fmapd
put sys/devices/system/memory/block_size_bytes 8000000
cp -a "$tree" "$work/good"

# whole: the good machine again. situation NAME: one that is broken in what follows.
n=0
is_broken() {
	rm -rf "$tree"
	cp -a "$work/good" "$tree"
	situation=$1
	n=$((n + 1))
}
# finds VERDICT ID TEXT [REMEDY]: after examine, a finding.
finds() {
	local line rest
	line=$(grep -nE -m 1 "^$1 +$2: .*$3" <<<"$said") || { fail "no \"$1 $2: $3\": $said"; return; }
	[ -n "${4:-}" ] || return 0
	rest=$(sed -n "$((${line%%:*} + 1))p" <<<"$said")
	grep -qE -- "-> .*$4" <<<"$rest" || fail "$2: the remedy is \"$rest\", not \"$4\""
}
# examine STATUS FAILURES WARNINGS [OPTION...]: doctor, of text and of JSON.
examine() {
	local status=$1 counts="$2 failures, $3 warnings"; shift 3
	run_json "$status" doctor "$@"
	says "command=doctor"
	run "$status" doctor "$@"
	says "$counts"
}
changed_nothing() { diff -r "$work/before" "$tree" >&2 || fail "doctor changes something"; }

is_broken "a good machine"
cp -a "$tree" "$work/before"
examine 0 0 0
changed_nothing
finds ok kernel.btf "0 types"
finds ok module.fsdev_dax "/lib/modules/$REL/updates/dkms/fsdev_dax.ko, version 0.2.0"
finds ok symbols.famfs_fuse "all 2 "
finds ok mount.0:44 "/mnt/famfs is served by fmapd \(4711\)"
says "0 things that could not be seen"
run 0 doctor --quiet
[ "$(wc -l <<<"$said")" = 1 ] || fail "--quiet says $said"

# --- the kernel
is_broken "an old kernel"
REL5=5.10.0-1; put proc/sys/kernel/osrelease $REL5
run 1 doctor
finds FAIL kernel.version "older than 6.1" "6.1 or later"

is_broken "a newer kernel than was tested"
for m in fsdev fuse; do $m updates/dkms tested_kernel=6.9; done
sed -i 's/tested_kernel=7.3/testing_thing=7.3/' "$tree"/lib/modules/$REL/updates/dkms/*.ko
examine 0 0 1
finds warn kernel.version "newer than 6.9" "issue tracker"
run 1 doctor --strict

is_broken "no FS_DAX"
sed -i 's/CONFIG_FS_DAX=y/# CONFIG_FS_DAX is not set/' "$tree/boot/config-$REL"
examine 1 1 0
finds FAIL kernel.config "without CONFIG_FS_DAX" "boot a kernel"

is_broken "a real-time kernel"
sed -i '/DEV_DAX/d' "$tree/boot/config-$REL"
examine 0 0 1
finds warn kernel.config "no dax devices" "block devices"

is_broken "a kernel with famfs"
echo CONFIG_FUSE_FAMFS_DAX=y >>"$tree/boot/config-$REL"
examine 0 0 1
finds warn kernel.famfs "serves famfs itself" "remove famfs-dkms"

is_broken "no configuration"
rm "$tree/boot/config-$REL"
examine 0 0 0
finds '\?' kernel.config "no configuration"

is_broken "no BTF"
rm "$tree/sys/kernel/btf/vmlinux"
examine 1 1 0
finds FAIL kernel.btf "no /sys/kernel/btf/vmlinux" CONFIG_DEBUG_INFO_BTF

is_broken "damaged BTF"
printf 'xxxx' | dd of="$tree/sys/kernel/btf/vmlinux" conv=notrunc status=none
examine 1 1 0
finds FAIL kernel.btf "damaged" "later version"

# --- the modules
unload() { rm -rf "$tree"/sys/module/{famfs_fuse,fsdev_dax}; rm "$tree/sys/bus/dax/devices/dax0.0/driver"; }
is_broken "no modules, no sources"
unload
rm -r "$tree"/lib/modules/$REL/updates "$tree/usr/src"
depmods
run 1 doctor
finds FAIL modules.installed "nor their sources" "install the package famfs-dkms"

is_broken "no headers"
unload
rm -r "$tree"/lib/modules/$REL/{updates,build}
depmods
run 1 doctor
finds FAIL modules.installed "headers are not installed" "linux-headers-$REL"

is_broken "not built"
unload
rm -r "$tree/lib/modules/$REL/updates"
depmods
run 1 doctor
finds FAIL modules.installed "have not been built" "dkms install famfs/0.2.0 -k $REL"

situation="refused by the layouts"
printf '[ "$1" = %s ] && [ -d "$2/include" ] && echo "struct fuse_conn has no member x"\n' $REL >"$work/judge.sh"
run 1 doctor --judge "$work/judge.sh"
finds FAIL modules.installed "cannot be had for $REL: struct fuse_conn has no member x" "later version"
n=$((n + 1))

is_broken "depmod was not run"
rm "$tree"/lib/modules/$REL/modules.dep*
depmod_of() { rm -rf "$work/aside"; mv "$tree/lib/modules/$REL/updates" "$work/aside"; depmods; mv "$work/aside" "$tree/lib/modules/$REL/updates"; }
depmod_of
examine 1 2 0
finds FAIL module.fsdev_dax "modprobe does not know it" "depmod -a $REL"

is_broken "the kernel's own comes first"
module kernel/drivers/dax/fsdev_dax.ko fsdev_dax "vermagic=$REL SMP"
depmod_of
examine 1 2 0
finds FAIL module.fsdev_dax "takes .*/kernel/drivers/dax/fsdev_dax.ko, the kernel's own" "depmod -a"

is_broken "for another kernel"
sed -i "s/vermagic=$REL/vermagic=6.12.89-amd64/" "$tree/lib/modules/$REL/updates/dkms/famfs_fuse.ko"
examine 1 1 0
finds FAIL module.famfs_fuse "built for 6.12.89-amd64" "dkms install --force famfs/0.2.0 -k $REL"

is_broken "no pair"
sed -i "s/version=0.2.0/version=0.1.9/" "$tree/lib/modules/$REL/updates/dkms/fsdev_dax.ko"
examine 1 1 1
finds FAIL modules.pair "fsdev_dax 0.1.9 and famfs_fuse 0.2.0" "one package"

is_broken "built into the kernel"
echo kernel/drivers/dax/fsdev_dax.ko >"$tree/lib/modules/$REL/modules.builtin"
examine 1 1 0
finds FAIL module.fsdev_dax "built into the kernel" "boot a kernel"

is_broken "an older pair is loaded"
loaded fsdev_dax 0.1.0 OLD
loaded famfs_fuse 0.1.0 OLD
examine 0 0 2
finds warn loaded.famfs_fuse "0.1.0 is loaded, 0.2.0 is installed" "modprobe -r famfs_fuse fsdev_dax"

is_broken "another build is loaded"
loaded famfs_fuse 0.2.0 CCC
examine 0 0 1
finds warn loaded.famfs_fuse "another build of 0.2.0" "modprobe -r"

is_broken "the kernel's own is loaded"
rm "$tree/sys/module/fsdev_dax/version"
run 1 doctor
finds FAIL loaded.fsdev_dax "kernel's own" "modprobe -r fsdev_dax && modprobe famfs_fuse"
finds FAIL device.dax0.0 "kernel's own fsdev_dax"

is_broken "refused when loaded"
unload
put dev/kmsg $'6,1,1,-;usb 1-1: hello\n3,2,2,-;famfs_fuse: refusing to load: kernel x differs from the one this module was built for: W; rebuild it (dkms)\n SUBSYSTEM=x'
run 1 doctor
finds FAIL loaded.famfs_fuse "log says: famfs_fuse: refusing to load: kernel x" "Troubleshooting"
finds ok loaded.fsdev_dax "not loaded"

is_broken "on the blacklist"
unload
put etc/modprobe.d/x.conf "blacklist famfs_fuse"
run 0 doctor
finds warn loaded.famfs_fuse "blacklist" "take \"blacklist famfs_fuse\" out"

is_broken "no headers any more"
rm -r "$tree/lib/modules/$REL/build"
examine 0 0 1
finds warn kernel.headers "not installed" "headers"
finds '\?' symbols "no Module.symvers"

is_broken "the protocol is offered to nobody"
put sys/module/famfs_fuse/parameters/offer none
examine 0 0 1
finds warn parameter.offer "offer=none" "echo auto"

is_broken "no modules from now on"
unload
put proc/sys/kernel/modules_disabled 1
run 1 doctor
finds FAIL kernel.modules_disabled "no module can be loaded" reboot

# --- symbols and signatures
is_broken "a function that is not exported"
sed -i /dax_alive/d "$tree/lib/modules/$REL/build/Module.symvers"
examine 1 1 0
finds FAIL symbols.fsdev_dax "does not export dax_alive" "another kernel"

is_broken "another version of a function"
sed -i 's/0x11111111\tfuse_len/0x33333333\tfuse_len/' "$tree/lib/modules/$REL/build/Module.symvers"
examine 1 1 0
finds FAIL symbols.famfs_fuse "other versions of fuse_len_args" "dkms install --force"

is_broken "headers of another kernel of that name"
put proc/kallsyms '0000000000000000 T something_else'
examine 1 1 0
finds FAIL symbols.famfs_fuse "running kernel has no fuse_len_args" "boot the kernel"

is_broken "Secure Boot, not signed"
unload
put sys/kernel/security/lockdown "none [integrity] confidentiality"
run 1 doctor
finds FAIL signature.famfs_fuse "lockdown is on .* is not signed" "DKMS signs it"

is_broken "Secure Boot, key not enrolled"
unload
put sys/kernel/security/lockdown "none [integrity] confidentiality"
fsdev updates/dkms "signer=DKMS module signing key"
fuse updates/dkms "signer=DKMS module signing key"
put proc/keys '1aa1b2c3 I------     1 perm 1f030000     0     0 asymmetri Debian Secure Boot CA: 6ccece7e: X509.rsa 36c26bba []'
run 1 doctor
finds FAIL signature.fsdev_dax "does not know the key \"DKMS module signing key\"" "mokutil --import"
put proc/keys '1aa1b2c3 I------     1 perm 1f030000     0     0 asymmetri DKMS module signing key: 6ccece7e: X509.rsa 36c26bba []'
run 0 doctor
finds ok signature.fsdev_dax "which the kernel knows"
rm "$tree/proc/keys"
run 0 doctor
finds '\?' signature.fsdev_dax "cannot be seen" "mokutil --test-key"

is_broken "Secure Boot, and nothing else to be seen"
unload
rm "$tree/sys/kernel/security/lockdown"
mkdir -p "$tree/sys/firmware/efi/efivars"
printf '\6\0\0\0\1' >"$tree/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
run 0 doctor
finds warn signature.famfs_fuse "Secure Boot is on"

is_broken "lockdown closes debugfs"
put sys/kernel/security/lockdown "none integrity [confidentiality]"
examine 0 0 1
finds warn kernel.lockdown "closes debugfs"

# --- devices
is_broken "no devices"
rm -r "$tree/sys/bus/dax"
examine 1 1 0
finds FAIL devices "no dax devices" "ndctl create-namespace"
put sys/block/pmem0/queue/dax 1
examine 0 0 1
finds ok block.pmem0 "can hold files"

is_broken "memory that is online"
driver dax0.0 kmem
for b in 32 33; do put sys/devices/system/memory/memory$b/state online; done
put sys/devices/system/memory/memory34/state offline
put sys/devices/system/memory/memory36/state online	# not of the device
examine 0 0 1
finds warn device.dax0.0 "online \(2 of 3 blocks\)" "blacklist kmem"
for b in 32 33; do put sys/devices/system/memory/memory$b/state offline; done
examine 0 0 1
finds warn device.dax0.0 "memory is offline" "famfsctl mode dax0.0 famfs"
rm "$tree/sys/bus/dax/devices/dax0.0/resource"
run 0 doctor
finds warn device.dax0.0 "only root can see"

is_broken "kmem takes it at the next boot"
rm "$tree/etc/modprobe.d/no-kmem.conf"
examine 0 0 1
finds warn kmem.dax0.0 "ordinary memory" "blacklist kmem"

is_broken "devdax, and no driver"
driver dax0.0 device_dax
device dax1.0 platform/ndbus0/region0 -
examine 0 0 2
finds warn device.dax0.0 "in devdax mode" "famfsctl mode dax0.0 famfs"
finds warn device.dax1.0 "has no driver" "famfsctl mode dax1.0 famfs"

is_broken "not as it should have come up"
printf '#!/bin/sh\n[ "$1 $2" = "match dax0.0" ] && echo FAMFS_NAME=pool\n' >"$work/helper"
chmod +x "$work/helper"
examine 0 0 0 --helper "$work/helper"
finds ok boot.dax0.0 "comes up in famfs mode .*pool.conf"
driver dax0.0 device_dax
examine 0 0 2 --helper "$work/helper"
finds warn boot.dax0.0 "pool.conf has dax0.0 in famfs mode" "famfs-mode@pool"

is_broken "aligned to 4 KiB"
attr dax0.0 align 4096
examine 0 0 1
finds warn align.dax0.0 "aligned to 4K" "create-device -a 2M"

is_broken "no node"
rm "$tree/dev/dax0.0"
examine 1 1 0
finds FAIL node.dax0.0 "no /dev/dax0.0" udev

is_broken "bad pages"
attr dax0.0 badpages '8192 4096'
examine 0 0 1
finds warn badpages.dax0.0 "1 ranges, the first at 0x2000" "famfsctl whose"

is_broken "held by a mount out of sight"
attr dax0.0 holder 0:99
examine 0 0 1
finds warn holder.dax0.0 "0:99.* not in sight" "end whoever"

# --- mounts and programs
is_broken "a dead server"
sed -i s/alive/dead/ "$tree/sys/kernel/debug/famfs_fuse/mounts"
examine 0 0 1
finds warn mount.0:44 "server of /mnt/famfs is gone" "umount /mnt/famfs"

is_broken "a device taken away from a mount, and back in famfs mode"
put sys/kernel/debug/famfs_fuse/devices $'0:44 index=0 name=dax0.0 state=gone\n0:44 index=1 name=dax1.0 state=ok'
examine 0 0 1
finds warn mount.0:44.0 "dax0.0 was taken away from /mnt/famfs" "umount /mnt/famfs, and mount it anew"

is_broken "an ordinary mount that is called famfs"
: >"$tree/sys/kernel/debug/famfs_fuse/mounts"
examine 0 0 1
finds warn mount.0:44 "ordinary FUSE mount" "famfsctl why"

is_broken "an older module, without a table of mounts"
rm "$tree/sys/kernel/debug/famfs_fuse/mounts"
examine 0 0 0
finds '\?' mounts "older than this famfsctl"

is_broken "no server"
rm "$tree/usr/sbin/fmapd"
examine 0 0 1
finds warn program.server "neither fmapd" "install the package fmapd"

is_broken "half of the famfs user space"
put usr/local/bin/famfs ""
examine 0 0 1
finds warn program.famfs "mkfs.famfs is not" "as a whole"
put usr/local/sbin/mkfs.famfs ""
examine 0 0 0
finds ok program.famfs "famfs mount --fuse"

is_broken "RDMA out of reach"
mkdir -p "$tree/sys/class/infiniband/mlx5_0"
examine 0 0 1
finds warn rdma.mlx5_0 "cannot reach" "modprobe ib_uverbs"

situation=
echo "$n situations"
run 2 doctor --nonsense
run 2 doctor x
done_testing
