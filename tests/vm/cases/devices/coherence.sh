# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfs-coherence tells a user wrongly what other hosts of shared memory see, and data are lost to that.
# timeout: 200
# famfs-coherence, twice on one host, where all is seen at once: on a file, on the device in famfs
# mode, and in devdax mode, where it cannot be written and read by calls. Several hosts are lab/cluster.sh's.
. /lab/tests/lib.sh

# both FILE: a reader and a writer; the table is in /tmp/writer.
both() {
	local pid wait=$((60 * ${LAB_SLOW:-1}))
	famfs-coherence run "$1" --as reader --rounds 1 --timeout $wait >/tmp/reader 2>&1 &
	pid=$!
	must famfs-coherence run "$1" --as writer --rounds 1 --timeout $wait >/tmp/writer
	wait $pid || { cat /tmp/reader; fail "the reader ends with status $?"; }
	must grep -q ', all kept$' /tmp/reader
}
# row WAY WORDS
row() { same "$1" "$(grep "^$1 " /tmp/writer | xargs)" "$1 $2"; }
O="at once" N="not possible"
all_at_once() { local way; for way in write write+fsync store+msync store+flush store; do row $way "$O $O $O $O"; done; }

dev=$(dax_any)
must modprobe fsdev_dax
both "/dev/$dev"
row store "$O $N $O $N"
row write "$N $N $N $N"
famfs_up "$dev"
both "/dev/$dev"
all_at_once
ok "the device"
printf 'device 0 /dev/%s\nfile /f size=4M extent=0:2M:4M\n' "$dev" >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
both /mnt/f/f
all_at_once
must famfs-coherence write /mnt/f/f --way store+msync --seed 3 --at 1M --size 2M
must famfs-coherence check /mnt/f/f --seed 3 --at 1M --size 2M
must_not famfs-coherence check /mnt/f/f --seed 4 --at 1M --size 2M
# The device is the mount's now.
famfs-coherence check "/dev/$dev" --seed 3 2>/tmp/said
same "status of the device of a mount" $? 3
must grep -q 'busy' /tmp/said
must umount_fmapd /mnt/f
must famfs-coherence check "/dev/$dev" --seed 3 --at 3M --size 2M
