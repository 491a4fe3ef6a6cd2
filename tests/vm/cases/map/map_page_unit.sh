# SPDX-License-Identifier: GPL-2.0-only
# If this fails: where pages are not of 4 KiB, files have wrong bytes, or good maps are refused.
# pages: any
# timeout: 240
# A map is made of the kernel's pages, whatever their size: extents of single pages are
# served, those that are not made of whole pages refused, and large pages are used where
# the map has room for them.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
page=$(getconf PAGESIZE)
large=$(huge_size)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	allow-invalid
	device 0 /dev/$dev
	file /pages size=$((3 * page - 100))
	extent 0:$((large + 5 * page)):$page 0:$((large + 2 * page)):$page
	extent 0:$((large + 9 * page)):$page
	file /chunks size=$((8 * page))
	stripe chunk=$page bytes=$((8 * page)) strips=0:$((2 * large)):$((4 * page)),0:$((2 * large + 5 * page)):$((4 * page))
	file /large size=$((2 * large)) extent=0:$((4 * large)):$((2 * large))
	file /offset size=$page extent=0:$((large + page / 2)):$page
	file /length size=$page extent=0:$large:$((page / 2)) extent=0:$((large + page)):$page
	file /chunk size=$((2 * page))
	stripe chunk=$((page / 2)) bytes=$((2 * page)) strips=0:$large:$page,0:$((large + page)):$page
	file /strip size=$((2 * page))
	stripe chunk=$page bytes=$((2 * page)) strips=0:$large:$page,0:$((large + page * 3 / 2)):$page
END
must mount_fmapd /tmp/manifest /mnt/unit --require-fmap
actor_start a
for f in offset length chunk strip; do
	act a EINVAL open /mnt/unit/$f r
done
actor_end a
ok "not made of pages of $page bytes: refused"

# write_and_count FILE BYTES FAULTS: by a mapping; read by every way.
write_and_count() {
	must fault_counts_start
	must daxio fill /mnt/unit/$1 0 $2 1
	same "faults (small, large, 1 GiB) of $1" "$(fault_counts)" "$3"
	must daxio -r check /mnt/unit/$1 0 $2 1
	must daxio -a "$page" check /mnt/unit/$1 0 $2 1
}
write_and_count pages $((3 * page - 100)) "3 0 0"
write_and_count chunks $((8 * page)) "8 0 0"
write_and_count large $((2 * large)) "0 2 0"
must umount_fmapd /mnt/unit

# The pieces where the maps say, put together as the files have them.
must dax_bind "$dev" device_dax
for at in 5 2 9; do
	must daxio cat "/dev/$dev" $((large + at * page)) "$page"
done >/tmp/pages
must daxio -r check /tmp/pages 0 $((3 * page - 100)) 1
for row in 0 1 2 3; do
	must daxio cat "/dev/$dev" $((2 * large + row * page)) "$page"
	must daxio cat "/dev/$dev" $((2 * large + (5 + row) * page)) "$page"
done >/tmp/chunks
must daxio -r check /tmp/chunks 0 $((8 * page)) 1
ok "right in the device"
