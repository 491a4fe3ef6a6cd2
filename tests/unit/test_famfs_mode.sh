#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfs-mode in trees of its own: which file names which device, what is refused, and that nothing
# is written then.
set -u
tool=$(cd "$(dirname "$0")/../.." && pwd)/tools/famfs-mode/famfs-mode
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FAMFS_MODE_SYS=$work/sys FAMFS_MODE_PROC=$work/proc FAMFS_MODE_DEV=/dev FAMFS_MODE_CONF=$work/conf
export FAMFS_MODE_MODPROBE=$work/modprobe
failed=0
fail() { echo "FAILED: $*" >&2; failed=1; }

# device NAME PARENT START SIZE [DRIVER]: below PARENT, as /sys has it.
device() {
	local at=$work/sys/devices/$2/$1
	mkdir -p "$at" "$work/sys/bus/dax/devices"
	echo "$3" >"$at/resource"
	echo "$4" >"$at/size"
	ln -sfn "../../../devices/$2/$1" "$work/sys/bus/dax/devices/$1"
	rm -f "$at/driver"
	[ $# -lt 5 ] || ln -s "../../../../../bus/dax/drivers/$5" "$at/driver"
}
tree() {
	rm -rf "${work:?}"/{sys,proc,conf}
	mkdir -p "$work"/{conf,proc,sys/devices/system/memory/memory32}
	for d in device_dax kmem fsdev_dax; do
		mkdir -p "$work/sys/bus/dax/drivers/$d"
		: >"$work/sys/bus/dax/drivers/$d/unbind"
		: >"$work/sys/bus/dax/drivers/$d/new_id"
		: >"$work/sys/bus/dax/drivers/$d/remove_id"
	done
	echo 8000000 >"$work/sys/devices/system/memory/block_size_bytes"
	echo offline >"$work/sys/devices/system/memory/memory32/state"
	printf '#!/bin/sh\necho "$@" >>%s/loaded\n' "$work" >"$work/modprobe"
	chmod 755 "$work/modprobe"
	rm -f "$work/loaded"
	device dax0.0 platform/hmem.0 0x100000000 134217728 kmem
	device dax1.0 platform/ndbus0/region0/dax0.1 0x180000000 1048576 device_dax
	echo 4F8C9A3E-0b7e-4f4a-9d53-6a2f1f4f0b11 >"$work/sys/devices/platform/ndbus0/region0/dax0.1/uuid"
	# A CXL region of two devices, whose targets are decoders of endpoints.
	device dax2.0 cxl/region4/dax_region4 0x200000000 4096
	device dax2.1 cxl/region4/dax_region4 0x200001000 4096 device_dax
	mkdir -p "$work"/sys/bus/cxl/devices "$work"/sys/devices/pci/{mem0,mem1} "$work"/sys/devices/cxl/port/endpoint{5,6}/decoder{5,6}.0
	echo 00000000-0000-0000-0000-000000000000 >"$work/sys/devices/cxl/region4/uuid"
	echo 0xdeadbeef >"$work/sys/devices/pci/mem0/serial"
	echo 0x1 >"$work/sys/devices/pci/mem1/serial"
	for n in 5 6; do
		ln -s "../../../pci/mem$((n - 5))" "$work/sys/devices/cxl/port/endpoint$n/uport"
		ln -s "../../../devices/cxl/port/endpoint$n/decoder$n.0" "$work/sys/bus/cxl/devices/decoder$n.0"
		echo "decoder$n.0" >"$work/sys/devices/cxl/region4/target$((n - 5))"
	done
}
conf() { printf '%s\n' "${@:2}" >"$work/conf/$1.conf"; }
# gives STATUS OUTPUT PATTERN ARGUMENT...: so it ends, with this on stdout and such a message.
gives() {
	local status=0 out
	out=$("$tool" "${@:4}" 2>"$work/err") || status=$?
	[ $status = "$1" ] || fail "${*:4}: exit $status, not $1: $(cat "$work/err")"
	[ "$out" = "$2" ] || fail "${*:4}: \"$out\", not \"$2\""
	grep -q -e "$3" "$work/err" || { [ -z "$3" ] && [ ! -s "$work/err" ]; } || fail "${*:4}: says $(cat "$work/err"), not $3"
}
written() { cat "$work"/sys/bus/dax/drivers/*/* "$work/loaded" 2>/dev/null; }
untouched() { [ -z "$(written)" ] || fail "$1: written: $(written)"; }

tree
gives 0 $'start=0x100000000\nsize=134217728' '' identify dax0.0
gives 0 $'uuid=4f8c9a3e-0b7e-4f4a-9d53-6a2f1f4f0b11\nstart=0x180000000\nsize=1048576' '' identify /sys/bus/dax/devices/dax1.0
gives 0 $'serial=0xdeadbeef,0x1\nstart=0x200001000\nsize=4096' '' identify dax2.1
gives 1 '' 'there is no dax9.0' identify dax9.0
gives 1 '' 'no dax device' identify ../../etc

# The names of devices.
conf pool uuid=4f8c9a3e-0b7e-4f4a-9d53-6A2F1F4F0B11 mode=famfs
conf cxl '# two of them' '' serial=0xDEADBEEF,0x0001 size=4096 start=0x0200001000
conf soft start=0x100000000
gives 0 FAMFS_NAME=pool '' match dax1.0
gives 0 FAMFS_NAME=cxl '' match dax2.1
gives 0 FAMFS_NAME=soft '' match dax0.0
gives 1 '' '' match dax2.0
# One key that is not so, and none of it is.
conf pool uuid=4f8c9a3e-0b7e-4f4a-9d53-6a2f1f4f0b11 size=1048577
gives 1 '' '' match dax1.0
conf pool uuid=4f8c9a3e-0b7e-4f4a-9d53-6a2f1f4f0b11 start=0x180000001
gives 1 '' '' match dax1.0
conf cxl serial=0x1,0xdeadbeef
gives 1 '' '' match dax2.1
conf cxl serial=0xdeadbeef
gives 1 '' '' match dax2.1

# Files that are wrong, and do not stand in the way of others.
for bad in size=4096 mode=famfs uuid start "start=0x1 " "start=\$(id)" 'uuid=a;b' start=16 start=0xq serial=1 serial=0x1,,0x2 \
	"serial=," mode=devdax driver=kmem $'start=0x1\nstart=0x2' 'start=0x' 'uuid=' '=x' ' start=0x1'; do
	conf cxl "$bad"
	gives 0 FAMFS_NAME=soft "$work/conf/cxl.conf" match dax0.0
	gives 1 '' "$work/conf/cxl.conf" apply cxl
done
mv "$work/conf/cxl.conf" "$work/conf/a b.conf"
gives 0 FAMFS_NAME=soft 'no good name' match dax0.0
rm "$work/conf/a b.conf"
for bad in ../soft 'a b' a-b -x .hidden ''; do gives 1 '' 'no name' apply "$bad"; done
gives 1 '' 'cannot be read' apply missing
untouched "files that are wrong"

# Devices that stay as they are.
conf pool uuid=4f8c9a3e-0b7e-4f4a-9d53-6a2f1f4f0b11
conf two serial=0xdeadbeef,0x1
conf later start=0x180000000
conf none start=0x42
echo online >"$work/sys/devices/system/memory/memory32/state"
gives 1 '' 'soft: dax0.0 stays as it is: it is memory of this machine' apply soft
rm "$work/sys/devices/system/memory/block_size_bytes"
gives 1 '' 'it is memory of this machine' apply soft
gives 1 '' 'two: it names dax2.0 and dax2.1' apply two
gives 1 '' "pool: dax1.0 is later's" apply pool
rm "$work/conf/later.conf"
gives 1 '' 'none: its device is not there' apply none
mkdir -p "$work"/proc/{7,8}/{fd,map_files}
ln -s /dev/dax1.0 "$work/proc/7/fd/3"
gives 1 '' 'pool: dax1.0 stays as it is: a process has /dev/dax1.0 open' apply pool
rm "$work/proc/7/fd/3"
ln -s /dev/dax1.0 "$work/proc/8/map_files/1000-2000"
gives 1 '' 'a process has' apply pool
rm "$work/proc/8/map_files/1000-2000"
mkdir "$work/sys/bus/dax/drivers/other"
device dax1.0 platform/ndbus0/region0/dax0.1 0x180000000 1048576 other
gives 1 '' 'its driver is other' apply pool
untouched "devices that stay"
device dax1.0 platform/ndbus0/region0/dax0.1 0x180000000 1048576 fsdev_dax
gives 0 '' 'pool: dax1.0 is in famfs mode$' apply pool
untouched "one that is there"

# One that is taken: what is written where, and that it is the driver that decides.
device dax1.0 platform/ndbus0/region0/dax0.1 0x180000000 1048576 device_dax
gives 1 '' 'pool: dax1.0 was not taken' apply pool
[ "$(cat "$work/loaded")" = "-a fsdev_dax famfs_fuse" ] || fail "modules: $(cat "$work/loaded")"
for f in device_dax/unbind fsdev_dax/new_id fsdev_dax/remove_id device_dax/new_id; do
	[ "$(cat "$work/sys/bus/dax/drivers/$f")" = dax1.0 ] || fail "$f: $(cat "$work/sys/bus/dax/drivers/$f")"
done
printf '#!/bin/sh\nexit 1\n' >"$work/modprobe"
: >"$work/sys/bus/dax/drivers/device_dax/unbind"
gives 1 '' 'pool: the modules cannot be loaded' apply pool
[ ! -s "$work/sys/bus/dax/drivers/device_dax/unbind" ] || fail "unbound though the modules are not there"

[ $failed = 0 ] && echo "famfs-mode: which device, and when it stays as it is"
exit $failed
