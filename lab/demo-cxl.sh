# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The demonstration with CXL memory, in the guest (lab/cxl.sh has its devices): from regions to files,
# the loss of a region and of a device while they are in use, and the way back.
# Every step says what it is about to show, and how long it took; the first that fails ends it.

. /lab/demo-lib.sh
mnt=/mnt/famfs

# load NAME COMMAND...: run it again and again until it fails; what it said, and its status, is in a file then.
declare -A LOADS
load() {
	local name=$1 status; shift
	: >"/tmp/rounds-$name"
	(
		while [ ! -e /tmp/enough ]; do
			"$@"
			status=$?
			[ $status = 0 ] || break
			echo >>"/tmp/rounds-$name"
		done
		echo "status $status"
	) >"/tmp/load-$name" 2>&1 &
	LOADS[$name]=$!
}
rounds() { wc -l <"/tmp/rounds-$1"; }
load_goes_on() {
	local before
	running "${LOADS[$1]}" || stop "'$1' has ended: $(cat "/tmp/load-$1")"
	before=$(rounds "$1")
	wait_for 30 more_rounds "$1" "$before" || stop "'$1' stands still"
	echo "$1: goes on ($(rounds "$1") rounds)"
}
more_rounds() { [ "$(rounds "$1")" -gt "$2" ]; }
load_ends() {
	wait_for 30 gone "${LOADS[$1]}" || stop "'$1' goes on"
	wait "${LOADS[$1]}" 2>/dev/null
	echo "$1: $(paste -sd' ' "/tmp/load-$1")"
	grep -qE "$2" "/tmp/load-$1" || stop "'$1' ended otherwise than by $2"
	unset "LOADS[$1]"
}
loads_stop() {
	local name
	touch /tmp/enough
	for name in "${!LOADS[@]}"; do
		wait_for 30 gone "${LOADS[$name]}" || stop "'$name' does not end"
		wait "${LOADS[$name]}"
	done
	LOADS=()
}
mem() { cxl_memdev "$1" || stop "no CXL device with serial number $1"; }
# region KIND DECODER SERIAL...: make it, and show it; sets REGION.
region() {
	cxl_region "$@" || stop "no region"
	sed -n '/"region"/,/"interleave_ways"/p' /tmp/cxl.log
}
# its_dax REGION: sets DEV.
its_dax() {
	wait_for 20 cxl_dax "$1" || stop "no dax device on $1"
	DEV=$(cxl_dax "$1")
	echo "$1 is $DEV"
}
namespace() {
	wait_for 20 test -e "/sys/bus/nd/devices/$1" || stop "no $1 of libnvdimm"
	run ndctl create-namespace -r "$1" -m devdax -M mem -a 2M >/tmp/said
	grep -vE '"(uuid|id|target_node)"' /tmp/said
}
# in_famfs_mode DEV...
in_famfs_mode() {
	local dev
	for dev; do
		run famfsctl mode "$dev" famfs
		must_be "the driver of $dev" "$(dax_driver "$dev")" fsdev_dax
	done
}

step "1. The machine: a stock kernel, four CXL memory devices, five windows, and no dax device yet"
dmesg_mark demo
run uname -r
for m in cxl_acpi cxl_pci cxl_mem cxl_port cxl_pmem dax_cxl device_dax dax_pmem nd_pmem; do
	modprobe $m || stop "this kernel has no $m"
done
for n in 1 2 3 4; do wait_for 30 cxl_memdev $n || stop "no CXL device $n"; done
run cxl list -M -u
for d in "$CXL"/decoder0.*; do
	echo "${d##*/}: $(($(cat "$d/size") / MIB)) MiB, of device ports $(cat "$d/target_list")"
done
must_be "the dax devices" "$(ls "$DAX/devices")" ""

step "2. A region of volatile memory, on one device"
region ram decoder0.0 1
ram_region=$REGION
its_dax "$ram_region"
ram=$DEV

step "3. A region of persistent memory, and a namespace whose page structs are not on it"
region pmem decoder0.1 2
namespace "$REGION"
its_dax "$REGION"
pmem=$DEV

step "4. Interleaved over two devices: volatile, and persistent memory"
region ram decoder0.4 3 4
both_region=$REGION
its_dax "$both_region"
both=$DEV
region pmem decoder0.4 3 4
kept_region=$REGION
namespace "$kept_region"
its_dax "$kept_region"
kept=$DEV

step "5. Put the devices into famfs mode"
in_famfs_mode "$ram" "$pmem" "$both" "$kept"
run famfsctl list
echo "\$ famfsctl doctor"
famfsctl doctor
for dev in "$ram" "$both"; do must_be "what famfsctl says of $dev" "$(cxl_told "$dev")" "cxl famfs"; done
for dev in "$pmem" "$kept"; do must_be "what famfsctl says of $dev" "$(cxl_told "$dev")" "pmem famfs"; done

