# SPDX-License-Identifier: GPL-2.0-only
# If this fails: mount(2) of a server that wants INIT answered first hangs, or comes up though the
# answer was no.
# timeout: 300
# Servers that want INIT to be answered before mount(2) returns, and what becomes of mount(2)
# when the answer is no, or never comes. Each case is what it is on the stock kernel, but for
# a server that agrees.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
. /lab/tests/rawfuse.sh

raw_setup "$(dax_dev_dynamic)"
rawfuse $RAW_MNT sync probe >/tmp/sync-log 2>&1
[ "$(cat /tmp/sync-log)" != "sync: ENOTTY" ] || skip "this kernel has no synchronous INIT"

held() {	# WORD...
	start_raw $RAW_NAMED sync hold "$@"
	raw_wait offered:
	mounter=$(raw_value mounter)
	sleep 0.3
	must_not raw_told mount:
	must_not grep -q " $RAW_MNT " /proc/mounts
}
# The server has seen its session end, and what it says now comes too late.
end_late() {
	raw_answer
	case $(raw_value reply) in ok) fail "a reply was taken after the mount had ended" ;; esac
	wait_for 10 gone "$(raw_pid)" || fail "the server is still there"
	wait "$(raw_pid)" 2>/dev/null
}

refused() {
	local reply
	for reply in error=71 error=4 major=6 len=0; do
		raw_probe $RAW_NAMED sync reply=$reply
		raw_is reply ok
		raw_is mount ENOTCONN
	done
	ok "$1: INIT refused"
}
killed_mounter() {
	held reply=flags=ext+fmap
	kill -KILL "$mounter"
	if ! wait_for 5 gone "$mounter"; then
		[ "$1" = stock ] || fail "mount(2) survives SIGKILL"
		stock_waits=1
		must kill_fmapd $RAW_MNT
		# It has the session open itself.
		must mount -t fusectl fusectl /sys/fs/fuse/connections
		echo 1 | tee /sys/fs/fuse/connections/*/abort
		must umount /sys/fs/fuse/connections
		wait_for 10 gone "$mounter" || fail "mount(2) survives SIGKILL and the end of its session"
		ok "$1: mounter killed, which stock cannot do here"
		return
	fi
	# The server lives, and holds its session file.
	[ "$1" = stock ] || wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after the mounter was killed"
	must running "$(raw_pid)"
	must_not grep -q " $RAW_MNT " /proc/mounts
	end_late
	ok "$1: mounter killed"
}
killed_both() {
	if [ "$1$stock_waits" = stock1 ]; then return; fi
	held thread
	must kill_fmapd $RAW_MNT
	ok "$1: killed, mounter and server in one"
}
killed_server() {
	if [ -n "$detaches" ]; then
		held detach
		must kill_fmapd $RAW_MNT
		wait_for 5 raw_told mount: || fail "mount goes on without its server"
		same "mount" "$(raw_value mount)" ENOTCONN
		start_raw $RAW_NAMED sync die detach
		wait_for 10 raw_told mount: || fail "mount goes on without its server"
		same "mount" "$(raw_value mount)" ENOTCONN
		wait "$(raw_pid)"
		ok "$1: server ended"
	fi
	if [ "$1$stock_waits" = stock1 ]; then return; fi
	# The mounter itself keeps the session open, so it waits for somebody to answer.
	held
	must kill_fmapd $RAW_MNT
	sleep 0.3
	must running "$mounter"
	kill -KILL "$mounter"
	wait_for 5 gone "$mounter" || fail "mount(2) survives SIGKILL"
	ok "$1: server ended, session still open"
}

stock_waits=
must_not module_loaded famfs_fuse
# Some kernels look the session file up when they mount, not when they are given its number.
detaches=1
case $(timeout -s KILL $((10 * ${LAB_SLOW:-1})) rawfuse $RAW_MNT probe sync detach 2>&1) in
*"mount: EINVAL"*) detaches= ;;
*"mount: ok"*) ;;
*) fail "a mounter without its session file" ;;
esac
for t in refused killed_mounter killed_both killed_server; do $t stock; done

famfs_up "$RAW_DEV"
raw_probe $RAW_NAMED sync
raw_is mount ok
raw_is offered yes
[[ $RAW_TEXT == *reply:*mount:* ]] || fail "mount(2) did not wait for INIT"
raw_is_famfs
raw_probe $RAW_NAMED sync reply=flags=ext
raw_is mount ok
raw_is_ordinary
[[ $RAW_TEXT == *reply:*mount:* ]] || fail "mount(2) did not wait for INIT"
raw_probe $RAW_NAMED sync reply=len=24
raw_is_ordinary
if [ -n "$detaches" ]; then
	raw_probe $RAW_NAMED sync detach
	raw_is_famfs
fi
ok "agreed, and not"

for t in refused killed_mounter killed_both killed_server; do
	$t ours
	wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after $t"
done
raw_nothing_left

# After a wait.
held
raw_answer
raw_wait "mount: ok"
actor_start a
act a ok open $RAW_MNT/f rw
act a ok map 0 2M pmd
act a ok is 0 64K 68
same "READ requests" "$(request_count $RAW_MNT READ)" 0
actor_end a
must umount_fmapd $RAW_MNT
raw_nothing_left
ok "agreed late"
