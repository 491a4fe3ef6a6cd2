# SPDX-License-Identifier: GPL-2.0-only
# If this fails: who has a device in famfs mode, and what it costs in struct pages, is told wrongly;
# famfsctl shows it.
# What a device in famfs mode tells in sysfs: who has it, which folios it has, and what its
# struct pages take; for as long as it is in that mode.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

attr() { cat "$DAX/devices/$1/$2"; }
# Pages of memory that struct pages take in the whole system; nothing where it is not counted.
memmap_pages() { awk '$1 == "nr_memmap_pages" { print $2 }' /proc/vmstat; }
files="badpages holder folio_size page_structs"

must modprobe fsdev_dax
for dev in $(dax_devs); do
	must dax_unbind "$dev"
	for f in $files; do must_not [ -e "$DAX/devices/$dev/$f" ]; done
	before=$(memmap_pages)
	must dax_bind "$dev" $FSDEV
	after=$(memmap_pages)
	for f in $files; do
		same "mode of $f" "$(stat -c %a "$DAX/devices/$dev/$f")" 444
		same "lines of $f" "$(grep -c . "$DAX/devices/$dev/$f")" "$(grep -vc badpages <<<"$f")"
	done
	same "holder of $dev" "$(attr "$dev" holder)" none
	folio=$(attr "$dev" folio_size)
	dmesg | grep -q "$dev: in famfs mode.* folios of $((folio >> 10)) KiB" ||
		fail "folios of $folio: $(dmesg | grep "$dev: in famfs mode")"
	structs=$(attr "$dev" page_structs)
	# shellcheck disable=SC2017 # whole pages
full=$(($(dax_size "$dev") / $(getconf PAGESIZE) * 64))
	echo "$dev: folios of $folio, $structs bytes of struct pages, $full without savings"
	[ "$structs" -gt 0 ] && [ "$structs" -le $full ] || fail "$structs bytes of struct pages"
	# Those of persistent memory can lie in it. Some kernels count what they save as well (6.18).
	if [ -n "$before" ] && [ "$dev" = "$(dax_dev_dynamic)" ]; then
		counted=$(((after - before) * $(getconf PAGESIZE)))
		[ $counted = $full ] || same "pages of struct pages" $counted "$structs"
	fi
done
ok "folios and struct pages"

dev=$(dax_any)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END
must modprobe famfs_fuse
must mount_fmapd /tmp/manifest /mnt/t --require-fmap
same "holder before the first open" "$(attr "$dev" holder)" none
actor_start a
act a ok open /mnt/t/f r
same "holder" "$(attr "$dev" holder)" "$(mountpoint -d /mnt/t)"
act a ok close
same "holder after the last close" "$(attr "$dev" holder)" "$(mountpoint -d /mnt/t)"
must umount_fmapd /mnt/t
same "holder after umount" "$(attr "$dev" holder)" none
ok "the holder"

# Somebody has a page lent when the device is to go: until that is over it says whose it is.
must mount_fmapd /tmp/manifest /mnt/t --require-fmap
on=$(mountpoint -d /mnt/t)
mkfifo /tmp/pipe
act a ok open /mnt/t/f rw
act a ok map 0 2M any
act a ok pipe /tmp/pipe
act a ok vmsplice 0 4K
echo "$dev" >"$DAX/drivers/$FSDEV/unbind" & unbinding=$!
wait_for 20 eval "dmesg | grep -q '$dev: taken away'" || fail "nobody is told"
nap 1
must running $unbinding
for f in $files; do must [ -e "$DAX/devices/$dev/$f" ]; done
same "holder meanwhile" "$(attr "$dev" holder)" "$on"
actor_end a
rm /tmp/pipe
ends_within 20 $unbinding "unbinding"
for f in $files; do must_not [ -e "$DAX/devices/$dev/$f" ]; done
must umount_fmapd /mnt/t
