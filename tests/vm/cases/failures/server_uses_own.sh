# SPDX-License-Identifier: GPL-2.0-only
# A server that uses its own mount while it answers, and gets in its own way. See selfuse.c.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up "$dyn" "$sta"
must selfuse /mnt/self "/dev/$dyn" /mnt/other "/dev/$sta"
must dax_unbind "$dyn"
must dax_unbind "$sta"
