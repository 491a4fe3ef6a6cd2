# SPDX-License-Identifier: GPL-2.0-only
# If this fails: bytes of a file that was just made go to the server and not to memory, or O_TRUNC
# cuts what cannot be cut.
# Files are in memory at once, however their inodes come to light: below a directory that was
# listed and then renamed by the server, made by mknod, link, or an open. O_TRUNC is refused
# where there is something to cut, also if only the server knows of it, and means nothing
# for a file that is new; the server is never told to cut.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
must newnames "/dev/$dev"
