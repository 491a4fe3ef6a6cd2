# SPDX-License-Identifier: GPL-2.0-only
# If this fails: maps of some size or form are refused or misread: files do not open, or have wrong
# bytes.
# timeout: 600
# Maps in every form that servers send them: of the first generation, in at most 4096
# bytes; larger ones, announced and asked for once more; of 1 to 1000 extents and 1 to
# 100 strips on two devices, with a last chunk and row that are not full. And a dialogue
# about a map's size that goes wrong ends at the second request.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
mnt=/mnt/gen
K=1024 M=$((1 << 20))

# Each device is dealt out from its beginning, with a gap of a page after each piece.
at=($((2 * M)) $((2 * M)))
piece() {	# DEV LENGTH [ALIGNMENT]: in $REPLY
	local align=${3:-4096}
	at[$1]=$(((at[$1] + align - 1) / align * align))
	REPLY=$1:${at[$1]}:$2
	at[$1]=$((at[$1] + $2 + 4096))
}
# simple NAME COUNT: extents of 4 KiB and every fifth of 8 KiB, every third on the second
# device; the file ends inside the last page.
simple() {
	local i len sum=0 lines=
	for ((i = 0; i < $2; i++)); do
		len=$(((i % 5 ? 4 : 8) * K))
		piece $((i % 3 == 1)) $len
		lines+="extent $REPLY"$'\n'
		sum=$((sum + len))
	done
	printf 'file /%s size=%d\n%s' "$1" $((sum - 1000)) "$lines"
}
# stripe CHUNK CHUNKS TAIL STRIPS [ALIGNMENT]: one interleaved extent, strips on the devices
# in turn; CHUNKS whole chunks and TAIL bytes.
stripe() {
	local i strips='' rows=$((($2 + ($3 > 0) + $4 - 1) / $4))
	for ((i = 0; i < $4; i++)); do
		piece $((i % 2)) $((rows * $1)) "${5:-}"
		strips+=,$REPLY
	done
	echo "stripe chunk=$1 bytes=$(($1 * $2 + $3)) strips=${strips#,}"
}
{
	echo "device 0 /dev/$dyn"
	echo "device 1 /dev/$sta"
	for n in 1 32 33 169; do simple e$n $n; done
	echo "file /uniform size=$((40 * 16 * K - 100))"
	for ((i = 0; i < 40; i++)); do piece $((i % 2)) $((16 * K)); echo "extent $REPLY"; done
	# Two rows and a half, the last chunk half full, the last page not.
	for n in 1 2 3 32 33 100; do
		chunks=$((2 * n + n / 2))
		echo "file /s$n size=$((8 * K * chunks + 4 * K - 77))"
		stripe $((8 * K)) $chunks $((4 * K)) $n
	done
	# Whole rows, and less than a row.
	echo "file /rows size=$((12 * K * 12))"
	stripe $((12 * K)) 12 0 4
	echo "file /less size=$((16 * K * 2 + 9000))"
	stripe $((16 * K)) 2 $((12 * K)) 5
	echo "file /several size=$((64 * K * 3 + 4 * K * 11 + 28 * K * 5 + 8 * K + 20 * K + 8 * K * 9 - 1))"
	stripe $((64 * K)) 3 0 2
	stripe $((4 * K)) 11 0 3
	stripe $((28 * K)) 5 $((8 * K)) 4
	stripe $((20 * K)) 1 0 1
	stripe $((8 * K)) 9 0 33
	# What large pages fit, and what they do not.
	echo "file /large size=$((4 * M))"
	for n in 0 1; do piece $n $((2 * M)) $((2 * M)); echo "extent $REPLY"; done
	echo "file /wide size=$((6 * M))"
	stripe $((2 * M)) 3 0 2 $((2 * M))
	echo "file /small size=$((2 * M))"
	piece 0 4096 $((2 * M)); piece 0 $((2 * M))
	echo "extent $REPLY"
	# Too many for one answer of 4096 bytes.
	for n in 170 1000; do simple e$n $n; done
} >/tmp/manifest
sed '/^file .e170/,$d' /tmp/manifest >/tmp/small
must rawmap list /tmp/manifest >/tmp/list
[ "$(wc -l </tmp/list)" -ge 18 ] || fail "the manifest has $(wc -l </tmp/list) files"
end=$((${at[0]} > ${at[1]} ? ${at[0]} : ${at[1]}))
# shellcheck disable=SC2017 # rounded up
end=$(((end + 2 * M - 1) / (2 * M) * 2 * M))

# message NAME: how long the map's message is.
message() {
	awk -v f="/$1" '$1 == "file" { mine = $2 == f } mine && $1 == "extent" { n++ }
		mine && $1 == "stripe" { n += 1 + split($4, s, ",") } END { print 32 + 24 * n }' /tmp/manifest
}
same "message of 169 extents" "$(message e169)" 4088
same "message of 100 strips" "$(message s100)" $((32 + 24 * 101))

