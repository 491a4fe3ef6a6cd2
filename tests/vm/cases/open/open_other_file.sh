# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs read and write on in a file that the server has put another one in place
# of.
# The server makes another file of one that is in use, by its type or its generation: the old
# one fails with EIO in everything, new pages of mappings with SIGBUS, and what was mapped
# before stays right.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
must badinode "/dev/$dev"
