# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# parts.sh: what guest.sh can measure.
# shellcheck disable=SC2154 # of guest.sh: big_dev

# ---- very many files -----------------------------------------------------------
part_files() {
	local mnt=/mnt/f before bare used dirs=$((FILES / 1000)) opens=$((FILES / 10))
	must dax_bind "$big_dev" $FSDEV
	scale manifest "$FILES" $dirs "/dev/$big_dev" >/tmp/manifest
	figure manifest-kib $(($(stat -c %s /tmp/manifest) / 1024)) KiB
	step "read the manifest" "$FILES" fmapd --check /tmp/manifest
	mkdir -p $mnt
	step mount 1 fmapd --require-fmap /tmp/manifest $mnt
	figure server-kib "$(server_kib)" KiB
	figure server-bytes-per-file "$(per 0 "$(server_kib)" "$FILES")" bytes
	bare=$(slab_kib)
	step "walk (readdir, stat)" "$FILES" scale walk $mnt
	before=$(slab_kib)
	figure kernel-bytes-per-cached-file "$(per "$bare" "$before" "$FILES")" bytes
	step "walk again" "$FILES" scale walk $mnt
	step "open, read 4 KiB, close" $opens scale opens $mnt "$FILES" $dirs $opens
	used=$(wc -l </sys/kernel/debug/famfs_fuse/maps)
	figure kernel-bytes-per-map "$(per "$before" "$(slab_kib)" "$used")" bytes
	step "list of maps" "$used" dd if=/sys/kernel/debug/famfs_fuse/maps of=/dev/null bs=64K status=none
	before=$(slab_kib)
	coproc KEEP { exec scale keep $mnt "$FILES" $dirs $opens; }
	read -r -u "${KEEP[0]}"
	figure kernel-bytes-per-open-file "$(per "$before" "$(slab_kib)" $opens)" bytes
	echo >&"${KEEP[1]}"
	wait "$KEEP_PID"
	step "syncfs" "$used" sync -f $mnt
	step "drop caches" "$FILES" drop_caches
	same "maps after that" "$(wc -l </sys/kernel/debug/famfs_fuse/maps)" 0
	figure kernel-kib-left $(($(slab_kib) - bare)) KiB
	figure server-kib-after "$(server_kib)" KiB
	must scale walk $mnt
	must scale opens $mnt "$FILES" $dirs $opens
	exec {held}<$mnt/d0/file-0
	step "take the device away" "$used" dax_unbind "$big_dev"
	must_not head -c 1 <&"$held"
	exec {held}<&-
	step umount "$FILES" umounted $mnt
	must dax_bind "$big_dev" $FSDEV
	part_long
	must dax_unbind "$big_dev"
}

# As many extents as a map can have, nearly.
part_long() {
	local n=690000 mnt=/mnt/long
	bigmap manifest $n "/dev/$big_dev" >/tmp/manifest
	mkdir -p $mnt
	must fmapd --require-fmap /tmp/manifest $mnt
	step "open of a file of 690,000 extents" 1 head -c 1 $mnt/big >/dev/null
	step "its eviction" 1 drop_caches
	step "umount of it" 1 umounted $mnt
}

