# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a PCI device that a virtual machine has writes to memory of a closed file that
# another file has got.
# timeout: 600
# boot: own
# machine: iommu
# Pages of a file that a PCI device has by VFIO, as a virtual machine's memory is: the device
# reads and writes them whether the file is open and mapped or not, as pinned_long, of all kinds
# of mappings, and every one of them comes back.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/pins.sh

for m in vfio-pci vfio_iommu_type1; do
	modprobe -n $m 2>/dev/null || skip "this kernel has no $m"
done
[[ $(uname -m) == x86_64 ]] || skip "the lab has no IOMMU on this machine"
must test -e /sys/class/iommu/dmar0

must modprobe vfio-pci
must modprobe vfio_iommu_type1
pci=/sys/bus/pci
edu() {
	local d
	for d in $pci/devices/*; do
		[ "$(<"$d/vendor"):$(<"$d/device")" != 0x1234:0x11e8 ] || basename "$d"
	done
}
device=$(edu)
must test -n "$device"
echo vfio-pci >"$pci/devices/$device/driver_override" || fail "no driver_override"
echo "$device" >$pci/drivers_probe || fail "vfio-pci does not take $device"
same "driver of $device" "$(basename "$(readlink "$pci/devices/$device/driver")")" vfio-pci

# The one whose struct pages are all there, and the one that shares most of them.
for dev in $(dax_devs); do
	pins_up "$dev"
	pins_try dma
	pins_all dma
	pins_read_only dma
	must umount_fmapd $pins_mnt
	ok "$dev"
done
