# SPDX-License-Identifier: GPL-2.0-only
# If this fails: an RDMA card writes to memory of a closed file that another file has got, or files
# cannot be registered with it.
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

# A card that asks for each page when it wants it has none pinned: it finds what is mapped there,
# from which it is kept with everybody else. This card copies to and from the beginning of each
# page only, whatever it is told (rxe_odp.c of 7.3), and so that is what it is told.
on_demand() {
	local size file
	for size in pmd pte; do
		for file in f g; do
			actor_start a b
			act a ok open $pins_mnt/$file rw
			act a ok map 0 4M $size
			actor_do a rdma 1M 1M o
			if [[ $REPLY == @(EINVAL|EOPNOTSUPP) ]] && ! kernel_at_least 6.15; then
				echo "this kernel's card has all pages pinned"
				actor_end a b
				return
			fi
			same "registration on demand" "$REPLY" ok
			act b ok open $pins_mnt/$file rw
			act b ok pwrite 0 4M 1
			act b ok pwrite 1028K 1K 2
			act a ok move 1028K 1500K 1K
			act b ok pread 1500K 1K 2
			act b ok pread 1501K 11K 1
			act b ok fsync
			act a ok set 1028K 1K 3
			act a ok move 1028K 1500K 1K
			act b ok pread 1500K 1K 3
			actor_end b
			act a ok unmap
			act a ok close
			act a EREMOTEIO move 1028K 1700K 1K
			evict & ends_within 20 $! "eviction"
			actor_start next
			act next ok open $pins_mnt/$file rw
			act next ok pread 1500K 1K 3
			act next ok pread 1501K 300K 1
			act a ok unpin
			actor_end next a
			ok "rdma on demand, $size, $file"
		done
	done
	actor_start a
	act a ok open $pins_mnt/f rw
	act a ok map 0 4M pmd
	act a ok rdma 1M 1M o
	act a ok move 1028K 1500K 1K
	echo "$pins_dev" >$DAX/drivers/$FSDEV/unbind & ends_within 20 $! "unbinding"
	act a EREMOTEIO move 1028K 1500K 1K
	actor_end a
	must umount_fmapd $pins_mnt
	pins_bound_anew
	ok "rdma on demand, taken away"
}

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
on_demand
must umount_fmapd $pins_mnt

# The card goes with its driver.
must rmmod rdma_rxe
must busybox ip link del roce0
must rmmod dummy
