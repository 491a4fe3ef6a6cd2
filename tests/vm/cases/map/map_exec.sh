# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs in files do not run, run where noexec forbids it, or can be overwritten as
# they run.
# Programs in files: they run, their file cannot be written to meanwhile, and on a mount with
# noexec nothing of them is executed, however it was mapped.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
program=$(readlink -f "$(command -v busybox)")
size=$((($(stat -c %s "$program") + 4095) & ~4095))
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /busybox size=$size mode=0755 extent=0:4M:$size
	file /data size=2M extent=0:2M:2M
	END
mnt=/mnt/x
must mount_fmapd /tmp/manifest $mnt --require-fmap
must dd if="$program" of=$mnt/busybox bs=1M conv=notrunc status=none
same "what it says" "$($mnt/busybox echo hello)" hello
$mnt/busybox sleep 100 &
pid=$!
wait_for 5 grep -q busybox /proc/$pid/maps || fail "its mapping has no name"
must_not dd if=/dev/zero of=$mnt/busybox bs=4K count=1 conv=notrunc status=none 2>/tmp/said
must grep -q 'Text file busy' /tmp/said
kill $pid
wait $pid 2>/dev/null
must execmap $mnt/data allowed
must umount_fmapd $mnt
ok "exec"

must mount_fmapd /tmp/manifest $mnt --require-fmap -o noexec
must_not $mnt/busybox true 2>/dev/null
must execmap $mnt/data refused
must umount_fmapd $mnt
ok "noexec"
