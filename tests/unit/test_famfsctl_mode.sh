#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfsctl mode, on prepared machines: what it refuses, and what it writes before and after a
# driver that, in a tree of files, never lets go.
# shellcheck source=tests/unit/famfsctl_lib.sh
. "$(dirname "$0")/famfsctl_lib.sh"

machine() {
	rm -rf "$tree"
	situation=$1
	mkdir -p "$tree/proc/1/fd" "$tree/run"
	put proc/self/mountinfo ""
	put proc/sys/kernel/osrelease 6.12.0
	put sys/module/fsdev_dax/version 0.2.0
	for m in fsdev_dax famfs_fuse device_dax kmem; do put sys/module/$m/initstate live; done
	device dax0.0 platform/hmem.0 "${2:-device_dax}"
	attr dax0.0 resource 0x100000000
	for d in fsdev_dax device_dax kmem; do
		for f in new_id remove_id unbind; do mkdir -p "$tree/sys/bus/dax/drivers/$d"; : >"$tree/sys/bus/dax/drivers/$d/$f"; done
	done
}
# refuses TEXT ARGUMENT...: and then nothing was written to any driver.
refuses() {
	local text=$1; shift
	run 1 mode "$@"
	case $errors in *"$text"*) ;; *) fail "says \"$errors\", not \"$text\"" ;; esac
	[ -z "$(cat "$tree"/sys/bus/dax/drivers/*/*)" ] || fail "something was written"
	run_json 1 mode "$@"
	says "changed=false"
}
would() { run 0 mode --dry-run "$@"; says "would be"; }

machine "free"
would dax0.0 famfs
would /dev/dax0.0 system-ram
run 0 mode dax0.0 devdax
says "devdax, as before"

machine "held by a mount" fsdev_dax
attr dax0.0 holder 0:44
put proc/self/mountinfo '44 21 0:44 / /mnt/famfs rw - fuse.fmapd x rw'
refuses "the mount on /mnt/famfs" dax0.0 devdax
would --force dax0.0 devdax
attr dax0.0 holder raw
refuses "its node is in use (raw)" dax0.0 devdax
attr dax0.0 holder none
would dax0.0 devdax

machine "held, and the module does not tell" fsdev_dax
would dax0.0 devdax
put proc/self/mountinfo '44 21 0:44 / /mnt/famfs rw - fuse.x /dev/dax0.0 rw'
refuses "source of the mount on /mnt/famfs" dax0.0 devdax
put proc/self/mountinfo '44 21 0:44 / /mnt/famfs rw - fuse.famfs /dev/dax1.0 rw'
refuses "does not tell who has it" dax0.0 devdax

machine "open"
ln -s /dev/dax0.0 "$tree/proc/1/fd/3"
put proc/1/comm $'bad\033name'
refuses '/dev/dax0.0 is open in bad\x1bname 1;' dax0.0 famfs
run_json 1 mode dax0.0 famfs
says "users[0].pid=1"
would --force dax0.0 famfs

machine "mapped"
put proc/1/maps '7f0000000000-7f0000200000 rw-s 00000000 00:05 12     /dev/dax0.0'
refuses "1 (mapped)" dax0.0 famfs
put proc/1/maps '7f0000000000-7f0000200000 rw-s 00000000 00:05 12     /dev/dax0.01'
would dax0.0 famfs

machine "another device without a driver"
device dax1.0 platform/hmem.1 -
refuses "kmem would take dax1.0 as well" dax0.0 system-ram
would dax0.0 famfs

machine "the kernel's own fsdev_dax"
rm "$tree/sys/module/fsdev_dax/version"
refuses "the kernel's own" dax0.0 famfs

machine "a module that is not loaded"
rm "$tree/sys/module/famfs_fuse/initstate"
refuses "famfs_fuse cannot be loaded" dax0.0 famfs

machine "no driver of that name"
rm -r "$tree/sys/bus/dax/drivers/fsdev_dax"
refuses "no driver fsdev_dax" dax0.0 famfs

machine "memory that does not go offline" kmem
put sys/devices/system/memory/block_size_bytes 8000000
for b in 32 33 35; do put sys/devices/system/memory/memory$b/state online; done
put sys/devices/system/memory/memory34/state offline
put sys/devices/system/memory/memory36/state online
for b in 32 33 35 36; do put sys/devices/system/memory/memory$b/valid_zones "Normal Movable"; done
put sys/devices/system/memory/memory33/valid_zones Movable
rm "$tree/sys/devices/system/memory/memory35/state"
mkdir "$tree/sys/devices/system/memory/memory35/state"	# no write succeeds
put sys/devices/system/memory/memory35/valid_zones Normal
run 1 mode dax0.0 famfs
# One that cannot be read is none of the device's blocks: nothing to take back there.
state() { cat "$tree/sys/devices/system/memory/memory$1/state"; }
[ "$(state 32) $(state 33) $(state 36)" = "online_kernel online_movable online" ] ||
	fail "blocks are $(state 32), $(state 33), $(state 36)"
case $errors in *"kmem does not let go"*) ;; *) fail "says $errors" ;; esac
[ "$(cat "$tree/sys/bus/dax/drivers/kmem/unbind")" = dax0.0 ] || fail "it was not unbound"

machine "memory in an unknown place" kmem
rm "$tree/sys/bus/dax/devices/dax0.0/resource"
refuses "cannot be seen" dax0.0 famfs

machine "at the next boot" fsdev_dax
cat >"$work/helper" <<-'END'
	#!/bin/sh
	case $1 in
	match) [ -e "$TREE/etc/famfs/modes.d/dax0_0.conf" ] && echo FAMFS_NAME=dax0_0 ;;
	identify) printf 'start=0x100000000\nsize=536870912\n' ;;
	esac
	END
chmod +x "$work/helper"
export TREE=$tree
mkdir -p "$tree/etc"
run 0 mode --persist --helper "$work/helper" dax0.0 famfs
says "/etc/famfs/modes.d/dax0_0.conf"
[ "$(cat "$tree/etc/famfs/modes.d/dax0_0.conf")" = $'# dax0.0, by famfsctl\nstart=0x100000000\nsize=536870912\nmode=famfs' ] ||
	fail "the file says $(cat "$tree/etc/famfs/modes.d/dax0_0.conf")"
run 0 mode --persist --helper "$work/helper" dax0.0 famfs
says "names it already"
driver dax0.0 device_dax
run 0 mode --persist --helper "$work/helper" dax0.0 devdax
says "removed"
[ -z "$(ls "$tree/etc/famfs/modes.d")" ] || fail "left: $(ls "$tree/etc/famfs/modes.d")"
driver dax0.0 fsdev_dax
put etc/famfs/modes.d/pool.conf "mode=famfs"
run 1 mode --persist=pool --helper "$work/helper" dax0.0 famfs
[ "$(cat "$tree/etc/famfs/modes.d/pool.conf")" = mode=famfs ] || fail "another device's file was written"
run 1 mode --persist --helper "$work/absent" dax0.0 famfs
run 2 mode --persist=../x dax0.0 famfs

situation=usage
run 1 mode dax7.0 famfs
run 1 mode ../../x famfs
run 2 mode dax0.0 nonsense
run 2 mode dax0.0
run 2 mode --nonsense dax0.0 famfs
done_testing
