# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a program that changes a part of a mapping of 1 GiB loses its data, or the host
# oopses.
# boot: large
# dax: 3072
# timeout: 900
# Mappings of 1 GiB: where the driver was told to make folios of that size, a device's
# alignment is 1 GiB, and file and device agree modulo 1 GiB, a fault maps so much; whatever a
# program does to a part of such a mapping, its data are where they belong. Before Linux 6.12
# nothing is mapped so, whatever the driver was told.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

max=/sys/module/$FSDEV/parameters/folio_max
dev=$(dax_dev_large 3072) || fail "no large device: $(grep . $DAX/devices/*/size)"
grep -q pdpe1gb /proc/cpuinfo || fail "a processor without such pages"
dax_align "$dev" $((1 << 30))

# What folio_max takes.
must modprobe $FSDEV
same "folio_max" "$(<$max)" $((2 << 20))
for bad in 1 0 -1 x 2Mx "" "1G 2M" 18446744073709551615; do
	must_not eval "echo '$bad' >$max" 2>/dev/null
done
same "folio_max" "$(<$max)" $((2 << 20))

cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /big size=2G extent=0:0:2G
	file /small size=8M extent=0:2G:8M
	END
cat >/tmp/others <<-END
	device 0 /dev/$dev
	file /askew size=1G extent=0:0x40200000:1G
	file /pieces size=1023M extent=0:0:1023M
	END
# mounted MANIFEST FOLIO_MAX: in famfs mode anew.
mounted() {
	famfs_down || return 1
	modprobe $FSDEV folio_max="$2" || return 1
	famfs_up "$dev"
	must mount_fmapd "$1" /mnt/g --require-fmap
}
# puds: faults of 1 GiB since fault_counts_start.
puds() { fault_counts | cut -d' ' -f3; }

# With folios of 2 MiB as they come.
mounted /tmp/manifest 2M
must fault_counts_start
must giant /mnt/g/big touch
same "faults of 1 GiB" "$(puds)" 0
must umount_fmapd /mnt/g
ok "folios of 2 MiB"

mounted /tmp/manifest 1G
if ! kernel_at_least 6.12; then
	# Not to be had safely there: they are as always, and so are the mappings.
	dmesg | grep -q "$dev: in famfs mode.*align 1048576 KiB, folios of 2048 KiB" ||
		fail "not told: $(dmesg | grep famfs.mode)"
	must fault_counts_start
	for step in touch protect fork move holes walk lend private; do must giant /mnt/g/big $step; done
	same "faults of 1 GiB" "$(puds)" 0
	must umount_fmapd /mnt/g
	ok "folios of 2 MiB: this kernel has no others"
	exit 0
fi
dmesg | grep -q "$dev: in famfs mode.*folios of 1048576 KiB" || fail "not told: $(dmesg | grep famfs.mode)"
must fault_counts_start
must giant /mnt/g/big touch
# A read mapping once, the other two GiB before and two after the fsync.
read -r pte pmd pud <<<"$(fault_counts)"
same "faults of touch" "$pte $pmd" "0 0"
[ "$pud" -ge 5 ] && [ "$pud" -le 8 ] || fail "$pud faults of 1 GiB"
for step in place protect fork move holes walk lend watch race private; do
	must fault_counts_start
	echo "map_giant: $step" >/dev/kmsg
	giant /mnt/g/big $step >/tmp/said || fail "$step"
	[ "$step" = private ] || [ "$(puds)" -ge 2 ] || fail "$step: faults $(fault_counts), wanted 2 of 1 GiB"
	ok "$step $(cat /tmp/said) ($(fault_counts))"
done
same "faults of 1 GiB in a private mapping" "$(puds)" 0

# What is dirty as 1 GiB is flushed in pieces, between which others can run.
must sync
tracing=/sys/kernel/tracing
# shellcheck disable=SC2016
echo 'p:flushed dax_flush len=$arg3:u64' >$tracing/kprobe_events || fail "no probe of dax_flush"
echo 1 >$tracing/events/kprobes/flushed/enable
actor_start a
act a ok open /mnt/g/big rw
act a ok map 0 2G any
must fault_counts_start
act a ok set 1G 4K 1
same "faults of 1 GiB" "$(puds)" 1
act a ok fsync
actor_end a
echo 0 >$tracing/events/kprobes/flushed/enable
sed -n 's/.*flushed: .* len=//p' $tracing/trace >/tmp/lens
echo >$tracing/kprobe_events
same "bytes that were flushed" "$(awk '{ n += $1 } END { printf "%.0f", n }' /tmp/lens)" $((1 << 30))
[ "$(sort -n /tmp/lens | tail -n 1)" -le $((2 << 20)) ] || fail "$(sort -n /tmp/lens | tail -n 1) bytes were flushed in one go"
ok "flushed in $(wc -l </tmp/lens) pieces"

# What else is on such a device: large pages where the kernel makes them of a part of a folio.
must fault_counts_start
must daxio fill /mnt/g/small 0 8M 3
case $(fault_counts) in
"0 4 0" | "2048 0 0") ok "small files: $(fault_counts)" ;;
*) fail "faults of 8 MiB: $(fault_counts)" ;;
esac
must daxio -r check /mnt/g/small 0 8M 3

# Pinned: as any page is.
actor_start a
act a ok open /mnt/g/big rw
act a ok map 0 2G any
act a ok set 1G 64K 4
actor_do a ring 1G 64K
[ "$REPLY" = ok ] || act a ok umem 1G 64K
act a ok set 1G 64K 5
act a ok fsync
act a ok set 1G 64K 6
act a ok unmap
act a ok close
evict & ends_within 20 $! "eviction"
actor_start next
act next EBUSY open /mnt/g/big rw
act a ok unpin
opens() { actor_do next open /mnt/g/big rw; [ "$REPLY" = ok ]; }
wait_for 20 opens || fail "big stays refused"
act next ok pread 1G 64K 6
actor_end a next
ok "pinned"

# A page fails: it alone.
actor_start a b
for who in a b; do
	act $who ok open /mnt/g/big rw
	act $who ok map 0 2G any
	act $who ok set 0 4K 1
	act $who ok set 1G 4K 2
done
act a "SIGBUS AR page 262400 lsb *" poison 1025M
for who in a b; do
	act $who "SIGBUS AR page 262400 lsb *" get 1025M
	act $who ok is 1G 4K 2
	act $who ok set 1G 4K 2
	act $who ok set $((1025 * 1048576 + 4096)) 4K 3
	act $who ok is 0 4K 1
done
act b EIO pread 1025M 4K 1
act b ok pwrite 1025M 4K 4
act a ok is 1025M 4K 4
actor_end a b
ok "a bad page"

# The device goes.
actor_start a
act a ok open /mnt/g/big rw
act a ok map 0 2G any
must fault_counts_start
act a ok set 0 4K 1
same "faults after a bad page is good again" "$(fault_counts)" "0 0 1"
echo "$dev" >$DAX/drivers/$FSDEV/unbind & ends_within 20 $! "unbinding"
act a SIGBUS get 0
actor_end a
must umount_fmapd /mnt/g
ok "unbound"

# Files that do not agree with the device, or have no whole GiB.
mounted /tmp/others 1G
must fault_counts_start
for f in askew pieces; do
	actor_start a
	act a ok open /mnt/g/$f rw
	act a ok map 0 1023M any
	act a ok set 4M 2M 1
	act a ok pread 4M 2M 1
	actor_end a
done
same "faults of 1 GiB" "$(puds)" 0
must umount_fmapd /mnt/g
