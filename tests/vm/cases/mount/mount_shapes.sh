# SPDX-License-Identifier: GPL-2.0-only
# If this fails: ordinary FUSE mounts of a single file, or of one session twice, break once
# famfs_fuse is loaded.
# Mounts of another shape than a tree of directories are stock's to serve, whatever they are
# called; and a session can be mounted a second time, as stock allows it.
. /lab/tests/lib.sh
. /lab/tests/rawfuse.sh

dev=$(dax_any)
raw_setup "$dev"
famfs_up "$dev"
offer=/sys/module/famfs_fuse/parameters/offer

# A single file as the whole mount, as qemu-storage-daemon exports one.
touch /mnt/file
for policy in auto all; do
	echo $policy >$offer
	for subtype in famfs plain; do
		# The server before it has told its "mount:" here, too.
		: >/tmp/log
		rawfuse /mnt/file rootmode=100000 subtype=$subtype >/tmp/log 2>&1 &
		pid=$!
		wait_for 20 grep -q '^mount: ' /tmp/log
		same "mount of a file, offer=$policy subtype=$subtype" "$(sed -n 's/^mount: //p' /tmp/log)" ok
		wait_for 20 grep -q '^offered: ' /tmp/log
		same "offered" "$(sed -n 's/^offered: //p' /tmp/log)" no
		must refs_are famfs_fuse 0
		must umount /mnt/file
		wait_for 10 gone $pid || fail "the server is still there"
		wait $pid 2>/dev/null
	done
done
echo auto >$offer
ok "a root that is a file"

mkdir -p /mnt/again
for subtype in plain famfs; do
	raw_probe subtype=$subtype again=/mnt/again
	raw_is again ok
	case $subtype in
	plain) raw_is_ordinary ;;
	famfs) raw_is_famfs ;;
	esac
done
ok "a session that is mounted twice"
raw_nothing_left
