# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What several hosts do with one memory: the steps of `make lab-cluster` and of the test of two
# hosts, for lab/cluster. `all` has the hosts, A and B are the first two of them. What they are told
# is in tests/vm/lib/hosts.sh.

STEPS=(boot devices raw mount write_fsync store_msync read_everywhere log coherence dies comes_back end)
declare -A TITLE=(
	[boot]="The hosts: stock kernels, and 1 GiB of memory that all of them have"
	[devices]="A makes the devices, the others find them, by names of their own"
	[raw]="Famfs mode; A writes a superblock and a log to the raw device, the others read them"
	[mount]="Each mounts the same manifest"
	[write_fsync]="write and fsync here, read and a mapping there; and back"
	[store_msync]="Stores and msync here, a mapping and read there; and back"
	[read_everywhere]="A file that is striped over both devices, read on all hosts at once"
	[log]="A appends a file to the log, B reads the log and has the file"
	[coherence]="famfs-coherence on two hosts: each way to write, each way to look; then the other way round"
	[dies]="A dies in the middle of a store: nobody else is harmed"
	[comes_back]="A comes back, and has what B wrote meanwhile"
	[end]="The kernels' logs; unmount and unload"
)

# stop WHY: the end of a step, and of all.
stop() { echo "FAILED: $*"; echo "$*" >"$hosts/why"; exit 1; }
# said HOST: what it answers, each line with its letter.
said() { host_hear "$1" | sed "s/^/$1  /"; }
# on HOST COMMAND; everywhere COMMAND: on all at once.
on() {
	echo "$1\$ $2"
	host_tell "$1" "$2"
	said "$1" || stop "host $1, ${HOST_KERNEL[$1]}: status $? from: $2"
}
everywhere() {
	local h bad=
	echo "${all[*]}\$ $1"
	for h in "${all[@]}"; do host_tell "$h" "$1"; done
	for h in "${all[@]}"; do said "$h" || bad+=" $h"; done
	[ -z "$bad" ] || stop "host$bad: it fails there: $1"
}
# ask HOST COMMAND: its output to `answer`.
ask() {
	host_tell "$1" "$2"
	answer=$(host_hear "$1") || { echo "$answer"; stop "host $1, ${HOST_KERNEL[$1]}: fails: $2"; }
}
must_be() { [ "$2" = "$3" ] || stop "$1 is '$2', and should be '$3'"; }
others() { local h; for h in "${all[@]:1}"; do echo "$h"; done; }

step_boot() {
	local h
	for h in "${all[@]}"; do
		on "$h" "echo host-${h,} >/proc/sys/kernel/hostname; uname -nr"
	done
}

step_devices() {
	local h a
	on A "host_devices make dynamic"
	for h in $(others); do on "$h" "host_devices join static"; done
	ask A host_names
	a=$answer
	echo "index 0 and 1 are $a on A"
	for h in $(others); do
		ask "$h" host_names
		echo "index 0 and 1 are $answer on $h"
		# 6.1 numbers them at boot, whichever comes first.
		[ "$answer" != "$a" ] || on "$h" host_links
	done
}

step_raw() {
	local h
	everywhere famfs_up
	on A "userspace mkfs /dev/\$(dax_dev_dynamic) 7"
	for h in $(others); do on "$h" "userspace fsck /dev/\$(dax_dev_dynamic) 7"; done
}

FILES=("dir /.meta"
	"file /.meta/superblock ro type=superblock size=2M extent=0:0:2M"
	"file /.meta/log type=log size=8M extent=0:2M:8M"
	"file /plain size=32M extent=0:16M:32M"
	"file /pieces size=8M extent=1:2M:4M extent=0:128M:4M"
	"file /wide size=32M"
	"stripe chunk=2M bytes=32M strips=0:160M:16M,1:32M:16M"
	"file /coherence size=4M extent=0:200M:4M")
step_mount() {
	local h line words=
	for line in "${FILES[@]}"; do words+=" '$line'"; done
	echo "all\$ host_manifest"
	printf '   %s\n' "${FILES[@]}"
	for h in "${all[@]}"; do ask "$h" "host_manifest $words"; done
	everywhere "host_mount; grep $MNT /proc/mounts; ls -x $MNT"
}
MNT=/mnt/famfs

