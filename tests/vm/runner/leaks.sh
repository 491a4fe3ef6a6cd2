# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# Not a test of its own: the end of each boot of a debug kernel. With no mount, no process
# and no module of ours left, nothing that was allocated since the boot may be lost.
. /lab/tests/lib.sh

[ -e $KMEMLEAK ] || fail "this kernel has no kmemleak, or it has given up"
module_loaded famfs_fuse && fail "famfs_fuse is still loaded"
module_loaded fsdev_dax && fail "fsdev_dax is still loaded"
echo 'kmemleak: ' >$DMESG_EXPECTED	# that there are some: told here, with all it knows of them
sync
echo 3 >/proc/sys/vm/drop_caches
leaks_scan
cat $KMEMLEAK >/tmp/leaks
n=$(grep -c '^unreferenced object' /tmp/leaks)
[ "$n" = 0 ] || { head -n 120 /tmp/leaks; fail "$n objects are lost"; }
