# SPDX-License-Identifier: GPL-2.0-only
# If this fails: fmapd that a script starts does not come up, stays behind, or writes its messages
# into a file of somebody's.
# fmapd as people and their scripts start and end it: as a daemon, without open streams, with
# several -o, again where it has just been, and interrupted while it mounts.
# timeout: 180
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
END
famfs_up "$dev"
mnt=/mnt/started
mkdir -p $mnt
mounted() { grep -q " $mnt fuse.fmapd " /proc/mounts; }
not_mounted() { ! mounted; }
daemons() { pgrep -x fmapd; }
no_daemon() { [ -z "$(daemons)" ]; }
end() {
	must umount $mnt
	wait_for 10 no_daemon || fail "fmapd $(daemons) is still there"
}

# A daemon has its standard streams or not. Nothing it opens may get their numbers.
start() {
	mounted || fail "not mounted ($1)"
	must daxio fill $mnt/f 0 2M "$2"
	sleep 0.2
	must daxio -r check $mnt/f 0 2M "$2"
	must ls $mnt >/dev/null
	end
}
must fmapd /tmp/manifest $mnt >/tmp/log 2>&1
start "all streams" 1
must grep -q "famfs protocol agreed" /tmp/log
must fmapd /tmp/manifest $mnt <&- 2>/tmp/log
start "no input" 2
must fmapd /tmp/manifest $mnt <&- >&- 2>&-
start "no streams" 3
must fmapd /tmp/manifest $mnt 2>&-
start "no errors" 4
ok "streams"

# As with mount(8), each -o adds something.
must fmapd -o ro -o noatime -o max_read=131072 /tmp/manifest $mnt 2>/dev/null
options=$(awk -v m=$mnt '$2 == m { print "," $4 "," }' /proc/mounts)
for o in ro noatime max_read=131072; do
	[[ $options == *,$o,* ]] || fail "mounted with $options, not $o"
done
must_not touch $mnt/f 2>/dev/null
end
must_not fmapd -o ro -o no_such_option /tmp/manifest $mnt 2>/dev/null
not_mounted || fail "mounted with an option that nobody knows"
ok "mount options"

# What is for tests alone it does not know.
for option in --delay-init=1 --delay-fmap=1 --fail-daxdev=EIO --first-generation --announce=8192 --claim=8192; do
	must fmapd-test --no-fmap $option /tmp/manifest $mnt 2>/dev/null
	must umount $mnt
	for given in "$option" "-o ${option#--}"; do
		status=0
		# shellcheck disable=SC2086
		fmapd --no-fmap $given /tmp/manifest $mnt 2>/dev/null || status=$?
		must_not grep -q " $mnt " /proc/mounts
		[ $status != 0 ] || fail "fmapd takes $given"
	done
	must_not eval "fmapd --help | grep -q -e '${option%%=*}'"
done
wait_for 10 eval '! pgrep fmapd-test' || fail "fmapd-test stays"
ok "no faults on purpose"

# Nobody is asked about opens, so none could be refused.
sed 's/^file .f/& ro/' /tmp/manifest >/tmp/manifest.ro
status=0
fmapd --no-open /tmp/manifest.ro $mnt 2>/tmp/err || status=$?
same "exit with --no-open and ro" $status 2
must grep -q 'line 2 .*ro' /tmp/err
not_mounted || fail "mounted with --no-open and ro"
must fmapd --no-open /tmp/manifest $mnt 2>/dev/null
start "--no-open" 5
ok "contradiction"

# One that ends late finds its successor's mount in the place of its own, with the same
# numbers in /proc/self/mountinfo.
for ((i = 0; i < 5; i++)); do
	must fmapd /tmp/manifest $mnt 2>/dev/null
	old=$(daemons)
	before=$(grep " $mnt " /proc/self/mountinfo)
	must kill -STOP "$old"
	must umount -c $mnt	# without asking it for anything
	must fmapd /tmp/manifest $mnt 2>/dev/null
	[ "$(grep " $mnt " /proc/self/mountinfo)" != "$before" ] || echo "the numbers are the same"
	[ $i = 0 ] || must kill -TERM "$old"
	must kill -CONT "$old"
	wait_for 10 gone "$old" || fail "the old fmapd stays"
	mounted || fail "the mount went with the fmapd before it"
	must daxio fill $mnt/f 0 2M $((10 + i))
	end
done
ok "a successor"

# Aborted, it takes its own mount away.
must mount -t fusectl fusectl /sys/fs/fuse/connections
must fmapd /tmp/manifest $mnt 2>/dev/null
echo 1 >"/sys/fs/fuse/connections/$(mountpoint -d $mnt | cut -d: -f2)/abort"
wait_for 10 not_mounted || fail "still mounted after the connection was aborted"
wait_for 10 no_daemon || fail "fmapd $(daemons) is still there"
must umount /sys/fs/fuse/connections
ok "aborted"

# A signal at any time: it ends, and nothing stays.
for ((i = 0; i < 30; i++)); do
	fmapd -f /tmp/manifest $mnt >/tmp/log 2>&1 &
	pid=$!
	sleep 0.0$((i / 3))$((i % 3 * 3))
	kill -TERM $pid 2>/dev/null
	wait_for 10 gone $pid || fail "fmapd does not end"
	status=0
	wait $pid || status=$?
	# By its own hand, or by the signal before it was ready for it.
	case $status in
	0 | 1 | 143) ;;
	*) fail "exit $status: $(cat /tmp/log)" ;;
	esac
	not_mounted || fail "mounted after a signal"
done
ok "signals"
must unload famfs_fuse
must dax_bind "$dev" device_dax
