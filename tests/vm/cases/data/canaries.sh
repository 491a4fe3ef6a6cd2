# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file shows bytes that lie beside it in the device, or writing to it destroys
# them.
# Canaries on both sides of every extent, strip and chunk: no way to read shows one of
# them, but for what the last page of a file cannot but share; no way to write
# changes one.
# timeout: 600
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 1 /dev/$sta
	# An extent that goes on for pages behind the file; one that ends with it.
	file /one size=70001 extent=0:2M:84K
	file /even size=65536 extent=0:0x300000:64K
	file /byte size=1 extent=1:4K:8K
	file /full-byte size=4097 extent=1:16K:8K
	# Out of order, of all lengths, a page between them, on two devices.
	file /odd size=200001 extent=0:0x409000:4K extent=0:0x405000:12K extent=1:0x501000:20K extent=0:0x401000:4K
	extent 1:0x508000:64K 0:0x40b000:100K
	file /equal size=127000 extent=0:0x501000:32K extent=1:0x601000:32K extent=0:0x50a000:32K extent=1:0x60a000:32K
	# Stripes whose last row and last chunk are there in part.
	file /row size=180000
	stripe chunk=4K bytes=176K strips=0:0x601000:60K,1:0x701000:60K,0:0x611000:60K
	file /chunk size=199000
	stripe chunk=12K bytes=200K strips=1:0x801000:48K,0:0x701000:48K,1:0x80e000:48K,0:0x70e000:36K,1:0x81b000:36K
	file /twice size=150001
	stripe chunk=8K bytes=60K strips=0:0x801000:32K,1:0x901000:32K
	stripe chunk=16K bytes=96K strips=1:0x90a000:32K,0:0x80a000:32K,1:0x913000:32K
	# Large pages up to the end, which lies within one.
	file /large size=4198405 extent=0:10M:2M extent=1:10M:2M extent=0:14M:2M
	file /large-stripe size=7000001
	stripe chunk=2M bytes=8M strips=1:14M:4M,0:18M:4M
END
must dax_bind "$dyn" device_dax
must dax_bind "$sta" device_dax
must rawmap paint /tmp/manifest 24M
must rawmap fill /tmp/manifest 500
famfs_up
must mount_fmapd /tmp/manifest /mnt/canary --require-fmap
files=0
while read -r n _ path seed at; do
	must canary "/mnt/canary$path" $((500 + n)) "$seed" "$at"
	files=$((files + 1))
done < <(rawmap tails /tmp/manifest)
same "files" $files 11
for op in READ WRITE; do
	same "$op requests" "$(request_count /mnt/canary $op)" 0
done
must umount_fmapd /mnt/canary
must dax_bind "$dyn" device_dax
must dax_bind "$sta" device_dax
must rawmap check /tmp/manifest 500 24M
ok "$files files"