# ---- very many devices ---------------------------------------------------------
devices_make() {
	local region d i
	region=$(dax_region "$big_dev")
	dax_unbind "$big_dev" || return 1
	echo $((PIECE)) >"$DAX/devices/$big_dev/size" || return 1
	for ((i = 1; i < DEVICES; i++)); do
		echo 1 >"$region/create" || return 1
		read -r d <"$region/create"
		echo $((PIECE)) >"$DAX/devices/$d/size" || return 1
		made+=("$d")
	done
}
devices_bind() {
	local d
	for d in "${made[@]}"; do
		echo "$d" >"$DAX/drivers/$1/new_id" || return 1
		echo "$d" >"$DAX/drivers/$1/remove_id" || return 1
	done
}
devices_unbind() {
	local d
	for d in "${made[@]}"; do echo "$d" >"$DAX/drivers/$1/unbind" || return 1; done
}
devices_delete() {
	local d region
	region=$(dax_region "$big_dev")
	for d in "${made[@]:1}"; do
		echo 0 >"$DAX/devices/$d/size" && echo "$d" >"$region/delete" || return 1
	done
}
part_devices() {
	local before after mnt=/mnt/d i
	PIECE=$((2 << 20))
	made=("$big_dev")
	step "make by sysfs" "$DEVICES" devices_make
	before=$(available_kib)
	step "bind" "$DEVICES" devices_bind $FSDEV
	after=$(available_kib)
	figure kernel-bytes-per-bound-device "$(per "$after" "$before" "$DEVICES")" bytes
	for ((i = 0; i < DEVICES; i++)); do
		echo "device $i /dev/${made[i]}"
		echo "file /f$i size=2M extent=$i:0:2M"
	done >/tmp/manifest
	step "read the manifest" "$DEVICES" fmapd --check /tmp/manifest
	mkdir -p $mnt
	step mount 1 fmapd --require-fmap /tmp/manifest $mnt
	before=$(slab_kib)
	step "use each, a file on each" "$DEVICES" scale each $mnt "$DEVICES"
	figure kernel-bytes-per-used-device "$(per "$before" "$(slab_kib)" "$DEVICES")" bytes
	step "use each again" "$DEVICES" scale each $mnt "$DEVICES"
	step "famfsctl list" "$DEVICES" famfsctl list >/tmp/list
	same "devices in the list" "$(grep -c "$mnt" /tmp/list)" "$DEVICES"
	step "famfsctl status" "$DEVICES" famfsctl status >/tmp/status
	step "statfs" 1 stat -f $mnt >/dev/null
	exec {held}<$mnt/f7
	step "take one away in use" 1 dax_unbind "${made[7]}"
	must_not head -c 1 <&"$held"
	must head -c 1 $mnt/f8 >/dev/null
	exec {held}<&-
	step umount "$DEVICES" umounted $mnt
	must dax_bind "${made[7]}" $FSDEV
	step "unbind" "$DEVICES" devices_unbind $FSDEV
	# What others have them for, to compare with.
	step "bind to device_dax" "$DEVICES" devices_bind device_dax
	step "unbind from device_dax" "$DEVICES" devices_unbind device_dax
	step "delete by sysfs" "$DEVICES" devices_delete
	echo $((PIECE + $(cat "$(dax_region "$big_dev")/available_size"))) >"$DAX/devices/$big_dev/size"
}

# ---- a very large device -------------------------------------------------------
# large FOLIO SPANS: SPANS pieces of that size are stored to.
large() {
	local folio=$1 spans=$2 mnt=/mnt/l before size
	size=$(dax_size "$big_dev")
	dax_align "$big_dev" "$folio"
	echo "$folio" >/sys/module/fsdev_dax/parameters/folio_max
	{
		echo "device 0 /dev/$big_dev"
		echo "file /l size=$size extent=0:0:$size"
	} >/tmp/manifest
	before=$(available_kib)
	step bind 1 dax_bind "$big_dev" $FSDEV
	figure device-mib $((size >> 20)) MiB
	figure memory-taken-mib $(((before - $(available_kib)) / 1024)) MiB
	figure page-structs-mib $(($(cat "$DAX/devices/$big_dev/page_structs") >> 20)) MiB
	same "folios" "$(cat "$DAX/devices/$big_dev/folio_size")" "$folio"
	mkdir -p $mnt
	step mount 1 fmapd --require-fmap /tmp/manifest $mnt
	before=$(slab_kib)
	step "open" 1 head -c 1 $mnt/l >/dev/null
	step "write and read 4 KiB" 1000 scale rw $mnt/l 1000
	step "map, load from scattered folios" "$spans" scale touch $mnt/l "$spans" "$folio" read
	step "map, store, fsync" "$spans" scale touch $mnt/l "$spans" "$folio" write
	step "map, store, msync a page" "$spans" scale touch $mnt/l "$spans" "$folio" msync
	step "map, load from every folio, unmap" $((size / folio)) scale all $mnt/l "$folio"
	step syncfs 1 sync -f $mnt
	figure kernel-kib-of-the-file $(($(slab_kib) - before)) KiB
	step "eviction" 1 drop_caches
	same "maps after that" "$(wc -l </sys/kernel/debug/famfs_fuse/maps)" 0
	must scale touch $mnt/l "$spans" "$folio" write
	step umount 1 umounted $mnt
	step unbind 1 dax_unbind "$big_dev"
}
part_large2m() { large $((2 << 20)) 1024; }
part_large1g() { large $((1 << 30)) 16; }
