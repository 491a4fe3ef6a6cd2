# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Bytes written by one way and looked at by every other. Sourced after lib.sh.

# data_raw_mode DEV...: away from famfs, so that the device shows its bytes itself.
data_raw_mode() { local dev; for dev; do must dax_bind "$dev" device_dax; done; }

# data_check_files MANIFEST MOUNTPOINT SEED: every file, by every way to read.
data_check_files() {
	local n size path
	while read -r n size path; do
		path=$2$path
		same "size of $path" "$(stat -c %s "$path")" "$size"
		must daxio -r check "$path" 0 "$size" $(($3 + n))
		must daxio -r -b 12345 check "$path" 0 "$size" $(($3 + n))
		must daxio check "$path" 0 "$size" $(($3 + n))
		must daxio -a 4096 check "$path" 0 "$size" $(($3 + n))
		must daxio -p check "$path" 0 "$size" $(($3 + n))
		must daxio -s check "$path" 0 "$size" $(($3 + n))
		# From the middle to the end, at an odd place.
		must daxio -r check "$path" $((size / 3)) $((size - size / 3)) $(($3 + n))
		must daxio check "$path" $((size / 3)) $((size - size / 3)) $(($3 + n))
	done < <(rawmap list "$1")
}

# data_fill_files MANIFEST MOUNTPOINT SEED OPTION...: every file, by daxio with these.
data_fill_files() {
	local manifest=$1 mnt=$2 seed=$3 n size path; shift 3
	while read -r n size path; do
		must daxio "$@" fill "$mnt$path" 0 "$size" $((seed + n))
	done < <(rawmap list "$manifest")
}

# Ways to write; a test takes fewer for a second device of another kind.
DATA_WAYS=("-r -b 4095" "" "-a 4096 -b 65537" "-s")

# data_both_ways MANIFEST LIMIT DEV...: what is in the devices is in the files; what is
# put into the files, by each way to write, is in the devices, in the right place, and
# no other byte of their first LIMIT changes. The server moves none of it.
data_both_ways() {
	local manifest=$1 limit=$2 way seed=1000 op; shift 2
	data_raw_mode "$@"
	must rawmap paint "$manifest" "$limit"
	must rawmap fill "$manifest" $seed
	must rawmap check "$manifest" $seed "$limit"
	must_not rawmap check "$manifest" $((seed + 1)) 2>/dev/null
	[ "$(rawmap list "$manifest" | wc -l)" -ge 1 ] || fail "no files in the manifest"
	for way in "${DATA_WAYS[@]}"; do
		famfs_up "$@"
		must mount_fmapd "$manifest" /mnt/data --require-fmap
		[ $seed != 1000 ] || data_check_files "$manifest" /mnt/data $seed
		seed=$((seed + 1000))
		# shellcheck disable=SC2086
		data_fill_files "$manifest" /mnt/data $seed $way
		[ "$way" != -s ] || data_check_files "$manifest" /mnt/data $seed
		for op in READ WRITE; do
			same "$op requests" "$(request_count /mnt/data $op)" 0
		done
		must umount_fmapd /mnt/data
		data_raw_mode "$@"
		must rawmap check "$manifest" $seed "$limit"
		ok "written with daxio ${way:-by mapping}: right in the device"
	done
}
