# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is there before a file is opened: devices, modules, and mounts of others.

# free_settled: KiB that are to be had when nothing more can be dropped.
free_settled() { evict; nap 1; available_kib; }

# device NAME DRIVER: the large device, which is in no mode, to that driver and back.
device() {
	local name=$1 drv=$DAX/drivers/$2 round before
	for round in 1 2 3; do
		before=$(free_settled)
		must measure "$name" write bind "$drv/new_id" "$big_dev"
		echo "$big_dev" >"$drv/remove_id"
		same "driver of $big_dev" "$(dax_driver "$big_dev")" "$2"
		echo "@row $name bind-kib $((before - $(free_settled))) 0 1"
		must measure "$name" write unbind "$drv/unbind" "$big_dev"
	done
}

part_devices() {
	must dax_unbind "$big_dev"
	device devdax-2m device_dax
	device famfs $FSDEV
	must dax_bind "$big_dev" device_dax
}

# The modules, and an ordinary FUSE mount before and after: nothing of it goes by us.
part_modules() {
	local m ko round
	plain_rows fuse-absent
	for m in fsdev_dax famfs_fuse; do
		ko=$(modinfo -n $m)
		case $ko in
		*.xz) busybox xzcat "$ko" >/tmp/$m.ko ;;
		*) cp "$ko" /tmp/$m.ko ;;
		esac
		for round in 1 2 3; do
			unload $m
			must measure famfs load load-$m /tmp/$m.ko
		done
	done
	plain_rows fuse-loaded
}
plain_rows() {
	plain_mount
	must measure "$1" plain /mnt/plain/f
	must umount_fmapd /mnt/plain
	plain_mount --attr-timeout=0
	must measure "$1" stat stat-served /mnt/plain/f
	must umount_fmapd /mnt/plain
}
