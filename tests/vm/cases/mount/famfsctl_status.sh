# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl status takes a dead server for one that lives, or its figures are wrong.
# timeout: 600
# famfsctl status and watch: a mount, its server, device and requests, as the test knows them; a
# server that dies.
. /lab/tests/lib.sh
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug

dev=$(dax_any)
status=0
famfsctl status >/tmp/out 2>&1 || status=$?
same "status without a module" $status 3
must grep -q "modprobe famfs_fuse" /tmp/out
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	file /g size=2M extent=0:4M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
if [ ! -e /sys/kernel/debug/famfs_fuse/mounts ]; then
	status=0
	famfsctl status >/tmp/out 2>&1 || status=$?
	same "status without a table" $status 3
	must umount_fmapd /mnt/f
	skip "the module has no table of mounts"
fi
# value KEY: the first of that name.
value() { sed -n 's/^ *"'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' /tmp/json | head -n 1; }
must famfsctl status --json /mnt/f >/tmp/json
same "files" "$(value files)" 0
exec {f}</mnt/f/f {g}</mnt/f/g
must famfsctl status --json /mnt/f >/tmp/json
same "mount point" "$(value mount_point)" /mnt/f
same "server" "$(value server)" "$FMAPD_PID"
same "name of the server" "$(value server_name)" fmapd
same "state" "$(value state)" alive
same "files" "$(value files)" 2
same "device" "$(value name)" "$dev"
sent=$(grep -A 1 '"request": "GET_FMAP"' /tmp/json | sed -n 's/.*"sent": \([0-9]*\).*/\1/p')
same "requests for maps" "$sent" 2
must famfsctl status
must famfsctl watch --count 2 --interval 0.5 /mnt/f >/tmp/out
same "looks" "$(grep -c '^/mnt/f ' /tmp/out)" 2
ok "a mount"
must kill_fmapd /mnt/f
must famfsctl status --json /mnt/f >/tmp/json
same "state" "$(value state)" dead
status=0
famfsctl doctor >/tmp/out || status=$?
must grep -q "server of /mnt/f is gone" /tmp/out
status=0
famfsctl why /mnt/f >/tmp/out || status=$?
same "status of why" $status 1
must grep -q "server is gone" /tmp/out
exec {f}<&- {g}<&-
must umount /mnt/f
ok "a dead server"
