# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl names the wrong file for a bad page, or the wrong place for a byte of a
# file.
# timeout: 600
# famfsctl map, resolve and whose: a file of several extents and a striped one lie where the
# manifest puts them, and what is written to a file is on the device where resolve says; a bad page.
. /lab/tests/lib.sh
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug

dev=$(dax_any)
famfs_up
two=$(dax_devs | tail -n 1)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /plain size=8M extent=0:2M:6M extent=0:20M:2M
	file /odd size=4M extent=0:33554432:4194304
	file /shifted size=4M extent=0:50335744:4194304
	END
[ "$two" = "$dev" ] || cat >>/tmp/manifest <<-END
	device 1 /dev/$two
	file /striped size=16M
	stripe chunk=2M bytes=16M strips=0:64M:8M,1:64M:8M
	END
if ! fmapd --check /tmp/manifest >/tmp/out 2>&1; then cat /tmp/out; fail "the manifest of this test"; fi
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
if [ ! -e /sys/kernel/debug/famfs_fuse/extents ]; then
	for c in "map /mnt/f/plain" "resolve /mnt/f/plain 0" "whose $dev 2M"; do
		status=0
		# shellcheck disable=SC2086
		famfsctl $c >/tmp/out 2>&1 || status=$?
		same "status of famfsctl $c" $status 3
	done
	must umount_fmapd /mnt/f
	skip "the module has no table of extents"
fi

# row FILE N COLUMN: of the table of map.
row() { famfsctl map "/mnt/f/$1" >/tmp/map || fail "famfsctl map $1"; awk -v n="$2" -v c="$3" 'NR == n + 2 { print $c }' /tmp/map; }
same "extents" "$(row plain 1 3):$(row plain 1 4) $(row plain 2 1):$(row plain 2 4)" "$dev:2097152 6291456:20971520"
same "large pages" "$(row plain 1 6) $(row plain 2 6)" "all all"
same "large pages of one that is shifted" "$(row shifted 1 6)" "-"
must grep -q "differ modulo" /tmp/map
must famfsctl map --plot /mnt/f/plain
must famfsctl map --svg /tmp/x.svg /mnt/f/plain
must grep -q '</svg>' /tmp/x.svg
ok "extents"

# The bytes: by the file here, by the raw device there, when it is one again.
declare -A at=()
files="plain odd shifted"
[ "$two" = "$dev" ] || files="$files striped"
for f in $files; do
	must daxio fill "/mnt/f/$f" 0 "$(stat -c %s "/mnt/f/$f")" 7
	for off in 0 4096 2097152 3149824; do
		mark="mark of $f at $off"
		printf '%s' "$mark" >/tmp/mark
		must dd if=/tmp/mark of="/mnt/f/$f" bs=4096 seek=$((off / 4096)) conv=notrunc status=none
		famfsctl resolve "/mnt/f/$f" $off >/tmp/out || fail "famfsctl resolve $f $off"
		read -r d where _ </tmp/out
		at[$mark]="$d $where"
		famfsctl whose --find "$d" "$where" >/tmp/out || fail "famfsctl whose $d $where"
		grep -qF "/mnt/f/$f, offset $off " /tmp/out || fail "whose says $(cat /tmp/out)"
	done
done
[ "$two" = "$dev" ] || same "strips" "$(row striped 1 3):$(row striped 1 5) $(row striped 2 3):$(row striped 2 5)" "$dev:0/2 $two:1/2"
must sync
ok "resolve and whose"

# A page that fails.
if modprobe hwpoison-inject 2>/dev/null && [ -e /sys/kernel/debug/hwpoison/corrupt-pfn ]; then
	phys=$(famfsctl resolve /mnt/f/odd 2M | sed -n 's/.*physical address //p')
	if [ -n "$phys" ] && echo $((phys / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn; then
		same "large pages beside a bad one" "$(row odd 1 6)" "2M"
		must grep -q "4K on bad pages" /tmp/map
		must grep -q "x" /tmp/map
		bad=$(awk '{ print $1; exit }' "$DAX/devices/$dev/badpages")
		must famfsctl whose "$dev" "$bad"
		# New contents, as docs/failures.md has it.
		must dd if=/dev/zero of=/mnt/f/odd bs=4096 seek=512 count=1 oflag=direct conv=notrunc status=none
		ok "a bad page"
	fi
fi
must umount_fmapd /mnt/f
for d in $(dax_devs); do must famfsctl mode "$d" devdax; done
for mark in "${!at[@]}"; do
	read -r d where <<<"${at[$mark]}"
	[[ $mark != "mark of odd at 2097152" ]] || continue
	same "bytes on $d at $where" "$(daxio cat "/dev/$d" "$where" "${#mark}" | tr -d '\0')" "$mark"
done
ok "the bytes are there"
