# SPDX-License-Identifier: GPL-2.0-only
# If this fails: two files over the same memory are in use at once, and each overwrites the other.
# timeout: 600
# Two files over the same memory, wholly, by a page, as extents or as strips: while one of
# them is used in any way the other cannot be opened (EBUSY), and afterwards it can; what
# was mapped, read and written stays right, and the mount ends.
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
famfs_up
mnt=/mnt/same
cat >/tmp/manifest <<-END
	allow-overlap
	device 0 /dev/$dyn
	device 1 /dev/$sta
	file /whole size=4M extent=0:2M:4M
	file /again size=4M extent=0:2M:4M
	file /edge size=8K extent=0:0x5ff000:8K
	file /before size=8K extent=0:0x1ff000:8K
	file /inside size=100 extent=0:4M:4K
	file /strips size=64K
	stripe chunk=4K bytes=64K strips=1:2M:32K,0:0x5f8000:32K
	file /twin size=28K
	stripe chunk=4K bytes=28K strips=0:0x5ff000:8K,1:4M:8K,1:5M:8K,1:6M:8K
	file /pieces size=12K extent=1:8M:4K extent=0:3M:4K extent=1:9M:4K
	file /next size=4M extent=0:0x601000:4M
	file /other size=4M extent=1:32M:4M
	END
size_of() { rawmap list /tmp/manifest | awk -v p="/$1" '$3 == p { print $2 }'; }
over_whole="again edge before inside strips twin pieces"

# used NAME SEED: every way to use it, with a mapping of both kinds left behind.
used() {
	local size
	size=$(size_of "$1")
	act a ok open $mnt/"$1" rw
	act a ok map 0 "$size" pmd
	act a ok set 0 "$size" "$2"
	act b ok open $mnt/"$1" rw
	act b ok map 0 "$size" pte
	act b ok is 0 "$size" "$2"
	act b ok pread 0 "$size" "$2"
	act a ok pwrite 0 "$size" $(($2 + 1))
	act b ok is 0 "$size" $(($2 + 1))
	[ $((size % 4096)) != 0 ] || must daxio -r -d cat $mnt/"$1" 0 "$size" >/dev/null
	act a ok fsync
}
# opens NAME FILE: once the server has heard that the other file is closed: close(2) does not
# wait for that, open does.
opens() { act "$1" ok open "$2" rw; }
# opens_again NAME FILE: once pages are back, which a worker has to see.
opens_again() {
	local end=$((SECONDS + 5))
	while actor_do "$1" open "$2" rw; [ "$REPLY" = EBUSY ] && [ $SECONDS -lt $end ]; do sleep 0.05; done
	same "opening of $2" "$REPLY" ok
}
let_go() { local x; for x; do act "$x" ok unmap; act "$x" ok close; done; }

must mount_fmapd /tmp/manifest $mnt --require-fmap
actor_start a b c d
used whole 1
for f in $over_whole $over_whole; do
	act c EBUSY open $mnt/$f rw
	act c EBUSY open $mnt/$f r
done
act a ok is 0 4M 2
act b ok pread 0 4M 2
# What is beside it is free, and so is the other device.
for f in next other; do
	act c ok open $mnt/$f rw
	act c ok map 0 4M pmd
	act c ok set 0 4M 9
	act c ok unmap
	act c ok close
done
# One user after the other goes: only the last makes room.
let_go a
act c EBUSY open $mnt/again rw
act b ok close
act c EBUSY open $mnt/edge rw
act b ok is 0 4M 2
act b ok unmap
opens c $mnt/again
act c ok pread 0 4M 2
act d EBUSY open $mnt/whole rw
act c ok close
ok "whole"

# The same from the side of each of the others.
n=2
for f in $over_whole; do
	n=$((n + 2))
	opens a $mnt/$f
	used $f $n
	act c EBUSY open $mnt/whole rw
	act c ok open $mnt/next r
	act c ok close
	let_go a b
	opens c $mnt/whole
	act c ok map 0 4M pmd
	act c ok set 0 4M 100
	act d EBUSY open $mnt/$f rw
	let_go c
	opens d $mnt/$f
	act d ok close
