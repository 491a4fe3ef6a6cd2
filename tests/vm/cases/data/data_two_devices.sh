# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the bytes of a file over two devices are on the wrong one, or at a wrong place of
# it.
# Files over two devices, with index 0 and index 5: by extents and interleaved.
# timeout: 360
. /lab/tests/lib.sh
. /lab/tests/data.sh

dyn=$(dax_dev_dynamic) sta=$(dax_dev_static)
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 5 /dev/$sta
	file /pieces size=7000001 extent=0:2M:2M extent=5:4M:2M extent=0:0x601000:12K extent=5:0x801000:4M
	file /striped size=9M
	stripe chunk=2M bytes=9M strips=0:10M:6M,5:14M:4M
	file /striped-pages size=1000000
	stripe chunk=4K bytes=1000K strips=5:0x1201000:512K,0:0x1003000:512K
	file /only-second size=1234567 extent=5:20M:2M
END
data_both_ways /tmp/manifest 24M "$dyn" "$sta"
