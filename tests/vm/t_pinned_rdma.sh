# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# Pages of a file that are registered with an RDMA card (soft RoCE), which writes to them
# whether the file is open and mapped or not: as pinned_long, of all kinds of mappings.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/pins.sh

for m in rdma_rxe ib_uverbs dummy; do
	modprobe -n $m 2>/dev/null || skip "this kernel has no $m"
done
card_is_up() { grep -qi '0000:ffff:0a63:0001' /sys/class/infiniband/rxe0/ports/1/gids/*; }

must modprobe dummy numdummies=0
must modprobe rdma_rxe
must modprobe ib_uverbs
must busybox ip link add roce0 type dummy
must busybox ip addr add 10.99.0.1/24 dev roce0
must busybox ip link set roce0 up
must rxe_link roce0
wait_for 20 test -c /dev/infiniband/uverbs0 || fail "no card"
wait_for 20 card_is_up || fail "the card has no address"

pins_up "$(dax_any)"
pins_try rdma
pins_all rdma
pins_read_only rdma
must umount_fmapd $pins_mnt

# The card goes with its driver.
must rmmod rdma_rxe
must busybox ip link del roce0
must rmmod dummy
