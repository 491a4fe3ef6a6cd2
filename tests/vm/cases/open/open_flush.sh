# SPDX-License-Identifier: GPL-2.0-only
# If this fails: locks on a file are lost or stay as other opens of it are closed, or a server is
# asked what it said not to ask.
# What a server hears of open(2) and close(2): FLUSH for each close, nothing if it said so when
# the file was opened, nothing any more when it has once answered that it does not know it; and
# the same with OPEN. Locks are asked for whatever it hears of that.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /a size=2M extent=0:2M:2M
	file /b size=2M extent=0:4M:2M
END
f=/mnt/fl

# Opens of two files that overlap, some after others were closed: each has its own locks.
locks() {
	exec 5<$f/a 6<$f/b 7<$f/a
	must flock -n -x 5
	must flock -n -x 6
	must_not flock -n -s 7
	must flock -u 5
	exec 5<&-
	must flock -n -x 7
	exec 5<$f/b
	must_not flock -n -s 5
	must flock -u 6
	exec 6<$f/a
	must flock -n -x 5
	must_not flock -n -s 6
	must flock -u 5
	must flock -u 7
	must flock -n -x 6
	must flock -u 6
	exec 5<&- 6<&- 7<&-
}

# Opens and closes of many at once.
crowd() {
	local n i pids=
	for n in 1 2 3 4; do
		for ((i = 0; i < 200; i++)); do
			exec 5<$f/a 6<$f/b
			exec 5<&-
			exec 5<$f/a 6<&-
			exec 5<&-
		done &
		pids="$pids $!"
	done
	for n in $pids; do must wait "$n"; done
}

# hears OPENS FLUSHES OPTION...: of five opens and closes.
hears() {
	local opens=$1 flushes=$2; shift 2
	must mount_fmapd /tmp/manifest $f --require-fmap "$@"
	must daxio fill $f/a 0 2M 1
	must daxio -r check $f/a 0 2M 1
	must daxio -r fill $f/b 0 2M 2
	must daxio check $f/a 0 2M 1
	must daxio check $f/b 0 2M 2
	same "OPEN requests with ${*:-no option}" "$(request_count $f OPEN)" "$opens"
	same "FLUSH requests with ${*:-no option}" "$(request_count $f FLUSH)" "$flushes"
	locks
	crowd
	locks
	must umount_fmapd $f
}

hears 5 0
hears 5 1 --no-flush
hears 1 5 --no-open
hears 1 1 --no-open --no-flush
