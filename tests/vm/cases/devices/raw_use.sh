# SPDX-License-Identifier: GPL-2.0-only
# If this fails: mkfs and the like cannot use a device in famfs mode, or can use one whose files are
# in use.
# timeout: 300
# The character device in famfs mode, with no mount: read, written and mapped, by large pages where
# that fits; by those alone who may open it; and as long as there is a mount, refused. It is
# refused to mounts from the first use of an open file on, to that file's end, and a mapping's; an
# open file that was not used is none. What was stored is what a mount's files have.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

pmd=$(huge_size)
# on_mount WANTED: what comes of opening a file there.
on_mount() {
	actor_start opener
	act opener "$1" open /mnt/f/f rw
	actor_end opener
}
opens() { (exec 3<"$1") 2>/dev/null; }
said() { dmesg_since "raw $dev" | grep -q "$1" || fail "no line '$1': $(dmesg_since "raw $dev" | tail -n 5)"; }

for dev in $(dax_devs); do
	famfs_up "$dev"
	dmesg_mark "raw $dev"
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=8M extent=0:2M:8M
		END
	must rawuse calls "/dev/$dev" "$(dax_size "$dev")"
	said "no private mapping for rawuse"
	echo "stores: $(must rawuse watched "/dev/$dev")" || exit 1
	if [ "$pmd" = 2097152 ]; then
		# The first page is in the same large page, or there is one fault less.
		n=$(must rawuse faults "/dev/$dev" $((4 << 20)) $((4 << 20))) || exit 1
		[ "$n" -le 6 ] || fail "$n faults for two large pages"
		n=$(must rawuse faults "/dev/$dev" $((4 * 1048576 + 4096)) 2093056) || exit 1
		[ "$n" -ge 30 ] && [ "$n" -le 70 ] || fail "$n faults for 511 small pages"
	fi
	ok "$dev: calls"

	# As the node's mode says, and no other way.
	same "mode of /dev/$dev" "$(stat -c %a "/dev/$dev")" 600
	must_not open_as 1000 r "/dev/$dev" 2>/dev/null
	if dax_unbind "$dev"; then must_not dd if="/dev/$dev" of=/dev/null count=1 status=none 2>/dev/null; fi
	must dax_bind "$dev" $FSDEV

	# An open file is no use yet; one that a mount has made useless is useful again.
	actor_start idle user
	act idle ok open "/dev/$dev" rw
	act user ok open "/dev/$dev" rw
	act user ok pwrite 0 16M 3
	act user ok close
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	actor_start file
	act file ok open /mnt/f/f rw
	act file ok map 0 8M pmd
	act file ok is 0 8M 3
	act file ok set 0 8M 4
	act user ok open "/dev/$dev" rw
	for who in idle user; do
		act $who EBUSY pread 0 4K 4
		act $who EBUSY pwrite 0 4K 5
		act $who EBUSY map 0 2M pmd
		act $who EBUSY map 0 2M read
	done
	act file ok is 0 8M 4
	said "not for raw use by actor.*a mount has it"
	act file ok unmap
	actor_end file
	for who in idle user; do act $who EBUSY pread 0 4K 4; done
	must umount_fmapd /mnt/f
	act idle ok pread 2M 8M 4
	act user ok map 0 8M pmd
	act user ok is 2M 6M 4
	act user ok set 2M 6M 6

	# Who has it is told, and all of them have to go: idle's read, user's file and mapping.
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	on_mount EBUSY
	said "not for a mount now.*by actor\["
	act user ok close
	on_mount EBUSY
	act user ok set 4M 4M 7
	act idle ok pread 2M 2M 6
	act idle ok pread 4M 4M 7
	act idle ok close
	on_mount EBUSY
	act user ok unmap
	on_mount ok
	actor_start file
	act file ok open /mnt/f/f rw
	act file ok pread 0 2M 6
	act file ok map 0 8M pmd
	act file ok is 2M 4M 7
	act user ok open "/dev/$dev" rw
	act user EBUSY map 0 2M pmd
	actor_end file user idle
	must umount_fmapd /mnt/f

	# A server that registers it by a descriptor that it has used itself, or another has.
	actor_start user
	act user ok open "/dev/$dev" r
	act user ok map 0 2M read
	must_not mount_fmapd /tmp/manifest /mnt/f --require-fmap --devices-by-fd >/dev/null
	must grep -q "cannot register /dev/$dev as device 0: Device or resource busy" "$(fmapd_log /mnt/f)"
	# Not by close: the process is killed.
	actor_kill user
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap --devices-by-fd
	must umount_fmapd /mnt/f
	ok "$dev: one or the other"

	# A page that somebody still has when nobody has the node any more.
	actors_lend "/dev/$dev" 8M pmd 8 5M 16K
	act lender ok unmap
	act lender ok close
	must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	on_mount EBUSY
	said "pages of a raw mapping are still pinned"
	# To other raw users it is no hindrance.
	act lender ok open "/dev/$dev" rw
	act lender ok pwrite 16M 4K 1
	actor_end lender
	on_mount EBUSY
	act holder ok drain 16K 8
	on_mount ok
	actor_end holder
	must umount_fmapd /mnt/f
	# And for as long as somebody likes.
	actor_start lender
	act lender ok open "/dev/$dev" rw
	act lender ok map 0 8M pmd
	for way in umem ring; do
		actor_do lender $way 5M 64K
		case $way:$REPLY in
		*:ok) ;;
		# Not in every kernel; before 6.5 io_uring takes no file's pages.
		umem:EAFNOSUPPORT | ring:EOPNOTSUPP) continue ;;
		*) fail "$way: $REPLY" ;;
		esac
		act lender ok unmap
		act lender ok close
		must mount_fmapd /tmp/manifest /mnt/f --require-fmap
		on_mount EBUSY
		act lender ok unpin
		# An AF_XDP socket gives them back a little later.
		wait_for 20 opens /mnt/f/f || fail "$way: still refused"
		must umount_fmapd /mnt/f
		act lender ok open "/dev/$dev" rw
		act lender ok map 0 8M pmd
		ok "$dev: $way"
	done
	actor_end lender
	ok "$dev: pinned"

	# After all that the pages are as new ones to the mount.
	must new_mount_works /mnt/f 8388608 9
	famfs_down || fail "modules or devices stay in use"
done
