# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a map that is nonsense gives a file memory that is not its own, or breaks other
# files of the mount.
# timeout: 600
# Maps that cannot be right: the open fails with EINVAL and a line in the log, and
# the other files of the mount are none the worse for it.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_any)
famfs_up "$dev"
size=$(dax_size "$dev")
cat >/tmp/manifest <<-END
	allow-invalid
	allow-overlap
	device 0 /dev/$dev
	file /good size=4M extent=0:2M:4M
	file /last size=2M extent=0:$((size - (2 << 20))):2M
	file /past size=2M extent=0:$size:2M
	file /across size=4M extent=0:$((size - (2 << 20))):4M
	file /far size=2M extent=0:0x7fffffffffe00000:2M
	file /wrap size=2M extent=0:0xffffffffffe00000:4M
	file /short size=4M extent=0:8M:2M
	file /odd size=2M extent=0:100:2M
	file /oddlen size=4096 extent=0:8M:5000 extent=0:16M:4096
	file /twice size=4M extent=0:8M:2M extent=0:8M:2M
	file /index size=2M extent=9:8M:2M
	file /chunk0 size=4M
	stripe chunk=0 bytes=4M strips=0:8M:2M,0:16M:2M
	file /chunkodd size=4M
	stripe chunk=5000 bytes=4M strips=0:8M:2M,0:16M:2M
	file /strips size=8M
	stripe chunk=2M bytes=8M strips=0:8M:2M,0:16M:2M
	file /stripbytes size=8M
	stripe chunk=2M bytes=4M strips=0:8M:2M,0:16M:2M
	file /stripodd size=4M
	stripe chunk=2M bytes=4M strips=0:8M:2M,0:0x1000100:2M
	file /same1 size=4M extent=0:32M:4M
	file /same2 size=4M extent=0:34M:4M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start good other
act good ok open /mnt/f/good rw
act good ok map 0 4M pmd
act good ok set 0 4M 1
for f in past across far wrap short odd oddlen twice chunk0 chunkodd strips stripbytes stripodd; do
	dmesg_mark "open $f"
	act other EINVAL open /mnt/f/$f rw
	# The limit of ten lines in five seconds counts here, too; on a slow machine it tells
	# of what it has left out in a line of its own.
	n=$(dmesg_since "open $f" | grep famfs_fuse | grep -c -v 'callbacks suppressed')
	[ "$n" -le 1 ] || fail "$n lines in the log for $f: $(dmesg_since "open $f")"
	act other EINVAL open /mnt/f/$f r
	act good ok is 0 4M 1
done
# An index that the server does not know.
act other ENODEV open /mnt/f/index r
# Each of them is told of once: devices_told.
dmesg_mark "bad opens"
for i in $(seq 30); do act other EINVAL open /mnt/f/past r; done
same "lines in the log" "$(dmesg_since "bad opens" | grep -c famfs_fuse)" 0
ok "bad maps refused"

act other ok open /mnt/f/last rw
act other ok map 0 2M pmd
act other ok set 0 2M 2
act other ok pread 0 2M 2
act good ok set 0 4M 3
act good ok pread 0 4M 3
act other ok is 0 2M 2
act other ok unmap
same "RELEASE beside OPEN" "$(request_count /mnt/f RELEASE)" "$(($(request_count /mnt/f OPEN) - 2))"
actor_end other good
must umount_fmapd /mnt/f

# Files over one another, opened in one mount after the other.
for f in same1 same2 same1; do
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	must daxio fill /mnt/f/$f 0 4M 4
	must daxio -r check /mnt/f/$f 0 4M 4
	must daxio -a 4096 check /mnt/f/$f 0 4M 4
	must umount_fmapd /mnt/f
done
ok "overlapping files one at a time"
