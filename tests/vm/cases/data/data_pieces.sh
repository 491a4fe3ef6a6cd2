# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the bytes of a file of several extents are in wrong places, and another file's are
# overwritten.
# Files of several extents: in another order than in the device, of lengths that are
# no power of two, of single pages, and where a large page would cross a seam.
# timeout: 360
. /lab/tests/lib.sh
. /lab/tests/data.sh

for dev in $(dax_devs); do
	{
		echo "device 0 /dev/$dev"
		echo "file /large size=8M extent=0:6M:2M extent=0:2M:4M extent=0:10M:2M"
		# 4 KiB, 12 KiB, 2 MiB + 4 KiB, 28 KiB, then 100000 of 2 MiB
		echo "file /odd size=2245664"
		echo "extent 0:0xe00000:4K 0:0xe03000:12K"
		echo "extent 0:0xe07000:0x201000 0:0xc01000:28K"
		echo "extent 0:18M:2M"
		# 40 single pages, backwards, each with a gap
		echo "file /pages size=163000"
		for i in $(seq 40); do
			echo "extent 0:$((0x1600000 - i * 8192)):4K"
		done
		# Seams that are 4 KiB off a 2 MiB boundary, on both sides.
		echo "file /seams size=6M extent=0:22M:0x1ff000 extent=0:0x1801000:0x201000 extent=0:28M:2M"
	} >/tmp/manifest
	data_both_ways /tmp/manifest 32M "$dev"
	ok "$dev"
	DATA_WAYS=("-r -b 65537" "")
done
