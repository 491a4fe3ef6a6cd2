# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a user who is not root has a mount that reads and writes any memory of dax devices.
# timeout: 900
# Nobody but root decides where memory is. What is not root's through and through, the mount's
# owner, who opened the session, who mounts and who answers INIT, is an ordinary mount, served
# by stock; and every way in which root mounts is a famfs mount.
. /lab/tests/lib.sh
. /lab/tests/rawfuse.sh

USER_ID=65534
dev=$(dax_any)
raw_setup "$dev"
famfs_up "$dev"
offer=/sys/module/famfs_fuse/parameters/offer
# As it is where udev runs.
chmod 666 /dev/fuse
chown $USER_ID $RAW_MNT
named="source=/dev/$dev subtype=famfs"

# reason TEXT COMMAND...: the command's mount says in the log why, in one line. Such lines are
# limited to some in five seconds.
reason() {
	local text=$1 n; shift
	nap 6
	n=$(dmesg | grep -c 'not offered the famfs protocol')
	"$@"
	same "lines in the log" "$(($(dmesg | grep -c 'not offered the famfs protocol') - n))" 1
	dmesg | grep 'not offered the famfs protocol' | tail -n 1 | grep -qF "$text" ||
		fail "no '$text' in: $(dmesg | tail -n 3)"
}
ordinary() {
	raw_probe "$@"
	raw_is_ordinary
}
not_offered() {
	ordinary "$@"
	raw_is offered no
}

# ---- a user, through fusermount3: it may call itself what it likes
for policy in auto all; do
	echo $policy >$offer
	for source in "/dev/$dev" any; do
		for subtype in '' famfs fmapd plain; do
			not_offered fusermount mounter=$USER_ID "source=$source" ${subtype:+subtype=$subtype}
		done
	done
	ok "offer=$policy: a user through fusermount3"
done
echo auto >$offer
# shellcheck disable=SC2086
reason "its owner (user_id) is not root" not_offered fusermount mounter=$USER_ID $named
# The device is free for root all the while, and stays so.
# shellcheck disable=SC2086
raw_probe $named
raw_is_famfs

# ---- each of the four alone
# shellcheck disable=SC2086
{
reason "its owner (user_id) is not root" not_offered $named owner=$USER_ID
reason "its session was not opened by root" not_offered $named opener=$USER_ID
for ids in $USER_ID:0 0:$USER_ID 0:0:$USER_ID $USER_ID:0:$USER_ID; do
	reason "not root who mounts" not_offered $named mounter=$ids
done
ok "another owner, another opener, a set-user-ID program that mounts"
# The answer to INIT: by a user, and by root's program on behalf of one.
for ids in $USER_ID $USER_ID:0 0:$USER_ID 0:0:$USER_ID; do
	ordinary $named server=$ids
	raw_is offered yes
	dmesg | tail -n 5 | grep -q 'INIT was not answered by root' || fail "server=$ids: $(dmesg | tail -n 5)"
done
ok "another one answers INIT"
echo all >$offer
for words in owner=$USER_ID opener=$USER_ID mounter=$USER_ID:0 "fusermount mounter=$USER_ID"; do
	not_offered $words
done
echo auto >$offer
ok "the same with offer=all"
}

# A helper that has root's real id as well, and mounts what a user gave it, for the user:
# the session tells, and so does the owner that such helpers name.
# shellcheck disable=SC2086
reason "its session was not opened by root" not_offered $named opener=$USER_ID mounter=0
# shellcheck disable=SC2086
reason "its owner (user_id) is not root" not_offered $named owner=$USER_ID mounter=0

# ---- root: itself, through fusermount3, by the new calls, as sudo makes it
# shellcheck disable=SC2086
{
raw_probe $named
raw_is_famfs
raw_probe $named fusermount mounter=0
raw_is_famfs
raw_probe "source=/dev/$dev" fusermount mounter=0
raw_is_famfs
raw_probe $named context
raw_is_famfs
raw_probe $named opener=0 mounter=0 server=0
raw_is_famfs
}
# sudo: a set-user-ID program that becomes root altogether.
cp "$(command -v setpriv)" /tmp/sudo
chmod 4755 /tmp/sudo
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=1M extent=0:2M:2M
	END
FMAPD_UNDER="setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups /tmp/sudo --reuid=0 --regid=0 --clear-groups"
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/f 0 1M 1
must daxio -r check /mnt/f/f 0 1M 1
must umount_fmapd /mnt/f
ok "root in all its ways"
