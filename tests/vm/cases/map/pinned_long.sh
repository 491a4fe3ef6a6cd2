# SPDX-License-Identifier: GPL-2.0-only
# If this fails: what a network card or io_uring has of a closed file's memory is given to another
# file, which it then overwrites.
# timeout: 500
# Pages of a file that a device of the machine has for as long as somebody likes, as network
# cards have them: they can be had, of shared mappings and of private ones, and are
# pinned as any page is, without the mapping, too. See pinned_page for what that means.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/pins.sh

pins_up "$(dax_any)"
pins_try umem ring
if [ -z "$pins_ways" ]; then
	must umount_fmapd $pins_mnt
	skip "this kernel pins nothing that we know"
fi
for way in $pins_ways; do
	pins_all $way
done
must umount_fmapd $pins_mnt
