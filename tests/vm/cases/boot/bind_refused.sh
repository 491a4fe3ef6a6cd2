# SPDX-License-Identifier: GPL-2.0-only
# If this fails: on a kernel whose pages are not as fsdev_dax knows them a device is bound all the
# same, and memory that is pinned is given to others.
# A kernel that has idle pages of a device in another state than fsdev_dax knows: a page with a
# reference more, or a folio of another size. All that waits for pins rests on these, so
# the device is refused with one line and EOPNOTSUPP, and is as before: other drivers
# take it at once, and so does famfs when its pages are right.
. /lab/tests/lib.sh

modinfo -n heldpage >/dev/null 2>&1 || skip "the module for this test is not there"
grep -q ' register_kretprobe$' /proc/kallsyms || skip "this kernel has no kprobes"

attributes() { (cd "$DAX/devices/$1" && echo *); }
state() {
	echo "$(attributes "$1"), $(grep -c ": $1\$" /proc/iomem) in use," \
		"$(module_refs fsdev_dax) references"
}
# refused DEV HOW WORDS
refused() {
	local dev=$1 how=$2 words=$3 before lines at
	at=$(<"$DAX/devices/$1/resource")
	# Not the first folio, so that there are some that were found good.
	must modprobe heldpage how="$how" pfn=$(((at + (16 << 20)) / 4096))
	must dax_unbind "$dev"
	before=$(state "$dev")
	dmesg_mark "$dev $how"
	must_not dax_bind "$dev" $FSDEV
	lines=$(dmesg_since "$dev $how" | grep "$FSDEV $dev: .*refusing")
	same "lines about it" "$(grep -c . <<<"$lines")" 1
	grep -q "refusing: .* $words: this kernel is not known" <<<"$lines" || fail "the line is: $lines"
	same "driver" "$(dax_driver "$dev")" ""

	# And the errno, for who asks for this driver by name.
	echo "$dev" >$DAX/drivers/$FSDEV/new_id
	strace -e trace=write -o /tmp/strace busybox sh -c "echo $dev >$DAX/drivers/$FSDEV/bind"
	echo "$dev" >$DAX/drivers/$FSDEV/remove_id
	grep -q 'EOPNOTSUPP' /tmp/strace || fail "another errno: $(cat /tmp/strace)"
	same "the device" "$(state "$dev")" "$before"
	! (exec 3<"/dev/$dev") 2>/dev/null || fail "somebody serves /dev/$dev"

	# For others it is as good as before, in between, too.
	must dax_bind "$dev" device_dax
	must daxio fill "/dev/$dev" 0 32M 1
	must daxio check "/dev/$dev" 0 32M 1
	must_not dax_bind "$dev" $FSDEV
	must dax_bind "$dev" device_dax
	must rmmod heldpage
	must dax_bind "$dev" $FSDEV
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=32M extent=0:0:32M
		END
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	must daxio check /mnt/f/f 0 32M 1
	must umount_fmapd /mnt/f
	must dax_bind "$dev" device_dax
	ok "$dev, $how: $lines"
}

must modprobe fsdev_dax
must modprobe famfs_fuse
for dev in $(dax_devs); do
	refused "$dev" held "has 2 references and is one of 512, not 1 and of 512"
	refused "$dev" single "has 1 references and is one of 1, not 1 and of 512"
done
must rmmod famfs_fuse
must rmmod fsdev_dax