# One way, from $1 to $2.
write_fsync() {
	local file sum
	for file in plain pieces wide; do
		# Old bytes in the reader's caches, and pages that it has mapped.
		ask "$2" "host_sums $file 4M"
		ask "$1" "host_writes $file 4"
		sum=$answer
		ask "$2" "host_sums $file 4M"
		echo "$1 writes 4 MiB to $file: $sum"
		echo "$2 reads, and has mapped:"
		echo "$answer"
		must_be "what $2 reads of $file and has mapped" "$answer" "$sum"$'\n'"$sum"
	done
}
step_write_fsync() { write_fsync A B; write_fsync B A; }

store_msync() {
	local file
	for file in plain pieces; do
		on "$1" "famfs-coherence write $MNT/$file --way store+msync --seed $3 --size 8M"
		on "$2" "famfs-coherence check $MNT/$file --seed $3 --size 8M"
	done
}
step_store_msync() { store_msync A B 11; store_msync B A 12; }

step_read_everywhere() {
	on A "daxio -r fill $MNT/wide 0 32M 21"
	everywhere "host_looks wide 32M 21"
	on B "daxio fill $MNT/wide 0 32M 22 && sync"
	everywhere "host_looks wide 32M 22"
}

step_log() {
	on A "log_init"
	everywhere "log_count"
	on A "log_append 'file /new size=4M extent=0:224M:2M extent=1:96M:2M' && log_play"
	on A "daxio -r fill $MNT/new 0 4M 31"
	on B "must_not test -e $MNT/new"
	on B "log_play && ls -l $MNT/new && host_looks new 4M 31"
	on A "log_append 'file /newer size=2M extent=1:98M:2M' && log_play"
	on B "log_play && ls -l $MNT/newer && daxio -r fill $MNT/newer 0 2M 32"
	on A "host_looks newer 2M 32"
	# What is there already stays what it was.
	on A "host_looks new 4M 31"
}

coherence() {
	local bad=
	echo "$1\$ famfs-coherence run $MNT/coherence --as writer"
	echo "$2\$ famfs-coherence run $MNT/coherence --as reader"
	# Where a processor of the emulator is between two words depends on who else has this machine's.
	host_tell "$2" "famfs-coherence run $MNT/coherence --as reader --rounds 2 --timeout $((60 * ${LAB_SLOW:-1}))"
	host_tell "$1" "famfs-coherence run $MNT/coherence --as writer --rounds 2 --timeout $((60 * ${LAB_SLOW:-1}))"
	said "$1" || bad+=" $1"
	said "$2" || bad+=" $2"
	[ -z "$bad" ] || stop "famfs-coherence fails on$bad"
}
step_coherence() { coherence A B; coherence B A; }

step_dies() {
	local h
	on B "daxio -r fill $MNT/pieces 0 8M 41"
	on A "host_is_well"
	host_tell A "host_stores_on plain 32M"
	echo "A\$ host_stores_on plain 32M &"
	on B "host_looks pieces 8M 41 && host_sees_stores plain"
	host_kill A
	echo "A  killed"
	[ -z "$(host_complaint A)" ] || stop "A's console: $(host_complaint A)"
	for h in $(others); do
		on "$h" "host_looks pieces 8M 41 && host_looks new 4M 31 && host_is_well"
	done
	# Also what it was writing: some bytes or others are there, and can be replaced.
	on B "host_sums plain 32M && daxio -r fill $MNT/plain 0 32M 42 && host_looks plain 32M 42"
	echo A >"$hosts/again"
}

step_comes_back() {
	local line words=
	for line in "${FILES[@]}"; do words+=" '$line'"; done
	host_ready A || stop "A does not boot again"
	on A "host_devices join dynamic && famfs_up"
	ask A "host_manifest $words"
	on A "host_mount && log_play"
	on A "host_looks plain 32M 42 && host_looks pieces 8M 41 && host_looks newer 2M 32"
	on A "daxio -r fill $MNT/pieces 0 8M 43"
	on B "host_looks pieces 8M 43"
}

step_end() {
	everywhere "host_is_well"
	everywhere "host_umount && famfs_down && dmesg_check hosts"
	local h
	for h in "${all[@]}"; do
		[ -z "$(host_complaint "$h")" ] || stop "$h's console: $(host_complaint "$h")"
	done
	echo "no warning, no oops"
}
