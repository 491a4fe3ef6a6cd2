# SPDX-License-Identifier: GPL-2.0-only
# If this fails: mappings are of 4 KiB where 2 MiB fit, and slow; or a large page reaches into
# another file's memory.
# Large pages wherever they fit, small ones where not, told by the fault counters; and
# mmap places a mapping so that they fit.
# timeout: 240
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /aligned size=8M extent=0:2M:8M
	file /pieces size=6M extent=0:16M:2M extent=0:12M:4M
	file /off-by-page size=2M extent=0:0x1401000:2M
	file /chunks-2M size=8M
	stripe chunk=2M bytes=8M strips=0:24M:4M,0:30M:4M
	file /chunks-64K size=2M
	stripe chunk=64K bytes=2M strips=0:36M:2M,0:38M:2M
	file /end size=3M extent=0:40M:4M
	file /seam size=4M extent=0:46M:0x201000 extent=0:0x3201000:0x1ff000
END
must mount_fmapd /tmp/manifest /mnt/lp --require-fmap
# counted WHAT "PTE PMD PUD": since fault_counts_start. Who goes from page to page gets up to 16 small ones
# with a fault; whether memcpy() does is the C library's, and another machine's other way.
counted() {
	local what=$1 pte pmd pud
	read -r pte pmd pud < <(fault_counts)
	# shellcheck disable=SC2086
	set -- $2
	[ "$pmd $pud" = "$2 $3" ] && [ "$pte" -le "$1" ] && [ $((16 * pte)) -ge "$1" ] ||
		fail "$what: got '$pte $pmd $pud', wanted '$*', or fewer of the first"
}
# faults FILE SIZE WANTED [OPTION...]: the counters after one reading through a mapping.
faults() {
	local f=/mnt/lp/$1 size=$2 want=$3; shift 3
	must fault_counts_start
	must daxio "$@" cat $f 0 "$size" >/dev/null
	counted "faults (4 KiB, 2 MiB, 1 GiB) for $size of $f $*" "$want"
}
faults aligned 8M "0 4 0"
faults pieces 6M "0 3 0"
faults chunks-2M 8M "0 4 0"
faults off-by-page 2M "512 0 0"
faults chunks-64K 2M "512 0 0"
# Small pages because the address does not fit: no large one may be used.
faults aligned 4M "1024 0 0" -a 4096
# What has large entries is mapped by them again.
faults aligned 8M "0 4 0"

# A large page ends where the file ends; where its last 2 MiB are not whole, small pages.
must fault_counts_start
must daxio cat /mnt/lp/end 0 3M >/dev/null
read -r pte pmd pud <<<"$(fault_counts)"
[ "$pmd" -ge 1 ] || fail "no large page at the start of a file of 3 MiB: $pte $pmd $pud"
must fault_counts_start
must daxio cat /mnt/lp/seam 0 4M >/dev/null
counted "faults of a large page and of 2 MiB over a seam" "512 1 0"

# By writing, too.
must fault_counts_start
must daxio fill /mnt/lp/aligned 0 8M 5
same "faults of writing" "$(fault_counts)" "0 4 0"
must fault_counts_start
must daxio fill /mnt/lp/off-by-page 0 2M 5
counted "faults of writing small pages" "512 0 0"
must fault_counts_start
must daxio -r cat /mnt/lp/aligned 0 8M >/dev/null
same "faults of read(2)" "$(fault_counts)" "0 0 0"

# write(2) takes nothing away from who has the file mapped: no fault follows it.
for f in aligned chunks-64K; do
	actor_start mapper writer
	act mapper ok open /mnt/lp/$f rw
	act mapper ok map 0 2M pmd
	act mapper ok set 0 2M 1
	act writer ok open /mnt/lp/$f rw
	act writer ok pwrite 0 4K 2
	must fault_counts_start
	for i in 3 4 5; do
		act writer ok pwrite 0 2M $i
		act mapper ok is 0 2M $i
		act mapper ok set 0 2M 1
	done
	same "faults after writing to $f" "$(fault_counts)" "0 0 0"
	actor_end mapper writer
done

for f in aligned pieces chunks-2M; do
	must map_place /mnt/lp/$f
done
must umount_fmapd /mnt/lp
