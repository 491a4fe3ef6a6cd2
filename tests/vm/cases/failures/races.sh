# SPDX-License-Identifier: GPL-2.0-only
# If this fails: opens, renames, evictions and mounts that meet crash the host or break ordinary
# FUSE mounts.
# timeout: 600
# Everything at once: opens against renames, unlinks, lists and eviction; mounts on many
# devices; ordinary FUSE mounts while the module comes and goes.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
preempt=/sys/kernel/debug/sched/preempt
# Tasks give way to one another in the middle of the kernel, too. Realtime kernels have no
# choice.
preempt_was=
[ ! -e $preempt ] || preempt_was=$(sed 's/.*(\(.*\)).*/\1/' $preempt)
put_back() { [ -z "$preempt_was" ] || echo "$preempt_was" >$preempt; }
trap put_back EXIT
[ -z "$preempt_was" ] || must eval "echo full >$preempt"

must dax_split 6 8
# shellcheck disable=SC2046
famfs_up "$dyn" "$sta" $(dax_parts)
began=$SECONDS
# shellcheck disable=SC2046
must mountloops devices 3 /mnt/dev $(printf '/dev/%s ' "$dyn" "$sta" $(dax_parts))
must dax_whole
must dax_bind "$dyn" $FSDEV
ok "eight devices: $((SECONDS - began)) s"

began=$SECONDS
must races /mnt/races "/dev/$dyn"
ok "storm: $((SECONDS - began)) s"

must dax_unbind "$dyn"
must dax_unbind "$sta"

# None of the mounts may fail.
must unload famfs_fuse
began=$SECONDS
rm -f /tmp/stop
mountloops ordinary /tmp/stop /mnt/plain >/tmp/loops 2>&1 &
loops=$!
for offer in auto all auto all; do
	must modprobe famfs_fuse offer=$offer
	sleep 0.2
	must unload famfs_fuse
done
touch /tmp/stop
wait $loops || fail "ordinary mounts: $(cat /tmp/loops)"
n=$(cat /tmp/loops)
[ "$n" -ge 20 ] || fail "only $n ordinary mounts were made"
must modprobe famfs_fuse
same "use count" "$(module_refs famfs_fuse)" 0
ok "$n ordinary mounts while the module came and went: $((SECONDS - began)) s"
