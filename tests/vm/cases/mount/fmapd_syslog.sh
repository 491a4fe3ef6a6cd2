# SPDX-License-Identifier: GPL-2.0-only
# If this fails: what fmapd complains of as a daemon is lost, and nobody learns why a mount went
# wrong.
# What a daemon has to say when nobody has its stderr any more is in the system's log: its own
# messages and libfuse's.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
END
mnt=/mnt/syslog
mkdir -p $mnt
log=/tmp/messages
busybox syslogd -n -O $log &
syslogd=$!
wait_for 10 test -S /dev/log || fail "no syslogd"
# logged TEXT: it is there, of the fmapd $pid, with a priority.
logged() { grep -q "daemon\.$1 fmapd\[$pid\]: $2" $log; }

# Before it is a daemon it tells its caller, and only him.
must_not fmapd -o no_such_option /tmp/manifest $mnt 2>/tmp/err
must grep -q '^fmapd: cannot mount on' /tmp/err
must fmapd --log-requests=/nonexistent/counts /tmp/manifest $mnt 2>/tmp/err
must grep -q 'famfs protocol agreed' /tmp/err
pid=$(pgrep -x fmapd)
must_not grep -q fmapd $log

# Its own: the counts that cannot be written, a mount in use.
must kill -USR1 "$pid"
wait_for 10 logged err '/nonexistent/counts: No such file' || fail "the log: $(cat $log)"
exec 5<$mnt/f
must kill -TERM "$pid"
wait_for 10 gone "$pid" || fail "fmapd stays"
logged warn "$mnt is in use, detaching it" || fail "the log: $(cat $log)"
exec 5<&-
ok "fmapd's"

# libfuse's: it wants one thread more, and gets none. Without hooks it has no threads.
cgroup_mounted
few=/sys/fs/cgroup/few
must mkdir $few
limits=
! grep -qw pids /sys/fs/cgroup/cgroup.controllers || limits=yes
[ -n "$limits" ] || [[ $(uname -r) == *-debug-* ]] || fail "this kernel does not limit tasks"
[ -z "$limits" ] || echo +pids >/sys/fs/cgroup/cgroup.subtree_control
must fmapd /tmp/manifest $mnt 2>/tmp/err
pid=$(pgrep -x fmapd)
threads=$(ls "/proc/$pid/task" | wc -l)
if [ -z "$limits" ]; then
	echo "this kernel does not limit tasks: libfuse's own words are not tried"
elif [ "$threads" -le 3 ]; then
	echo "$pid" >$few/cgroup.procs
	echo "$threads" >$few/pids.max
	must ls $mnt >/dev/null
	wait_for 10 logged err 'fuse: error creating thread' || fail "the log: $(cat $log)"
	ok "libfuse's"
fi
must umount $mnt
wait_for 10 gone "$pid" || fail "fmapd stays"
must rmdir $few
[ -z "$limits" ] || echo -pids >/sys/fs/cgroup/cgroup.subtree_control

# In the foreground all is on stderr.
: >$log
rm /tmp/err
fmapd -f --log-requests=/nonexistent/counts /tmp/manifest $mnt 2>/tmp/err &
pid=$!
wait_for 20 grep -q 'protocol agreed' /tmp/err || fail "fmapd: $(cat /tmp/err)"
must kill -TERM $pid
wait_for 10 gone $pid || fail "fmapd stays"
wait $pid || fail "status $?: $(cat /tmp/err)"
grep -q '^fmapd: /nonexistent/counts: No such file or directory$' /tmp/err || fail "it says $(cat /tmp/err)"
must_not grep -q fmapd $log

# Without a log to write to it serves and ends.
must kill $syslogd
wait $syslogd
rm -f /dev/log
must fmapd --log-requests=/nonexistent/counts /tmp/manifest $mnt 2>/tmp/err
pid=$(pgrep -x fmapd)
must kill -USR1 "$pid"
must ls $mnt >/dev/null
must umount $mnt
wait_for 10 gone "$pid" || fail "fmapd stays"
ok "the foreground, and no log"