done
# Strips against strips, and two that share nothing.
opens a $mnt/strips
used strips 30
act c EBUSY open $mnt/twin rw
act c EBUSY open $mnt/whole r
act c ok open $mnt/inside r
act c ok close
let_go a b
opens a $mnt/twin
used twin 32
act c EBUSY open $mnt/strips r
let_go a b
ok "from both sides"

# Other ways to hold on to a file: a mount on it, a page lent to a pipe.
opens a $mnt/whole
act a ok close
: >/tmp/place
must mount --bind $mnt/whole /tmp/place
act c EBUSY open $mnt/again rw
act c ok open /tmp/place rw
act c ok close
must umount /tmp/place
opens c $mnt/again
act c ok close
rm -f /tmp/samepipe
mkfifo /tmp/samepipe
act b ok pipe /tmp/samepipe
act a ok pipe /tmp/samepipe
opens a $mnt/whole
act a ok map 0 4M pmd
act a ok set 0 4M 50
act a ok vmsplice 1M 16K
let_go a
# It may wait for the page or be refused, but it must not share it.
for i in 1 2 3 4 5; do
	actor_tell c open $mnt/again rw
	actor_hear c 1
	[ "$REPLY" = EBUSY ] || break
	sleep 0.1
done
got=$REPLY
echo "opening a file whose page is lent out: $got"
act b ok drain 16K 50
if [ "$got" = silence ]; then
	actor_hear c
	got=$REPLY
fi
case $got in
EBUSY) opens_again c $mnt/again ;;
ok) ;;
*) fail "opening gave $got" ;;
esac
act c ok pread 0 4M 50
act c ok map 0 4M pmd
act c ok set 0 4M 51
let_go c
ok "held in other ways"

# Everybody at once. One at a time may win; nobody may see anything but EBUSY.
for i in 1 2 3 4 5; do
	for got in $(manyopen each $mnt/{whole,again,edge,before,inside,strips,twin,pieces} | awk '{ print $2 }'); do
		same "an error of opens that race" "$got" EBUSY
	done
done
for f in whole $over_whole next other; do
	opens a $mnt/$f
	act a ok close
done
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
actor_end a b c d
must umount_fmapd $mnt
ok "at once"

# Two mounts: the second has to wait for the device.
must mount_fmapd /tmp/manifest $mnt --require-fmap
must mount_fmapd /tmp/manifest /mnt/same2 --require-fmap
actor_start a b c
used whole 60
for f in whole again next; do
	act c EBUSY open /mnt/same2/$f rw
done
must_not daxio -r -d cat /mnt/same2/whole 0 4K >/dev/null 2>&1
act a ok is 0 4M 61
let_go a b
must umount_fmapd $mnt
opens c /mnt/same2/again
act c ok pread 0 4M 61
act c ok close
actor_end a b c
must umount_fmapd /mnt/same2
ok "two mounts"

# A server that replaces a file by a new one in the same place.
mkdir -p $mnt
replacer "/dev/$dyn" $mnt >/tmp/replacer.log 2>&1 &
pid=$!
wait_for 20 grep -q 'protocol agreed' /tmp/replacer.log || fail "replacer: $(cat /tmp/replacer.log)"
actor_start a b
act a ok open $mnt/f rw
act a ok map 0 4M pmd
act a ok set 0 4M 70
old=$(stat -c %i $mnt/f)
kill -USR1 $pid
[ "$(stat -c %i $mnt/f)" != "$old" ] || fail "the file was not replaced"
act b EBUSY open $mnt/f rw
act a ok is 0 4M 70
act a ok pread 0 4M 70
act a ok close
act b EBUSY open $mnt/f rw
act a ok set 0 4M 71
act a ok unmap
opens b $mnt/f
act b ok pread 0 4M 71
act b ok map 0 4M pte
# Nobody has it open: the new one takes its place without any ado.
let_go b
for i in 1 2 3; do
	kill -USR1 $pid
	opens a $mnt/f
	act a ok map 0 4M pmd
	act a ok set 0 4M $((71 + i))
	let_go a
done
actor_end a b
must umount $mnt
wait_for 10 gone $pid || fail "the server stays"
wait $pid || fail "the server failed: $(cat /tmp/replacer.log)"
