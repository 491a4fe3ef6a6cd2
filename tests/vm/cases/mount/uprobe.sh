# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a uprobe (perf, bpftrace) on a program in memory is accepted where it cannot work,
# or refused on ordinary mounts.
# A uprobe on a program that is in memory is refused, as on other file systems with dax: while
# it runs, and if it was never opened; and the server is asked for no data. On a mount that
# turns out to be an ordinary one it is accepted.
. /lab/tests/lib.sh
. /lab/tests/rawfuse.sh

trace=/sys/kernel/tracing
[ -e $trace/uprobe_events ] || mount -t tracefs tracefs $trace 2>/dev/null
[ -e $trace/uprobe_events ] || skip "this kernel has no uprobe events"
dev=$(dax_any)
raw_setup "$dev"
program=/usr/bin/sleep
size=$(stat -Lc %s $program)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /ran size=$size mode=0755 extent=0:2M:2M
	file /fresh size=$size mode=0755 extent=0:4M:2M
	END
# Where it begins: of a program that can be loaded anywhere, this is the offset in the file.
entry=$(od -An -t u8 -j 24 -N 8 $program | xargs)
# A probe: set FILE, on, off. Deleting one just after it was used may take a moment.
set_probe() { echo "p:famfs/probe $1:$entry" >$trace/uprobe_events; }
on() { echo 1 2>/dev/null >$trace/events/famfs/probe/enable; }
unset_probe() { echo >$trace/uprobe_events; }
off() {
	echo 0 >$trace/events/famfs/probe/enable
	wait_for 10 unset_probe || fail "the probe stays"
}
hits() { awk '{ n += $3 } END { print n + 0 }' $trace/uprobe_profile; }

# That all this works: on a file of another file system.
cp -L $program /tmp/program
must set_probe /tmp/program
must on
must /tmp/program 0
same "hits elsewhere" "$(hits)" 1
off

famfs_up "$dev"
mnt=/mnt/probed
must mount_fmapd /tmp/manifest $mnt --require-fmap
must dd if=$program of=$mnt/ran bs=64K conv=notrunc status=none
$mnt/ran 1000 &
pid=$!
for f in ran fresh; do
	must set_probe $mnt/$f
	must_not on
	off
	same "READ requests ($f)" "$(request_count $mnt READ)" 0
done
kill $pid
wait $pid 2>/dev/null
must $mnt/ran 0
same "READ requests" "$(request_count $mnt READ)" 0
must umount_fmapd $mnt
ok "in memory"

start_raw $RAW_NAMED map-error=38
raw_wait reply:
same "its first byte" "$(head -c 1 $RAW_MNT/f)" S
must set_probe $RAW_MNT/f
must on
off
must umount_fmapd $RAW_MNT
