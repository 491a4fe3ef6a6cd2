# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a machine comes up without its famfs mounts or waits at boot for a device that is
# gone, or a crashed server stays away.
# A machine with systemd comes up right: devices that /etc/famfs names are in famfs mode, whatever
# they are called, and mounts are up; one that does not come holds up nobody for long. And what
# systemd does with the server: again after a crash, another manifest, the end.
# boot: own
# init: systemd
# cmdline: systemd.getty_auto=0 systemd.firstboot=0 systemd.show_status=0
# timeout: 900
. /lab/tests/lib.sh

SIZE=4M
if [ "${1:-}" = prepare ]; then
	mkdir -p /etc/famfs/modes.d /etc/famfs/mounts.d /etc/famfs/lists /mnt /srv
	sta=$(dax_dev_static)
	dyn=$(dax_dev_dynamic) || skip "no dynamic dax device"
	/usr/libexec/famfs-mode identify "$sta" | grep ^uuid= >/etc/famfs/modes.d/pool.conf || fail "no uuid of $sta"
	/usr/libexec/famfs-mode identify "$dyn" | grep -e ^start= -e ^size= >/etc/famfs/modes.d/soft.conf
	echo uuid=11111111-2222-3333-4444-555555555555 >/etc/famfs/modes.d/absent.conf
	cat >/etc/famfs/one.manifest <<-END
		device 0 /dev/famfs/pool
		file /f size=$SIZE extent=0:2M:$SIZE
	END
	cat >/etc/famfs/lists/two <<-END
		device 0 /dev/famfs/soft
		device 1 /dev/famfs/absent	# it comes later, or never
		file /f size=$SIZE extent=0:2M:$SIZE
		file /g size=2M extent=1:2M:2M
	END
	cat >/etc/famfs/mounts.d/two.conf <<-END
		MANIFEST=/etc/famfs/lists/two
		MOUNTPOINT="/srv/the two"
		OPTIONS=-o ro,noatime
		WAIT=10
	END
	# An emulated machine's devices may take long, and what fstab names is needed or not there.
	echo WAIT=300 >/etc/famfs/mounts.d/one.conf
	# What reads a file from its start on, and shall end before it goes.
	cat >/etc/systemd/system/user.service <<-END
		[Unit]
		Requires=fmapd@one.service
		After=fmapd@one.service
		[Service]
		ExecStart=/bin/bash -c 'exec 3</mnt/one/f; until [ -e /run/no ]; do sleep 1; done'
		ExecStop=/bin/bash -c 'cmp -n 100 /mnt/one/f /mnt/one/f && touch /run/user-ended-well'
	END
	# What every shutdown begins with, which is not to be started by hand.
	cat >/etc/systemd/system/lab-end.target <<-END
		[Unit]
		DefaultDependencies=no
		Requires=shutdown.target umount.target
		After=shutdown.target umount.target
	END
	mkdir -p /etc/systemd/system/multi-user.target.wants
	ln -s /usr/lib/systemd/system/fmapd@.service /etc/systemd/system/multi-user.target.wants/fmapd@two.service
	# The line of fmapd(8) and README, for a machine that starts without it, too.
	echo "/etc/famfs/one.manifest /srv/tab fuse.fmapd nosuid,nodev,require-fmap,nofail,x-systemd.requires=famfs-mode@pool.service 0 0" >/etc/fstab
	mkdir -p /srv/tab
	# A byte of the pattern depends on its place in the file.
	truncate -s $SIZE /tmp/bytes
	must daxio -r fill /tmp/bytes 0 $SIZE 1
	must daxio put "/dev/$sta" 2M $SIZE </tmp/bytes
	must daxio -r fill /tmp/bytes 0 $SIZE 2
	must daxio put "/dev/$dyn" 2M $SIZE </tmp/bytes
	exit 0
fi

active() { systemctl -q is-active "$1"; }
state() { systemctl show -P "$2" "$1"; }
# up UNIT [SECONDS]: it comes up.
up() {
	wait_for "${2:-120}" active "$1" && return
	systemctl status --no-pager -n 30 "$1" 'famfs-mode@*' 'dev-famfs-*.device'
	systemctl list-jobs --no-pager
	journalctl -b --no-pager | tail -n 60
	fail "$1 does not come up"
}
main_pid() { state "$1" MainPID; }

up srv-tab.mount
must daxio -r check /srv/tab/f 0 $SIZE 1
must systemctl stop srv-tab.mount
must_not mountpoint -q /srv/tab
ok "a line of fstab, which waits for its device's mode"
must systemctl start fmapd@one.service
sta=$(dax_dev_static)
same "the link" "$(readlink -f /dev/famfs/pool)" "/dev/$sta"
same "driver of $sta" "$(dax_driver "$sta")" $FSDEV
must daxio -r check /mnt/one/f 0 $SIZE 1
up fmapd@two.service
# It waits for its devices no longer than it is told, and a slow machine's come later.
up famfs-mode@soft.service
dyn=$(dax_dev_dynamic)
same "the other link" "$(readlink -f /dev/famfs/soft)" "/dev/$dyn"
same "driver of $dyn" "$(dax_driver "$dyn")" $FSDEV
must daxio -r check "/srv/the two/f" 0 $SIZE 2
must_not daxio -r check "/srv/the two/g" 0 2M 2 2>/dev/null
must_not touch "/srv/the two/f" 2>/dev/null
up multi-user.target
same "units that failed" "$(systemctl list-units --failed --plain --no-legend | grep -e famfs -e fmapd)" ""
same "what the one is" "$(state fmapd@one.service StatusText)" "/mnt/one: famfs protocol agreed"
must_not test -e /dev/famfs/absent
ok "up after a boot, with a device that is missing"

