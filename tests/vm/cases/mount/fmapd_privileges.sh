# SPDX-License-Identifier: GPL-2.0-only
# If this fails: fmapd keeps more privileges than it needs, for whoever breaks into it; or too few
# to unmount.
# What fmapd may do once it has mounted: unmount, and nothing else; and that this is enough,
# below a directory of another user's, too.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
END
mkdir -p /tmp/private/mnt /tmp/private/log
mnt=/tmp/private/mnt
chown -R 65534:65534 /tmp/private
chmod 700 /tmp/private /tmp/private/log
mounted() { grep -q " $mnt fuse.fmapd " /proc/mounts; }

# Numbers of linux/capability.h.
ADMIN=$((1 << 21 | 1 << 2))		# CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH
LOGS=$((ADMIN | 1 << 1 | 1 << 3))	# CAP_DAC_OVERRIDE, CAP_FOWNER
# has PID CAPABILITIES: every thread of it has these, and no way to others.
has() {
	local t threads=0 got want
	want=$(printf 'CapInh:%016x CapPrm:%016x CapEff:%016x CapBnd:%016x CapAmb:%016x NoNewPrivs:1' \
		0 "$2" "$2" 0 0)
	for t in /proc/"$1"/task/*; do
		got=$(sed -n '/^\(Cap\|NoNewPrivs\)/s/[[:space:]]//gp' "$t/status" | xargs)
		same "privileges of thread $(<"$t/comm")" "$got" "$want"
		threads=$((threads + 1))
	done
	[ $threads -ge "$3" ] || fail "$threads threads, and there should be $3"
}
# serves CAPABILITIES THREADS OPTION...: it has these after it has served, and it unmounts.
serves() {
	local caps=$1 threads=$2 pid readers=() i; shift 2
	must ${FMAPD:-fmapd} --require-fmap "$@" /tmp/manifest $mnt
	pid=$(pgrep -x ${FMAPD:-fmapd})
	for i in 1 2 3 4; do ls -l $mnt >/dev/null & readers+=($!); done
	must daxio fill $mnt/f 0 2M 1
	must daxio -r check $mnt/f 0 2M 1
	for i in "${readers[@]}"; do wait "$i" || fail "ls"; done
	has "$pid" "$caps" "$threads"
	must kill -TERM "$pid"
	wait_for 10 gone "$pid" || fail "fmapd stays"
	! mounted || fail "it did not unmount ($*)"
}
serves $ADMIN 3
serves $ADMIN 3 --devices-by-fd
serves $ADMIN 2 --single-thread
FMAPD=fmapd-test serves $ADMIN 3 --delay-fmap=300 --single-thread
serves $LOGS 3 --log-requests=/tmp/private/log/counts
must grep -q '^GET_FMAP 1$' /tmp/private/log/counts
# The file of somebody else's in a directory of all.
chmod 1777 /tmp/private/log
chown 65533 /tmp/private/log/counts
serves $LOGS 3 --log-requests=/tmp/private/log/counts --devices-by-fd
must grep -q '^GET_DAXDEV 0$' /tmp/private/log/counts
same "its owner" "$(stat -c %u /tmp/private/log/counts)" 0
ok "as a daemon"

# In the foreground, where it can be asked when it has come so far.
must mount_fmapd /tmp/manifest /mnt/p --require-fmap
has "$FMAPD_PID" $LOGS 3
must umount_fmapd /mnt/p

# In use: detached, the same.
must fmapd --require-fmap /tmp/manifest $mnt
pid=$(pgrep -x fmapd)
exec 5<$mnt/f
must kill -TERM "$pid"
wait_for 10 gone "$pid" || fail "fmapd stays"
! mounted || fail "a mount in use was not detached"
exec 5<&-
# Without the protocol: nothing else.
must fmapd --no-fmap --serve-data /tmp/manifest $mnt
pid=$(pgrep -x fmapd)
must ls $mnt >/dev/null
has "$pid" $ADMIN 3
must umount $mnt
wait_for 10 gone "$pid" || fail "fmapd stays"
ok "in the foreground, in use, without the protocol"
