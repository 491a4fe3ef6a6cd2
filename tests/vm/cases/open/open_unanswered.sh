# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a user who kills programs that wait for a slow server holds up other users' opens,
# or fills the host's memory.
# Openers that are killed while the server keeps what they asked for unanswered do not stop
# others: see unanswered.c.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
ctl=/sys/fs/fuse/connections
must mount -t fusectl fusectl $ctl
unanswered /mnt/unanswered "/dev/$dev" || { umount -f /mnt/unanswered; umount $ctl; fail "see above"; }
must umount $ctl
wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse)"
