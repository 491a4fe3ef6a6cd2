# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# guest.sh: all contenders, one after the other, in one boot. Run by lab/init.
#
# Speaks to tests/bench/run on the host in lines:
#	@row CONTENDER OP LEAST MEDIAN ROUNDS
#	@none CONTENDER OP WHY
#	@end
# PARTS in /lab/conf chooses among the functions that are named so; each leaves the machine as
# it found it but for the modules, which modules_in loads.
. /lab/tests/lib.sh
. /lab/conf
cd /root || exit 1
BENCH=/lab/bench
for f in peers famfs system; do . $BENCH/guest_$f.sh; done

# The two dynamic devices, told apart by their sizes.
for d in $(ls $DAX/devices); do
	case $(dax_size "$d") in
	$((4 << 30))) big_dev=$d ;;
	$((512 << 20))) case $(readlink -f $DAX/devices/$d) in */hmem*) small_dev=$d ;; esac ;;
	esac
done

# Programs that run first shall not be held back for it.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us

# manifest small|all: /tmp/manifest for the large device.
manifest() {
	{
		echo "device 0 /dev/$big_dev"
		cat $BENCH/small
		[ "$1" = small ] || cat $BENCH/large
	} >/tmp/manifest
}
# names PREFIX N: PREFIX0 and so on.
names() { seq 0 $(($2 - 1)) | sed "s|^|$1|"; }

: "${big_dev:?} ${small_dev:?}"
for part in $PARTS; do
	start=$EPOCHREALTIME
	"part_$part"
	echo "$part: $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms of the guest's"
done
echo "@end"