must rawmap paint /tmp/manifest $end
must rawmap fill /tmp/manifest 100
famfs_up

# ---- the second generation -------------------------------------------------------
asked=0
# asks_for NAME: the requests that its first open makes, one for each size of answer.
asks_for() {
	local room ino log
	ino=$(stat -c %i $mnt/"$1")
	must manyopen 1 $mnt/"$1"
	log=$(sed -n "s/.*GET_FMAP of inode $ino, room for //p" "$(fmapd_log $mnt)" | xargs)
	room=$(message "$1")
	if [ "$room" -le 4096 ]; then
		same "rooms for the map of $1" "$log" 4096
		asked=$((asked + 1))
	else
		same "rooms for the map of $1" "$log" "4096 $room"
		asked=$((asked + 2))
	fi
	same "GET_FMAP requests up to $1" "$(request_count $mnt GET_FMAP)" $asked
}
must mount_fmapd /tmp/manifest $mnt --require-fmap -d
while read -r _ _ path; do
	asks_for "${path#/}"
done </tmp/list
[ $asked = $(($(wc -l </tmp/list) + 2)) ] || fail "$asked requests"
must rawmap see /tmp/manifest 100 $mnt
ok "answers of every size"

# 2 MiB at a time where device and file agree, 4 KiB where not.
faults() {	# NAME SIZE WANTED
	must fault_counts_start
	must daxio cat $mnt/"$1" 0 "$2" >/dev/null
	same "faults (4 KiB, 2 MiB, 1 GiB) of $1" "$(fault_counts)" "$3"
}
must umount_fmapd $mnt
must mount_fmapd /tmp/manifest $mnt --require-fmap
faults large 4M "0 2 0"
faults wide 6M "0 3 0"
faults small 2M "512 0 0"
faults s32 $((8 * K * 80)) "160 0 0"

# Written by mapping and by write(2), in turn.
must rawmap store /tmp/manifest 200 $mnt
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" $asked
same "GET_DAXDEV requests" "$(request_count $mnt GET_DAXDEV)" 2
must umount_fmapd $mnt
must dax_bind "$dyn" device_dax
must dax_bind "$sta" device_dax
must rawmap check /tmp/manifest 200 $end
must dax_bind "$dyn" $FSDEV
must dax_bind "$sta" $FSDEV
ok "written"

# ---- the first generation -----------------------------------------------------------
must mount_fmapd /tmp/manifest $mnt --require-fmap --first-generation
actor_start a
for f in e170 e1000; do act a EFBIG open $mnt/$f rw; done
same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" 2
must rawmap see /tmp/small 200 $mnt
same "GET_FMAP requests" "$(request_count $mnt GET_FMAP)" $(($(rawmap list /tmp/small | wc -l) + 2))
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
must umount_fmapd $mnt
ok "first generation"

# ---- dialogues that go wrong ----------------------------------------------------------
# says WANTED REQUESTS NAME OPTION...: what the open of NAME comes to, and after how many requests.
says() {
	local wanted=$1 requests=$2 f=$3; shift 3
	must mount_fmapd /tmp/manifest $mnt --require-fmap "$@"
	act a "$wanted" open $mnt/"$f" rw
	same "GET_FMAP requests of a server with $*" "$(request_count $mnt GET_FMAP)" "$requests"
	if [ "$wanted" = ok ]; then
		must daxio -r check $mnt/e1 0 $((8 * K - 1000)) 200
		act a ok close
	else
		# The next open tries again, in the same way.
		act a "$wanted" open $mnt/"$f" r
		same "GET_FMAP requests at a second open" "$(request_count $mnt GET_FMAP)" $((2 * requests))
	fi
	wait_for 5 balanced || fail "OPEN $(request_count $mnt OPEN), RELEASE $(request_count $mnt RELEASE)"
	must umount_fmapd $mnt
}
balanced() { [ "$(request_count $mnt RELEASE)" = "$(request_count $mnt OPEN)" ]; }
max=$((16 << 20))
# Above 16 MiB: not asked for.
says EFBIG 1 e1 --announce=$((max + 1))
says EFBIG 1 e1 --announce=4294967295
# Told of more the second time; told to come again with what is there.
says EINVAL 2 e1 --announce=8192 --announce-again=16384
says EINVAL 2 e1 --announce=8192 --announce-again=8192
says EFBIG 2 e1 --announce=8192 --announce-again=$((max + 1))
# An answer of another length than its header says.
says EINVAL 2 e1000 --claim=$(($(message e1000) - 24)) --announce="$(message e1000)"
says EINVAL 2 e1000 --claim=$(($(message e1000) + 24)) --announce=$(($(message e1000) + 24))
says EINVAL 1 e33 --claim=$(($(message e33) - 24))
says EINVAL 1 e33 --claim=$(($(message e33) + 24))
says EINVAL 1 e33 --claim=8192
# Room for all there can be, and the file has become small meanwhile: a good map.
says ok 2 e1 --announce=$max
says ok 2 e1 --announce=4097
actor_end a
ok "wrong sizes"
