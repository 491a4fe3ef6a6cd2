# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the bytes of a file of one extent, of any size and at any place, are not where its
# map says.
# Files of one extent: large and small, at offsets that allow large pages and at
# offsets that do not, with sizes that end within a page.
# timeout: 360
. /lab/tests/lib.sh
. /lab/tests/data.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /aligned size=6M extent=0:2M:6M
		file /ends-in-page size=3000123 extent=0:10M:4M
		file /odd-place size=2222222 extent=0:0xe01000:3M
		file /byte size=1 extent=0:18M:4K
		file /page size=4096 extent=0:0x1202000:4K
		file /page-and-byte size=4097 extent=0:0x1204000:8K
	END
	data_both_ways /tmp/manifest 20M "$dev"
	ok "$dev"
	DATA_WAYS=("-r -b 65537" "")
done
