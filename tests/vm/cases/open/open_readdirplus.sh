# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a file that was listed before it is opened (ls -l) has its data at the server and
# not in memory.
# A file whose name came with readdirplus is opened without a LOOKUP before: it has
# to be ours all the same. And so without readdirplus.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	dir /dir
	dir /dir/sub
	file /dir/a size=3000000 extent=0:2M:4M
	file /dir/b size=4097 extent=0:6M:8K
	file /dir/sub/c size=2M extent=0:8M:2M
END
must rawmap fill /tmp/manifest 50
famfs_up "$dev"
mnt=/mnt/rdp
# list DIR: read the directory with attributes, as `ls -l` does.
list() { ls -l "$1" >/tmp/listing || fail "cannot list $1"; }

for options in "" "--no-readdirplus" "--no-opendir" "--no-open"; do
	# shellcheck disable=SC2086
	must mount_fmapd /tmp/manifest $mnt --require-fmap $options
	list $mnt/dir
	list $mnt/dir/sub
	same "entries" "$(ls $mnt/dir | xargs)" "a b sub"
	before=$(request_count $mnt LOOKUP)
	if [ "$options" != --no-readdirplus ]; then
		[ "$(request_count $mnt READDIRPLUS)" -gt 0 ] || fail "no READDIRPLUS was asked ($options)"
	else
		same "READDIRPLUS requests" "$(request_count $mnt READDIRPLUS)" 0
	fi
	must daxio check $mnt/dir/b 0 4097 51
	must daxio -r check $mnt/dir/a 0 3000000 50
	must daxio check $mnt/dir/a 0 3000000 50
	must daxio check $mnt/dir/sub/c 0 2M 52
	must daxio -r check $mnt/dir/sub/c 0 2M 52
	same "LOOKUP requests of the opens ($options)" "$(($(request_count $mnt LOOKUP) - before))" 0
	same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" 3
	must umount_fmapd $mnt
	same "READ requests" "$(request_count $mnt READ)" 0
	ok "options: ${options:-none}"
done

# Not listed before: by LOOKUP.
must mount_fmapd /tmp/manifest $mnt --require-fmap
must daxio -r check $mnt/dir/a 0 3000000 50
[ "$(request_count $mnt LOOKUP)" -gt 0 ] || fail "no LOOKUP"
must umount_fmapd $mnt
same "READ requests" "$(request_count $mnt READ)" 0
