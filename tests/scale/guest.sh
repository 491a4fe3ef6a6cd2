# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# guest.sh: the parts, one after the other. Run by lab/init.
#
# Speaks to tests/scale/run on the host in lines:
#	@row|STEP|COUNT|MS|REALTIME|PLAIN	what was done to how many, how long it took, and for how
#						long at most nobody else got the processor: watch.c
#	@figure|NAME|VALUE|UNIT
#	@end
. /lab/tests/lib.sh
. /lab/conf
cd /root || exit 1
. /lab/bench/parts.sh

exec {REPORT}>&1

coproc WATCH { exec scale watch; }
asked() { echo >&"${WATCH[1]}" && read -r -u "${WATCH[0]}" MS REALTIME PLAIN || fail "the watch has ended"; }
# step NAME COUNT COMMAND...: do it, and tell of it.
step() {
	local name=$1 count=$2; shift 2
	asked
	must "$@"
	asked
	echo "@row|$name|$count|$MS|$REALTIME|$PLAIN" >&"$REPORT"
	[ -z "$STACKS" ] || dmesg -c | grep stallstack | sed 's/.*stallstack:/   /' >&"$REPORT"
}
figure() { echo "@figure|$1|$2|$3"; }
# slab_kib: memory of the kernel's own.
slab_kib() { awk '/^(Slab|VmallocUsed|PageTables|Percpu):/ { n += $2 } END { print n }' /proc/meminfo; }
# server_kib: what fmapd has in memory.
server_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$(pgrep -x fmapd)/status"; }
# per FIRST LAST COUNT: bytes of each, from KiB.
per() { echo $((($2 - $1) * 1024 / $3)); }
server_gone() { ! pgrep -x fmapd >/dev/null; }
umounted() { umount "$1" && wait_for 60 server_gone; }

# shellcheck disable=SC2034 # for the parts
big_dev=$(dax_dev_large 1024) || fail "no large device"
[ -z "$STACKS" ] || must modprobe stallstack
step "load fsdev_dax" 1 modprobe fsdev_dax
step "load famfs_fuse" 1 modprobe famfs_fuse
for part in $PARTS; do
	"part_$part"
done
echo "@end"
