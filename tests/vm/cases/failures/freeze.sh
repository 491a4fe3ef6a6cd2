# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a frozen container holds up others that use the same files, or a mount keeps the
# machine from suspending.
# timeout: 300
# Frozen processes and suspend: a frozen one holds nothing that others wait for, wherever
# it was frozen, and a mount is in the way of suspend no more than any FUSE mount.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=4M extent=0:2M:4M
	file /g size=2M extent=0:8M:2M
	file /h size=2M extent=0:16M:2M
	file /i size=2M extent=0:20M:2M
	END
mnt=/mnt/f
cg=/sys/fs/cgroup/famfs
cgroup_mounted
must mkdir $cg
freeze() { must eval "echo $1 >$cg/cgroup.freeze"; }
frozen() { grep -q '^frozen 1' $cg/cgroup.events; }
# into CGROUP PID...
into() { local p cgroup=$1; shift; for p; do must eval "echo $p >$cgroup/cgroup.procs"; done; }

must mount_fmapd /tmp/manifest $mnt --require-fmap
server=$FMAPD_PID
actor_start cold warm
into $cg "${ACTOR_PID[cold]}"
act cold ok open $mnt/f rw
act cold ok map 0 4M pmd
act cold ok set 0 4M 1
freeze 1
wait_for 5 frozen || fail "a process with a mapping does not freeze"
act warm ok open $mnt/f rw
act warm ok map 0 4M pte
act warm ok set 0 4M 2
act warm ok pwrite 0 2M 3
act warm ok open $mnt/g rw
act warm ok close
must_not umount $mnt 2>/dev/null
freeze 0
act cold ok is 0 2M 3
act cold ok is 2M 2M 2
ok "frozen with a mapping"

# The server, while somebody waits for it. Who waits for a name that another one is asking
# for cannot be killed, on any file system: so it is known.
act warm $((2 << 20)) stat $mnt/i
into $cg "$server"
freeze 1
wait_for 5 frozen || fail "the server does not freeze"
actor_start killed
actor_tell warm open $mnt/i rw
actor_tell killed open $mnt/i rw
sleep 0.3
actor_kill killed
actor_hear warm 0.1
same "answer of a frozen server" "$REPLY" silence
freeze 0
hear warm ok
into /sys/fs/cgroup "$server"
act cold ok close
act warm ok close
act warm ok unmap
ok "the server frozen"

# The device goes while somebody who has it mapped is frozen.
freeze 1
wait_for 5 frozen || fail "does not freeze"
began=$SECONDS
must dax_unbind "$dev"
[ $((SECONDS - began)) -le $((5 * ${LAB_SLOW:-1})) ] || fail "unbinding takes $((SECONDS - began)) s"
freeze 0
act cold 'SIGBUS*' get 0
act cold ok unmap
must umount_fmapd $mnt
must dax_bind "$dev" $FSDEV
ok "unbound under a frozen process"

# While it waits for a map: it freezes when that has come, and with nothing in its hands.
must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-fmap=2000
actor_tell cold open $mnt/g rw
wait_for 5 request_seen $mnt GET_FMAP 1 || fail "no GET_FMAP"
freeze 1
actor_tell warm open $mnt/g rw
hear warm ok 10
wait_for 5 frozen || fail "does not freeze after its open"
act warm ok pwrite 0 2M 4
actor_hear cold 0.1
same "answer of a frozen process" "$REPLY" silence
freeze 0
hear cold ok
act cold ok pread 0 2M 4
# And killed in that state.
actor_tell cold open $mnt/h rw
wait_for 5 request_seen $mnt GET_FMAP 2 || fail "no GET_FMAP"
freeze 1
actor_kill cold
freeze 0
act warm ok open $mnt/h rw
actor_end warm
must umount_fmapd $mnt
must rmdir $cg
must umount /sys/fs/cgroup
ok "frozen while it waits"

# ---- suspend, as far as freezing everything ----
grep -qw freezer /sys/power/pm_test || skip "this kernel cannot suspend"
state=mem
grep -qw mem /sys/power/state || state=freeze
must eval "echo freezer >/sys/power/pm_test"
must eval "echo 0 >/sys/module/suspend/parameters/pm_test_delay"
must eval "echo 1500 >/sys/power/pm_freeze_timeout"
trap 'echo none >/sys/power/pm_test; echo 20000 >/sys/power/pm_freeze_timeout' EXIT
# What a task looks like that does not freeze is told in the log.
printf '%s\n' 'Call Trace:' 'RIP: 0033:' >"$DMESG_EXPECTED"
# suspend: in REPLY: ok, or busy if a task did not freeze.
suspend() {
	local began=$SECONDS error
	if error=$( { echo $state >/sys/power/state; } 2>&1); then REPLY=ok
	elif [[ $error == *busy* ]]; then REPLY=busy
	else fail "suspend: $error"; fi
	[ $((SECONDS - began)) -le $((10 * ${LAB_SLOW:-1})) ] || fail "suspend takes $((SECONDS - began)) s"
}

must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-fmap=3000
server=$FMAPD_PID
actor_start user waiter
act user ok open $mnt/f rw
act user ok map 0 4M pmd
act user ok set 0 4M 1
while :; do daxio check $mnt/f 0 64K 0; done >/dev/null 2>&1 &
busy=$!
# An open that the server is just answering holds it up, as on any FUSE mount.
for _ in 1 2 3 4 5; do
	suspend
	[ "$REPLY" = busy ] || break
done
same "suspend with a mount in use" "$REPLY" ok
kill $busy
wait $busy 2>/dev/null
act user ok is 0 4M 1
act user ok pwrite 0 4M 2

# Any FUSE mount: a name that is asked for.
kill -STOP "$server"
actor_tell waiter stat $mnt/h
sleep 0.3
suspend
stock=$REPLY
kill -CONT "$server"
hear waiter $((2 << 20))

actor_tell waiter open $mnt/i rw
wait_for 5 request_seen $mnt GET_FMAP 2 || fail "no GET_FMAP"
suspend
# Which of the two it is depends on where the server was stopped, for either request. What
# counts is that it comes to an end, and that everything goes on afterwards.
echo "suspend while a name is asked for: $stock, a map: $REPLY"
hear waiter ok
act waiter ok pwrite 0 2M 3
act user ok is 0 4M 2
actor_end user waiter
must umount_fmapd $mnt
ok "suspend"
