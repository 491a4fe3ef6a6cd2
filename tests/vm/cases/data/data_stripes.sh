# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the bytes of an interleaved file are not where its map says, and another host reads
# something else.
# Interleaved files: 1, 3, 4 and 8 strips, chunks of 4 KiB to 2 MiB and one that is no
# power of two, a last row and a last chunk that are not full.
# timeout: 360
. /lab/tests/lib.sh
. /lab/tests/data.sh

# strips FIRST LENGTH COUNT: COUNT strips of LENGTH, each with a gap of a page behind it.
strips() {
	local i s=
	for ((i = 0; i < $3; i++)); do s+=,0:$(($1 + i * ($2 + 4096))):$2; done
	echo "${s#,}"
}
M=$((1 << 20))
for dev in $(dax_devs); do
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /one size=1000000
		stripe chunk=64K bytes=1M strips=$(strips $((2 * M)) $M 1)
		file /three size=1500000
		stripe chunk=4K bytes=1500K strips=$(strips $((4 * M)) $((512 * 1024)) 3)
		file /four size=7M
		stripe chunk=2M bytes=7M strips=0:6M:2M,0:12M:2M,0:8M:2M,0:10M:2M
		file /eight size=3333333
		stripe chunk=48K bytes=3300K strips=$(strips $((14 * M)) $((432 * 1024)) 8)
		file /odd-chunk size=700000
		stripe chunk=12K bytes=720K strips=$(strips $((20 * M)) $((192 * 1024)) 4)
		file /two-stripes size=900000
		stripe chunk=16K bytes=400K strips=$(strips $((22 * M)) $((144 * 1024)) 3)
		stripe chunk=4K bytes=500K strips=$(strips $((23 * M)) $((104 * 1024)) 5)
	END
	data_both_ways /tmp/manifest 26M "$dev"
	ok "$dev"
	DATA_WAYS=("-r -b 65537" "")
done
