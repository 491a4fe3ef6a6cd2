# SPDX-License-Identifier: GPL-2.0-only
# If this fails: fmapd serves two files over the same memory as it does not see that two names are
# one device, or its advice does not help.
# What fmapd says of the devices of a manifest: several names of one, the end of one, one
# that is missing, in another mode or somebody's; and that what it says helps.
# timeout: 240
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
mnt=/mnt/devices
mkdir -p $mnt /tmp/dev
ln -sf "/dev/$dyn" /tmp/dev/link
rm -f /tmp/dev/node
must mknod /tmp/dev/node c $((0x$(stat -c %t "/dev/$dyn"))) $((0x$(stat -c %T "/dev/$dyn")))

# start: as a daemon; what is said goes to /tmp/said.
start() {
	must fmapd --require-fmap "$@" /tmp/manifest $mnt 2>/tmp/said
	must ls $mnt >/dev/null
}
end() {
	local pid
	pid=$(pgrep -x fmapd)
	must umount $mnt
	wait_for 10 gone "$pid" || fail "fmapd stays"
}
# check STATUS TEXT, with a manifest on stdin: what --check says.
check() {
	local status=0
	cat >/tmp/manifest
	fmapd --check /tmp/manifest >/tmp/said 2>&1 || status=$?
	same "status for $(xargs </tmp/manifest)" $status "$1"
	grep -q "$2" /tmp/said || fail "--check says $(cat /tmp/said), not $2"
}
for alias in /tmp/dev/link /tmp/dev/node "/dev/../dev//$dyn"; do
	check 1 'manifest:4: 3:0x200000:0x200000 overlaps 0:0x200000:0x200000 of line 3 (both are' <<-END
		device 0 /dev/$dyn
		device 3 $alias
		file /f size=2M extent=0:2M:2M
		file /g size=2M extent=3:2M:2M
	END
	check 4 '2 files' <<-END
		device 0 /dev/$dyn
		device 3 $alias
		file /f size=2M extent=0:2M:2M
		file /g size=2M extent=3:4M:2M
	END
done
check 4 '2 files' <<-END
	device 0 /dev/$dyn
	device 3 /dev/$sta
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=3:2M:2M
END
ok "names"

size=$(dax_size "$dyn")
check 4 'device 0, /tmp/dev/link, is not ready: its driver is device_dax$' <<-END
	device 0 /tmp/dev/link
	file /f size=2M extent=0:$((size - (2 << 20))):2M
END
check 1 "manifest:2: an extent ends at $((size + 4096)), and device 0, /tmp/dev/link, has $size bytes" <<-END
	device 0 /tmp/dev/link
	file /f size=2M extent=0:$((size - (2 << 20) + 4096)):2M
END
must modprobe loop
truncate -s 1M /tmp/disk
loop=$(losetup -f --show /tmp/disk) || fail "no loop device"
check 4 "device 0, $loop, is not ready: it is a block device, and --dev" <<<"device 0 $loop
file /f size=1M extent=0:0:1M"
must fmapd --check --devices-by-fd /tmp/manifest
check 1 "device 0, $loop, has 1048576 bytes" <<<"device 0 $loop
file /f size=1M extent=0:4K:1M"
losetup -d "$loop"
ok "ends"

# A device counts once.
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 1 /tmp/dev/link
	device 2 /tmp/dev/node
	file /f size=2M extent=0:2M:2M extent=2:6M:2M
END
must fmapd --no-fmap /tmp/manifest $mnt 2>/dev/null
same "size of the file system" "$(stat -f -c '%b %f' $mnt)" "$((size / 4096)) $(((size - (4 << 20)) / 4096))"
end

said() { grep -q "warning: device $1: $2" /tmp/said || fail "fmapd says $(cat /tmp/said), not $2"; }
# helps DEV: the commands it gives make the files usable, while it runs.
helps() {
	local status=0
	fmapd --check /tmp/manifest >/dev/null 2>&1 || status=$?
	same "status of --check" $status 4
	must_not daxio -r -d cat $mnt/f 0 4K >/dev/null 2>&1
	grep '^    ' /tmp/said >/tmp/remedy
	must bash -e /tmp/remedy
	same "driver of $1" "$(dax_driver "$1")" $FSDEV
	check 0 good <<<"$(cat /tmp/manifest)"
	must daxio fill $mnt/f 0 2M 1
	must daxio -r check $mnt/f 0 2M 1
	if [ -e "$DAX/devices/$1/holder" ]; then
		check 0 "note: device 5, /dev/$1, is in use by the mount $mnt\$" <<<"$(cat /tmp/manifest)"
	fi
	end
	start
	! grep warning /tmp/said || fail "there is nothing to warn of"
	end
}
must modprobe famfs_fuse
for dev in $dyn $sta; do
	printf 'device 5 /dev/%s\nfile /f size=2M extent=5:2M:2M\n' "$dev" >/tmp/manifest
	start
	said "5, /dev/$dev" "its driver is device_dax; until"
	helps "$dev"
	must dax_unbind "$dev"
	start
	said "5, /dev/$dev" "it has no driver; until"
	must_not grep -q unbind /tmp/said
	helps "$dev"
done
ok "another mode"

# Where the kernel has a node of this name, and where there is none yet.
check 4 'device 5, /tmp/dev/later, is not ready: No such file' <<<"device 5 /tmp/dev/later
file /f size=2M extent=5:2M:2M"
printf 'device 5 /tmp/dev/later\nfile /f size=2M extent=5:2M:2M\n' >/tmp/manifest
start
said "5, /tmp/dev/later" "No such file or directory"
must grep -q 'fmapd(8), FAMFS MODE' /tmp/said
must_not daxio -r check $mnt/f 0 2M 1 2>/dev/null
ln -s "/dev/$dyn" /tmp/dev/later
must daxio -r check $mnt/f 0 2M 1
end
for bad in "/dev/null:not a dax device" "/tmp/disk:not a device" "/dev/fuse:not a dax device"; do
	printf 'device 5 %s\nfile /f size=2M extent=5:2M:2M\n' "${bad%:*}" >/tmp/manifest
	start --subtype=fmap
	said "5, ${bad%:*}" "it is ${bad#*:}"
	end
done
printf 'device 5 /dev/loop0\nfile /f size=4K extent=5:0:4K\n' >/tmp/manifest
must test -b /dev/loop0
start --subtype=fmap
said "5, /dev/loop0" "it is a block device, and --devices-by-fd"
end
# An extent behind the end is no reason not to start.
printf 'device 5 /dev/%s\nfile /f size=2M extent=5:2M:2M\nfile /g size=2M extent=5:64G:2M\n' "$dyn" >/tmp/manifest
start
must grep -q 'warning: /tmp/manifest:3: an extent ends at' /tmp/said
must daxio -r check $mnt/f 0 2M 1
must_not daxio -r -d cat $mnt/g 0 4K >/dev/null 2>&1
end
# Who does not ask for the protocol needs no device.
printf 'device 5 /dev/nothing\nfile /f size=2M extent=5:2M:2M\n' >/tmp/manifest
must fmapd --no-fmap --serve-data /tmp/manifest $mnt 2>/tmp/said
must_not grep -q warning /tmp/said
end
ok "missing, and what is no dax device"
