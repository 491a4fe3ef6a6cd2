# SPDX-License-Identifier: GPL-2.0-only
# If this fails: why a mount, an open or a device was refused cannot be found out later, or anybody
# can read it.
# timeout: 600
# What was refused is to be learnt after the log has gone by: mounts, opens and devices, with why
# and what to do, the same words as in the log; so many and not more, and root alone may look.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
FMAPD=fmapd-test

list=/sys/kernel/debug/famfs_fuse/refusals
dyn=$(dax_any)
must modprobe -a fsdev_dax famfs_fuse
same "mode" "$(stat -c %a $list)" 400
same "refusals at first" "$(cat $list)" ""
# value KEY: of the newest one, as it was before it was escaped; nothing is evaluated.
value() { printf '%b' "$(tail -n 1 $list | tr ' ' '\n' | sed -n "s/^$1=//p" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')"; }
# newest KIND DEV ABOUT ERRNO TIMES TEXT: TEXT is in it.
newest() {
	same "kind" "$(value kind)" "$1"
	same "dev" "$(value dev)" "$2"
	same "about" "$(value about)" "$3"
	same "errno" "$(value errno)" "$4"
	same "times" "$(value times)" "$5"
	[[ $(value text) == *"$6"* ]] || fail "got '$(value text)', wanted '$6'"
}
in_log() { dmesg_since "$1" | grep -cF -- "$(value text)"; }

# ---- mounts ----
dmesg_mark offer
echo none >/sys/module/famfs_fuse/parameters/offer
cat >/tmp/manifest <<-END
	allow-overlap
	device 0 /dev/$dyn
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=0:4M:2M
	file /again size=2M extent=0:4M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f
newest mount - "/dev/$dyn" 0 1 "an ordinary FUSE mount: not offered the famfs protocol, as the parameter offer is none"
same "in the log" "$(in_log offer)" 1
must umount_fmapd /mnt/f
must mount_fmapd /tmp/manifest /mnt/f
newest mount - "/dev/$dyn" 0 2 "as the parameter offer is none"
same "lines" "$(wc -l <$list)" 1
must umount_fmapd /mnt/f
echo auto >/sys/module/famfs_fuse/parameters/offer
ok "a mount that was not offered the protocol"

# ---- a device: what a service that tries for ever leaves ----
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
on=$(mountpoint -d /mnt/f)
actor_start a b
dmesg_mark device
for _ in $(seq 50); do act a ENODEV open /mnt/f/f r; done
newest device "$on" "device index 0" 19 50 "device index 0, \"/dev/$dyn\": has the driver device_dax and is not in famfs mode: echo $dyn >/sys/bus/dax/drivers/device_dax/unbind"
same "in the log" "$(in_log device)" 1
same "lines" "$(wc -l <$list)" 2
must dax_bind "$dyn" $FSDEV
ok "a device in another mode"

# ---- files ----
act b ok open /mnt/f/g r
dmesg_mark file
act a EBUSY open /mnt/f/again r
newest open "$on" "node $(stat -c %i /mnt/f/again)" 16 1 "error -16: another file has a part of its memory"
same "in the log" "$(in_log file)" 1
actor_end b
same "ended" "$(value ended)" 0
must umount_fmapd /mnt/f
# It is there after the mount, whose number another one can have; and it is the oldest that goes.
newest open "$on" "$(value about)" 16 1 "error -16"
same "ended" "$(value ended)" 1
{
	echo "device 0 /dev/$dyn"
	for ((i = 0; i < 140; i++)); do echo "file /f$i size=4K extent=0:$((2048 + 4 * i))K:4K"; done
} >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=EIO
on=$(mountpoint -d /mnt/f)
for ((i = 0; i < 140; i++)); do act a EIO open /mnt/f/f$i r; done
same "lines" "$(wc -l <$list)" 128
newest open "$on" "node $(stat -c %i /mnt/f/f139)" 5 1 "error -5: that is the server's answer"
head -n 1 $list | grep -qF "about=node\\040$(stat -c %i /mnt/f/f12) " || fail "the oldest: $(head -n 1 $list)"
act a EIO open /mnt/f/f50 r
same "lines" "$(wc -l <$list)" 128
newest open "$on" "node $(stat -c %i /mnt/f/f50)" 5 2 "error -5"
# Oldest first, and a reader who takes single bytes sees the same.
for file in $list <(dd if=$list bs=1 status=none); do
	sed 's/^ago_ms=\([0-9]*\) .*/\1/' "$file" | sort -rnc || fail "not in order of age"
done
same "by single bytes" "$(dd if=$list bs=7 status=none | sed 's/^ago_ms=[0-9]* //' | md5sum)" \
	"$(sed 's/^ago_ms=[0-9]* //' $list | md5sum)"
must umount_fmapd /mnt/f
actor_end a
ok "files, and not more than 128"

# ---- a source that would make lines of its own ----
bad=$'a b\nago_ms=1 kind=open\\'
exec {fuse}<>/dev/fuse
# By mount(2): else a newer mount(8) looks at it afterwards, which is user 1's alone to do.
LIBMOUNT_FORCE_MOUNT2=always must mount -i -t fuse -o "fd=$fuse,rootmode=40000,user_id=1,group_id=0,subtype=famfs" "$bad" /mnt/f
must grep -q " /mnt/f fuse.famfs " /proc/mounts
same "about" "$(value about)x" "${bad}x"
same "lines" "$(wc -l <$list)" 128
same "words" "$(tail -n 1 $list | wc -w)" 7
exec {fuse}>&-
must umount /mnt/f
must_not setpriv --reuid 65534 --clear-groups cat $list 2>/dev/null
ok "what a mounter types"
