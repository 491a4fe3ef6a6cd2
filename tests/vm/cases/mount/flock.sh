# SPDX-License-Identifier: GPL-2.0-only
# If this fails: two programs have the same exclusive lock, or one waits for a lock that nobody has.
# flock(2) is the server's affair: it is asked, and conflicts are seen.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /a size=2M extent=0:2M:2M
	file /b size=2M extent=0:4M:2M
END
must mount_fmapd /tmp/manifest /mnt/fl --require-fmap
a=/mnt/fl/a
# hold OPTION: a process that holds a lock on $a until told by a line in the pipe.
mkfifo /tmp/go
hold() {
	rm -f /tmp/held
	flock "$1" $a bash -c 'echo held >/tmp/held; read -r line </tmp/go' &
	holder=$!
	wait_for 10 test -s /tmp/held || fail "flock $1 is not given"
}
let_go() { echo >/tmp/go; must wait $holder; }

hold -x
must_not flock -n -x $a true
must_not flock -n -s $a true
must flock -n -x /mnt/fl/b true
# Locked is not shut: data can be read and written.
must daxio fill $a 0 2M 1
must daxio -r check $a 0 2M 1
# One who waits gets it when it is free.
flock -x $a bash -c 'echo got >/tmp/got' &
waiter=$!
sleep 0.3
must_not test -e /tmp/got
let_go
must wait $waiter
must test -s /tmp/got
must flock -n -x $a true

hold -s
must flock -n -s $a true
must_not flock -n -x $a true
# Ended with its process.
let_go
must flock -n -x $a true
locks=$(($(request_count /mnt/fl SETLK) + $(request_count /mnt/fl SETLKW)))
[ $locks -ge 8 ] || fail "the server was asked for only $locks locks"
must umount_fmapd /mnt/fl