step "6. Start fmapd on a manifest with a file on each, and one striped over two of them"
cat >/tmp/manifest <<-END
	device 0 /dev/$ram
	device 1 /dev/$pmem
	device 2 /dev/$both
	device 3 /dev/$kept
	file /ram size=16M extent=0:2M:16M
	file /pmem size=16M extent=1:2M:16M
	file /interleaved size=2M extent=2:2M:2M
	file /interleaved-pmem size=2M extent=3:2M:2M
	file /striped size=8M
	stripe chunk=2M bytes=8M strips=0:32M:4M,1:32M:4M
END
cat /tmp/manifest
mount_fmapd /tmp/manifest $mnt --require-fmap || stop "fmapd does not serve"
echo "\$ fmapd /tmp/manifest $mnt"
run ls -l $mnt

step "7. Write through the files, read back through mappings, and the other way round"
for f in ram:16M pmem:16M interleaved:2M interleaved-pmem:2M striped:8M; do
	run daxio -r fill $mnt/${f%:*} 0 ${f#*:} 7
	run daxio check $mnt/${f%:*} 0 ${f#*:} 7
	run daxio fill $mnt/${f%:*} 0 ${f#*:} 8
	run daxio -r check $mnt/${f%:*} 0 ${f#*:} 8
done

step "8. A region is disabled while its file is in use: SIGBUS and EIO there, the others go on"
load map-ram daxio check $mnt/ram 0 16M 8
load read-ram daxio -r check $mnt/ram 0 16M 8
load map-pmem daxio check $mnt/pmem 0 16M 8
load read-interleaved daxio -r check $mnt/interleaved 0 64K 8
for l in map-ram read-ram map-pmem read-interleaved; do load_goes_on $l; done
run cxl disable-region -f "$ram_region"
# In a round's mapping it is SIGBUS (135), where a round begins the open fails.
load_ends map-ram 'status 135|Input/output error'
load_ends read-ram 'Input/output error'
load_goes_on map-pmem
load_goes_on read-interleaved

step "9. A device is taken out of the machine, also in use"
pci=$(cxl_pci 4)
load map-interleaved daxio check $mnt/interleaved 0 64K 8
load_goes_on map-interleaved
echo "(QEMU) device_del: $(mem 4), PCI device $pci"
cxl_host take 4
wait_for 60 test ! -e "/sys/bus/pci/devices/$pci" || stop "the device does not go"
# The kernel takes the devices' decoders back before it tells the driver of the dax device: a round just then
# finds what is read where no memory is, zeros here.
load_ends map-interleaved 'status 135|Input/output error|differs at [0-9]+: 00,'
load_ends read-interleaved 'Input/output error|differs at [0-9]+: 00,'
load_goes_on map-pmem
run daxio -r check $mnt/pmem 0 16M 8
run cxl list -M -u

step "10. Both come back: new regions, famfs mode, a new mount; what they held is there"
loads_stop
umount_fmapd $mnt || stop "umount"
run cxl destroy-region -f "$ram_region"
region ram decoder0.0 1
its_dax "$REGION"
ram=$DEV
for r in "$kept_region" "$both_region"; do
	echo "\$ echo $r > $CXL/decoder0.4/delete_region"
	echo "$r" >"$CXL/decoder0.4/delete_region" || stop "the region of the lost device stays"
done
cxl_freed 3 || stop "the memory of the other device stays taken"
cxl_host put 4
wait_for 60 cxl_memdev 4 || stop "the device does not come back"
region ram decoder0.4 3 4
its_dax "$REGION"
both=$DEV
region pmem decoder0.4 3 4
its_dax "$REGION"
kept=$DEV
sed -i "s|^device 0 .*|device 0 /dev/$ram|; s|^device 2 .*|device 2 /dev/$both|; s|^device 3 .*|device 3 /dev/$kept|" /tmp/manifest
in_famfs_mode "$ram" "$both" "$kept"
mount_fmapd /tmp/manifest $mnt --require-fmap || stop "fmapd does not serve"
run daxio check $mnt/ram 0 16M 8
run daxio check $mnt/interleaved 0 2M 8
run daxio check $mnt/interleaved-pmem 0 2M 8
run daxio check $mnt/striped 0 8M 8
umount_fmapd $mnt || stop "umount"

step "11. Unload, and the kernel's log"
unload famfs_fuse || stop "famfs_fuse cannot be unloaded"
for dev in "$ram" "$pmem" "$both" "$kept"; do dax_bind "$dev" device_dax || stop "$dev stays in famfs mode"; done
unload fsdev_dax || stop "fsdev_dax cannot be unloaded"
dmesg_check demo || stop "the kernel complained"
echo "no warning, no oops"
printf '\nIt works on %s.\n' "$(uname -r)"
