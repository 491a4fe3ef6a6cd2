# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a server that uses its own mount while it answers hangs, and all who wait for it
# do, for good.
# A server that uses its own mount while it answers, and gets in its own way. See selfuse.c.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up "$dyn" "$sta"
must selfuse /mnt/self "/dev/$dyn" /mnt/other "/dev/$sta"
must dax_unbind "$dyn"
must dax_unbind "$sta"
