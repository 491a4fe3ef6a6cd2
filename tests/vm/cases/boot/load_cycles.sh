# SPDX-License-Identifier: GPL-2.0-only
# If this fails: each time that the modules are loaded and removed memory is lost, or in the end
# they cannot be removed.
# timeout: 900
# Sixty rounds of load, mount, use, unmount, unload, and every tenth with the
# driver out and in again: no reference stays, and memory does not dwindle.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
rounds=60
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=4M extent=0:2M:4M
	END
# What the kernel keeps, in KiB, without what it could give back.
kernel_kib() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	awk '$1 == "SUnreclaim:" || $1 == "PageTables:" { n += $2 } END { print n }' /proc/meminfo
}

famfs_up "$dev"
actor_start a
for ((i = 1; i <= rounds; i++)); do
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	act a ok open /mnt/f/f rw
	act a ok map 0 4M pmd
	act a ok set 0 4M $i
	act a ok pread 0 4M $i
	act a ok pwrite 2M 4K $((i + 1))
	act a ok is 2M 4K $((i + 1))
	act a ok unmap
	act a ok close
	must umount_fmapd /mnt/f
	wait_for 5 refs_are famfs_fuse 0 || fail "round $i: use count of famfs_fuse $(module_refs famfs_fuse)"
	same "round $i: use count of fsdev_dax" "$(module_refs fsdev_dax)" 1
	must rmmod famfs_fuse
	same "round $i: use count of fsdev_dax, alone" "$(module_refs fsdev_dax)" 0
	if [ $((i % 10)) = 0 ]; then
		must dax_unbind "$dev"
		must rmmod fsdev_dax
		if [ $i = 30 ]; then slab=$(kernel_kib) free=$(available_kib); fi
		if [ $i = $rounds ]; then slab_end=$(kernel_kib) free_end=$(available_kib); fi
		must dax_bind "$dev" device_dax
		must modprobe fsdev_dax
		must dax_bind "$dev" $FSDEV
	fi
	must modprobe famfs_fuse
done
actor_end a
echo "unreclaimable slab and page tables after 30 rounds: $slab KiB, after $rounds: $slab_end KiB"
echo "available: $free KiB, then $free_end KiB"
memory_figures || exit 0
# A leak of one page in each round would be 120 KiB; the debug kernels miss none.
[ $((slab_end - slab)) -lt 2048 ] || fail "slab grew from $slab to $slab_end KiB"
[ $((free - free_end)) -lt 4096 ] || fail "available memory fell from $free to $free_end KiB"