# The driver is what the file says at every coming of the device, also late.
must systemctl stop fmapd@two.service
must_not mountpoint -q "/srv/the two"
must modprobe -r dax_hmem
wait_for 60 eval '! systemctl -q is-active famfs-mode@soft.service' || fail "its mode is there without the device"
must modprobe dax_hmem
wait_for 120 active famfs-mode@soft.service || { journalctl -b --no-pager -u famfs-mode@soft.service; fail "a device that comes late is left as it is"; }
dyn=$(dax_dev_dynamic)
same "driver of $dyn" "$(dax_driver "$dyn")" $FSDEV
must systemctl start fmapd@two.service
must daxio -r check "/srv/the two/f" 0 $SIZE 2
ok "a device that comes late"

# A crash: it is there again by itself, also where files of the dead one are open.
again() {
	local pid=$1
	[ "$(main_pid fmapd@one.service)" != "$pid" ] && active fmapd@one.service
}
for used in '' in-use; do
	pid=$(main_pid fmapd@one.service)
	[ -z "$used" ] || exec 5</mnt/one/f
	must kill -KILL "$pid"
	wait_for 120 again "$pid" || { journalctl -b --no-pager -u fmapd@one.service; fail "fmapd is not started again"; }
	same "mounts" "$(grep -c ' /mnt/one ' /proc/mounts)" 1
	if [ -n "$used" ]; then
		same "bytes of a file that is open" "$(head -c 4096 <&5 | wc -c)" 4096
		must_not daxio -r check /mnt/one/f 0 $SIZE 1 2>/dev/null
		exec 5<&-
	fi
	wait_for 60 daxio -r check /mnt/one/f 0 $SIZE 1 || fail "no file after a crash"
done
same "restarts" "$(state fmapd@one.service NRestarts)" 2
ok "again after a crash"

# Another manifest.
# shellcheck disable=SC2053 # a pattern
status_is() { [[ $(state fmapd@one.service StatusText) == $1 ]]; }
pid=$(main_pid fmapd@one.service)
echo "file /more size=2M extent=0:16M:2M" >>/etc/famfs/one.manifest
must systemctl reload fmapd@one.service
wait_for 60 status_is 'the manifest was read again: 1 added*' || fail "after a reload: $(state fmapd@one.service StatusText)"
must daxio fill /mnt/one/more 0 2M 3
echo "file /bad size=2M extent=7:16M:2M" >>/etc/famfs/one.manifest
must systemctl reload fmapd@one.service
wait_for 60 status_is 'the manifest as it was stays in force: */etc/famfs/one.manifest:4: device 7*' ||
	fail "after a bad one: $(state fmapd@one.service StatusText)"
must active fmapd@one.service
same "the process" "$(main_pid fmapd@one.service)" "$pid"
must daxio -r check /mnt/one/more 0 2M 3
sed -i '$d' /etc/famfs/one.manifest
ok "another manifest"

# What it may do is what it takes, and it sees the system as it is.
same "bounding set" "$(sed -n 's/^CapBnd:[[:space:]]*//p' "/proc/$pid/status")" 0000000000000000
same "mount namespace" "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/self/ns/mnt)"

# The end, as at a shutdown: who uses the files, then the mount and the server; nothing is
# detached. The service that this runs in is not stopped by that.
used() {
	local fd
	for fd in /proc/[0-9]*/fd/3; do [ "$(readlink "$fd")" != /mnt/one/f ] || return 0; done
	return 1
}
said=$(journalctl -b --no-pager -o cat -u fmapd@one.service | wc -l)
must systemctl start user.service
wait_for 60 used || fail "nobody uses the file"
must systemctl start --no-block --job-mode=replace lab-end.target
wait_for 120 eval '! systemctl -q is-active fmapd@one.service && ! systemctl -q is-active fmapd@two.service' ||
	fail "the servers stay"
must test -e /run/user-ended-well
must_not mountpoint -q /mnt/one
journalctl -b --no-pager -o cat -u fmapd@one.service | tail -n "+$((said + 1))" >/tmp/end
must_not grep -e 'in use' -e 'cannot unmount' /tmp/end
must_not eval "journalctl -b --no-pager -o cat | grep -e 'ordering cycle' -e 'Failed unmounting \(mnt\|srv\)'"
must_not grep -q ' fuse.fmapd ' /proc/mounts
same "results" "$(state fmapd@one.service Result) $(state fmapd@two.service Result)" "success success"
ok "the end"
must systemctl stop 'famfs-mode@*'
