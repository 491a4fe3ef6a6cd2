# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What one of several hosts that share memory is told to do by lab/cluster.sh. Sourced after lib.sh;
# each command is a shell of its own, so what has to be kept is in files.

MNT=/mnt/famfs
MANIFEST=/tmp/manifest
LOG=$MNT/.meta/log
RECORD=256	# bytes of a record of the log

# host_devices make|join FIRST: both dax devices, the dynamic or the static one first, so that
# hosts give them different names. Only who makes it writes to the shared memory: the namespace of
# the static one, with the array of its page structs (-M mem) in this host's own memory.
host_devices() {
	local kind
	must modprobe -a device_dax dax_pmem
	for kind in "$2" dynamic static; do
		case $kind in
		dynamic)
			must modprobe dax_hmem
			wait_for 20 dax_dev_dynamic || fail "no dynamic dax device" ;;
		static)
			must modprobe -a nd_e820 nd_pmem
			wait_for 20 pmem_namespace || fail "no pmem namespace"
			[ "$1" = join ] || dax_dev_static >/dev/null ||
				must ndctl create-namespace -f -e "$(pmem_namespace)" -m devdax -M mem -a 2M >/dev/null
			wait_for 20 dax_dev_static || fail "no static dax device" ;;
		esac
	done
	for kind in $(dax_devs); do must dax_bind "$kind" device_dax; done
	dmesg_mark hosts
}

# host_names: its dax devices: the dynamic, then the static one.
host_names() { echo "$(dax_dev_dynamic) $(dax_dev_static)"; }

# host_links: other names for them, for a host that has the same ones as another.
host_links() {
	must mkdir -p /dev/famfs
	must ln -s "../$(dax_dev_dynamic)" /dev/famfs/dynamic
	must ln -s "../$(dax_dev_static)" /dev/famfs/static
	ls -l /dev/famfs/*
}

# host_manifest FILE...: what this host calls the devices, then what all have in common.
host_manifest() {
	if [ -e /dev/famfs/dynamic ]; then
		printf 'device 0 /dev/famfs/dynamic\ndevice 1 /dev/famfs/static\n' >$MANIFEST
	else
		printf 'device 0 /dev/%s\ndevice 1 /dev/%s\n' "$(dax_dev_dynamic)" "$(dax_dev_static)" >$MANIFEST
	fi
	printf '%s\n' "$@" >>$MANIFEST
	cp $MANIFEST $MANIFEST.first
}

# host_mount, host_umount: by fmapd.
host_mount() {
	must mount_fmapd $MANIFEST $MNT --require-fmap
	echo "$FMAPD_PID" >/run/host-fmapd
}
host_umount() {
	# shellcheck disable=SC2034,SC2004
	FMAPD_PIDS[$MNT]=$(</run/host-fmapd)
	must umount_fmapd $MNT
}

# host_sums FILE LEN: of what read gives, and a mapping.
host_sums() {
	must head -c "$2" "$MNT/$1" | sha256sum | cut -c1-64
	must daxio cat "$MNT/$1" 0 "$2" | sha256sum | cut -c1-64
}

# host_writes FILE LEN: random bytes, by write and fsync; tells their sum.
host_writes() {
	must dd if=/dev/urandom of=/tmp/bytes bs=1M count="$2" status=none
	must dd if=/tmp/bytes of="$MNT/$1" bs=256K conv=notrunc,fsync status=none
	sha256sum </tmp/bytes | cut -c1-64
}

# host_looks FILE LEN SEED: the pattern, by read and by mapping.
host_looks() {
	must daxio -r check "$MNT/$1" 0 "$2" "$3"
	must daxio check "$MNT/$1" 0 "$2" "$3"
}

# host_stores_on FILE LEN: for ever.
host_stores_on() {
	local seed=0
	while :; do must daxio fill "$MNT/$1" 0 "$2" $((seed++)); done
}

# host_sees_stores FILE: somebody is storing there: twice, it is not what it was.
host_sees_stores() {
	local _
	for _ in 1 2; do
		before=$(host_sum_of "$1")
		wait_for 60 host_sum_differs "$1" || fail "nobody stores to $1"
	done
}
host_sum_of() { head -c 1M "$MNT/$1" | sha256sum; }
host_sum_differs() { [ "$(host_sum_of "$1")" != "$before" ]; }

# host_is_well: nothing that its kernel said is a complaint, and its mount works.
host_is_well() {
	must dmesg_check hosts
	must stat -f $MNT >/dev/null
}

# ---- a log, as the famfs user space has one ------------------------------------------------
# Records of a fixed length; the first tells how many there are, and is written last. A record is
# a line of a manifest and its sum.
log_put() {
	printf "%-$((RECORD - 1))s\n" "$2" |
		dd of=$LOG bs=$RECORD seek="$1" conv=notrunc,fsync status=none || fail "the log cannot be written"
}
log_get() { dd if=$LOG bs=$RECORD skip="$1" count=1 status=none | sed 's/ *$//'; }
log_count() {
	local word n
	read -r word n < <(log_get 0)
	[ "$word" = famfs-log ] || fail "no log: it begins with '$word'"
	echo "$n"
}
log_init() { log_put 0 "famfs-log 0"; }
log_append() {
	local n
	n=$(log_count) || exit 1
	log_put $((n + 1)) "$(cksum <<<"$1" | cut -d' ' -f1) $1"
	log_put 0 "famfs-log $((n + 1))"
}
# log_play: the files of all records become this host's.
log_play() {
	local n i sum text
	n=$(log_count) || exit 1
	cp $MANIFEST.first $MANIFEST.new
	for ((i = 1; i <= n; i++)); do
		read -r sum text < <(log_get $i)
		same "sum of record $i" "$(cksum <<<"$text" | cut -d' ' -f1)" "$sum"
		echo "$text" >>$MANIFEST.new
	done
	mv $MANIFEST.new $MANIFEST
	kill -HUP "$(</run/host-fmapd)"
	read -r _ text _ <<<"$text"
	wait_for 10 test -e "$MNT$text" || { cat "$(fmapd_log $MNT)"; fail "no $text"; }
	echo "$n records; the last is of $text"
}
