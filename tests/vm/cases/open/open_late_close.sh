# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file is open over memory that another one still has, or its open never ends where
# the server is slow.
# A file is opened over memory that another one has just left, and whose RELEASE the server
# answers late: the open waits, until the answer, the end of the server or its own; and is
# refused where somebody holds the other file. If the device goes meanwhile, it fails.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
must lateclose "/dev/$dev"
