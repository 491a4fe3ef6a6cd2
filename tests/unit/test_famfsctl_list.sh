#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfsctl list, on prepared machines: what it tells of devices, and of names that are meant to
# do something to a terminal or to JSON.
# shellcheck source=tests/unit/famfsctl_lib.sh
. "$(dirname "$0")/famfsctl_lib.sh"

situation="no devices"
mkdir -p "$tree/sys" "$tree/proc"
run 0 list
says "no dax devices"
run_json 0 list
says "devices=[]"
run 1 list dax0.0

situation="all kinds"
put sys/module/fsdev_dax/version 0.2.0
device dax0.0 platform/hmem.0 fsdev_dax
device dax1.0 platform/e820_pmem/ndbus0/region0/dax1.0 device_dax 1073741824
device dax2.0 platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0 kmem 268435456 1073741824 3
device dax10.0 platform/hmem.1 -
attr dax0.0 holder 0:44
attr dax0.0 folio_size 2097152
attr dax0.0 page_structs 2162688
attr dax0.0 badpages $'4096 4096\n8192 4096'
put proc/self/mountinfo $'21 1 8:1 / / rw - ext4 /dev/sda1 rw\n44 21 0:44 / /mnt/fam\\040fs rw - fuse.fmapd /dev/dax0.0 rw'
put sys/kernel/debug/famfs_fuse/mounts "0:44 source=/dev/dax0.0 subtype=fmapd server=4711 state=alive news=1"
put proc/4711/comm fmapd
run 0 list
same_row() { grep -qxE "$1 *" <<<"$said" || fail "no line \"$1\": $said"; }
same_row 'dax0\.0 +512M +2M +1 +hmem +famfs +2 +2\.1M +/mnt/fam fs \(fmapd 4711\)'
same_row 'dax1\.0 +1G +2M +1 +pmem +devdax +- +- +-'
same_row 'dax2\.0 +256M +1G +3 +cxl +system-ram +- +- +-'
same_row 'dax10\.0 +512M +2M +1 +hmem +none +- +- +-'
[ "$(sed -n '2,$s/ .*//p' <<<"$said" | xargs)" = "dax0.0 dax1.0 dax2.0 dax10.0" ] || fail "order: $said"
run_json 0 list
for s in 'version=1' 'command=list' 'devices[0].holder.mount_point=/mnt/fam fs' 'devices[0].holder.server=4711' \
	'devices[0].driver_owner=famfs' 'devices[0].bad_pages[1].offset=8192' 'devices[0].page_structs=2162688' \
	'devices[1].mode=devdax' 'devices[1].holder=null' 'devices[2].align=1073741824' 'devices[3].driver=null'; do
	says "$s"
done
run_json 0 list /dev/dax1.0
says 'devices[0].name=dax1.0'
says_not 'devices[1]'

situation="an older module"
rm "$tree"/sys/bus/dax/devices/dax0.0/{holder,folio_size,page_structs}
run 0 list dax0.0
same_row 'dax0\.0 .* famfs +2 +\? +\?'

situation="raw"
attr dax0.0 holder raw
run_json 0 list dax0.0
says 'holder.kind=raw'

situation="the kernel's own driver"
rm -r "$tree/sys/module/fsdev_dax"
run 0 list dax0.0
says "fsdev (the kernel's)"
run_json 0 list dax0.0
says 'devices[0].driver_owner=kernel'

situation="names that do things"
put sys/module/fsdev_dax/version 0.2.0
attr dax0.0 holder 0:44
printf '44 21 0:44 / /mnt/\\012\\033[31m"\\134\302\233\377 rw - fuse.fmapd x rw\n' >"$tree/proc/self/mountinfo"
printf 'a\033]0;x\007b\n' >"$tree/proc/4711/comm"
run 0 list
LC_ALL=C grep -q $'[\001-\011\013-\037\177\233]' <<<"$said" && fail "raw control characters: $said"
says '/mnt/\x0a\x1b[31m"\\\xc2\x9b\xff (a\x1b]0;x\x07b 4711)'
run_json 0 list
says 'mount_point=/mnt/\u000a\u001b[31m\"\\\u009b\ufffd'

situation="usage"
run 2 list a b
run 2 list --nonsense
run 2 nonsense
run 2
run 2 --root "$work/absent" list
run 0 --help
says "list [DEV]"
done_testing
