# SPDX-License-Identifier: GPL-2.0-only
# If this fails: trace events are missing or not true, or tell where in the host's memory a device
# is.
# needs: memory failure
# timeout: 600
# The trace events tell of a mount, a map, a device, faults, memory that fails, a device that goes
# and pages that are waited for; where in devices, and never where in memory.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
FMAPD=fmapd-test

tracing=/sys/kernel/tracing
mountpoint -q $tracing || must mount -t tracefs tracefs $tracing
events=$tracing/events/famfs_fuse
dev=$(dax_any)
famfs_up "$dev"
same "events" "$(cd $events && echo famfs_*)" \
	"famfs_daxdev famfs_failure famfs_fault famfs_fmap famfs_init famfs_pin famfs_revoke"
cat >/tmp/manifest <<-END
	device 5 /dev/$dev
	file /f size=4M extent=5:2M:4M
	file /small size=64K extent=5:8M:4K extent=5:16M:4K extent=5:12M:56K
	END
seen() { grep -oE "famfs_$1: .*" $tracing/trace | sed 's/^[^:]*: //'; }
# once EVENT PATTERN: just one such event; the pattern is grep's.
once() { same "famfs_$1 '$2' in: $(seen "$1")" "$(seen "$1" | grep -cE "^$2\$")" 1; }

must mount_fmapd /tmp/manifest /mnt/f --require-fmap
same "events while they are off" "$(grep -c famfs_ $tracing/trace)" 0
must umount_fmapd /mnt/f
echo 1 >$events/enable
trap 'echo 0 >$events/enable; echo >$tracing/trace' EXIT

# ---- from INIT to the first fault ----
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=EIO:1
on=$(mountpoint -d /mnt/f)
once init "$on agreed=1 flags=0x[0-9a-f]+ minor=[0-9]+ server=$FMAPD_PID"
actor_start a b
f=$(stat -c %i /mnt/f/f)
small=$(stat -c %i /mnt/f/small)
act a EIO open /mnt/f/f rw
once fmap "$on node=$f size=0 extents=0 err=-5"
same "famfs_daxdev" "$(seen daxdev)" ""
act a ok open /mnt/f/f rw
once daxdev "$on index=5 name=$dev err=0"
once fmap "$on node=$f size=4194304 extents=1 err=0"
act b ok open /mnt/f/small rw
once fmap "$on node=$small size=65536 extents=3 err=0"
same "famfs_daxdev" "$(seen daxdev | wc -l)" 1
act b ok map 0 64K pte
act b ok set 4K 1 1
once fault "$on ino=$small pos=4096 order=0 index=5 devoff=$((16 << 20)) ret=0x[0-9a-f]+"
act b ok set 12K 1 1
once fault "$on ino=$small pos=12288 order=0 index=5 devoff=$(((12 << 20) + 4096)) ret=0x[0-9a-f]+"
act a ok map 0 4M any
act a ok set 2M 1 1
seen fault | grep -qE "^$on ino=$f pos=2097152 order=[0-9]+ index=5 devoff=$((4 << 20)) ret=0x" ||
	fail "no fault of f: $(seen fault)"
ok "a mount, maps, a device and faults"

# ---- memory that fails ----
act b "SIGBUS AR page 3 lsb *" poison 12K
once failure "$on node=$small index=5 devoff=$(((12 << 20) + 4096)) err=0"
act b "SIGBUS AR *" get 12K
ok "memory that fails"

# ---- pinned pages, and a device that goes ----
mkfifo /tmp/pipe
actor_start holder
act holder ok pipe /tmp/pipe
act a ok pipe /tmp/pipe
act a ok vmsplice 2M 4K
echo "$dev" >"$DAX/drivers/$FSDEV/unbind" & unbinding=$!
goes() { seen revoke | grep -q 'done=0$'; }
wait_for 20 goes || fail "no famfs_revoke: $(seen revoke)"
once revoke "$on index=5 name=$dev files=2 done=0"
once pin "$on waits_for=unbind files=2 since_ms=[0-9]+"
actor_end holder a b
ends_within 20 $unbinding "unbinding"
once revoke "$on index=5 name=$dev files=2 done=1"
once pin "$on waits_for=unbind files=0 since_ms=[0-9]+"
must umount_fmapd /mnt/f
rm /tmp/pipe
ok "a device that goes"

# The device lies above 4 GiB or below: its address in any form would be a long number.
at=$(<"$DAX/devices/$dev/resource")
for n in "$(printf %x "$at")" "$((at))" "$(printf %x $((at / 4096)))"; do
	must_not grep -qiE "famfs_.*[=x]$n" $tracing/trace
done
echo 0 >$events/enable
echo >$tracing/trace
must dax_bind "$dev" $FSDEV
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
same "events when they are off again" "$(grep -c famfs_ $tracing/trace)" 0
must umount_fmapd /mnt/f
