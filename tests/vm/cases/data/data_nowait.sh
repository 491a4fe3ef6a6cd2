# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs that must not wait (io_uring, RWF_NOWAIT) are held up, or told to come
# again for ever.
# Reads and writes that must not wait are done at once, by RWF_NOWAIT and by io_uring, and
# say EAGAIN only where they would have to wait.
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
must nowait "/dev/$dev"
