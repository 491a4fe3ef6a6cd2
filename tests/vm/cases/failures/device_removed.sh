# SPDX-License-Identifier: GPL-2.0-only
# If this fails: programs keep memory of a device that was pulled out, or the removal never ends.
# A device goes away in other ways than by unbinding its driver: with its parent, its region,
# its namespace or the module of a driver below, while files of it are open, mapped, lent to
# direct I/O and in use by several processes. Who uses it gets SIGBUS and EIO at once, the
# removal ends with the last lent page, the device comes back for a new mount beside the
# dead one. What cannot be done to a device in use is refused.
# timeout: 400
. /lab/tests/lib.sh
. /lab/tests/actor.sh

slow_disk 1
# What is taken away comes back, or no later test would find it.
back=:
trap 'eval "$back"; wait_for 10 rmmod null_blk' EXIT
platform=/sys/bus/platform/drivers
nd=/sys/bus/nd/drivers

manifest() {
	cat >/tmp/manifest <<-END
		device 0 /dev/$1
		file /f size=8M extent=0:2M:8M
		file /g size=2M extent=0:16M:2M
		file /late size=2M extent=0:20M:2M
		file /lent size=4M extent=0:24M:4M
		file /load size=4M extent=0:32M:4M
		END
}
dead() {
	local a
	for a in big small other; do
		act $a SIGBUS get 0
		act $a SIGBUS set 1M 4K 1
		act $a EIO pread 0 4K 0
		act $a EIO pwrite 0 4K 0
	done
	act own 9 get 1M
	act own SIGBUS get 3M
}
fails() { actor_do "$1" pread 0 4K 0; [ "$REPLY" = EIO ]; }
# removed DEV-FUNCTION REMOVE BACK: by the shell commands REMOVE, and given back by BACK.
removed() {
	local dev load=() pid a
	dev=$($1)
	famfs_up "$dev"
	manifest "$dev"
	must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
	actor_start big small own other lent near late
	for a in big small own; do act $a ok open /mnt/dead/f rw; done
	act big ok map 0 8M pmd
	act big ok set 0 8M 1
	act small ok map 0 8M pte
	act small ok is 0 64K 1
	act own ok map 0 4M private
	act own ok set 1M 4K 9
	act other ok open /mnt/dead/g rw
	act other ok map 0 2M pmd
	act other ok set 0 2M 2
	act late ok open /mnt/dead/late rw
	for a in lent near; do act $a ok open /mnt/dead/lent rw; done
	act lent ok map 0 4M pmd
	act lent ok set 0 4M 3
	(while daxio -r fill /mnt/dead/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	(while daxio -r check /mnt/dead/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	(while daxio -a 4096 fill /mnt/dead/load 0 4M 3; do :; done) >/dev/null 2>&1 & load+=($!)
	must_not rmmod fsdev_dax 2>/dev/null
	actor_tell lent dio /dev/nullb0 1M 64K
	must wait_for 5 slow_disk_busy

	back=$3
	(eval "$2") &
	pid=$!
	# All of it, and not just what nobody has lent.
	for a in "${load[@]}"; do wait_for 20 gone "$a" || fail "a process goes on as if the device were there"; done
	wait "${load[@]}"
	for a in big small other; do wait_for 5 fails $a || fail "$a goes on as if the device were there"; done
	dead
	actor_do near fsync
	if slow_disk_busy; then
		running $pid || fail "the device goes while its pages are in use"
		same "fsync meanwhile" "$REPLY" EIO
		waited=1
	fi
	hear lent ok
	act lent SIGBUS get 1M
	ends_within 30 $pid "$2"
	wait $pid || fail "status $? of: $2"
	# What was stored is flushed now.
	act near ok fsync
	[ ! -e "/dev/$dev" ] || [ "$(dax_driver "$dev")" != $FSDEV ] || fail "$dev is still there"
	dead
	# A file that nobody had mapped until then.
	act late ok map 0 2M pmd
	act late SIGBUS get 0
	act late EIO pread 0 4K 0

	back=:
	eval "$3"
	wait_for 20 "$1" || fail "no device again after: $3"
	dev=$($1)
	must dax_bind "$dev" $FSDEV
	manifest "$dev"
	must mount_fmapd /tmp/manifest /mnt/new --require-fmap
	actor_start n
	act n ok open /mnt/new/f rw
	act n ok map 0 8M pmd
	act n ok set 0 8M 5
	dead
	actor_end big small own other lent near late
	must umount_fmapd /mnt/dead
	act n ok is 0 8M 5
	act n ok pread 0 8M 5
	actor_end n
	must umount_fmapd /mnt/new
	ok "$2"
}

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
[ -n "$dyn" ] && [ -n "$sta" ] || fail "no devices"
hmem=$(basename "$(dirname "$(readlink -f $DAX/devices/"$dyn")")")
nddax=$(basename "$(dirname "$(readlink -f $DAX/devices/"$sta")")")
region=$(basename "$(dirname "$(dirname "$(readlink -f $DAX/devices/"$sta")")")")
namespace=$(pmem_namespace)
removed dax_dev_dynamic "echo $hmem >$platform/hmem/unbind" "echo $hmem >$platform/hmem/bind"
removed dax_dev_dynamic "rmmod dax_hmem" "modprobe dax_hmem"
removed dax_dev_dynamic "daxctl disable-device $dyn >/dev/null 2>&1" :
removed dax_dev_static "echo $nddax >$nd/dax_pmem/unbind" "echo $nddax >$nd/dax_pmem/bind"
removed dax_dev_static "echo $region >$nd/nd_region/unbind" "echo $region >$nd/nd_region/bind"
removed dax_dev_static "ndctl destroy-namespace -f $namespace >/dev/null 2>&1" "must pmem_mode devdax"
[ -n "$waited" ] || echo "too slow to see that a removal waits for a lent page"

# ---- two devices of one file, the second while the first one waits for a lent page. Who
# removes the second one gets no CPU to see that the page is back until the first has gone.
must rmmod null_blk
slow_disk 3
famfs_up
cat >/tmp/manifest <<-END
	device 0 /dev/$dyn
	device 1 /dev/$sta
	file /f size=8M
	stripe chunk=2M bytes=8M strips=0:2M:4M,1:2M:4M
	END
must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
actor_start big lent
for a in big lent; do
	act $a ok open /mnt/dead/f rw
	act $a ok map 0 8M pmd
done
act big ok set 0 8M 1
act lent ok is 0 8M 1
actor_tell lent dio /dev/nullb0 0 64K
must wait_for 5 slow_disk_busy
echo "$dyn" >$DAX/drivers/$FSDEV/unbind & p1=$!
wait_for 5 fails big || fail "reads go on"
act big SIGBUS get 2M
chrt --idle 0 bash -c 'echo "$1" >"$2/unbind"' unbind "$sta" $DAX/drivers/$FSDEV & p2=$!
# What it sleeps in, if it does.
sleeps_in() { grep -q "$1" "/proc/$2/stack" 2>/dev/null; }
for pid in $p1 $p2; do wait_for 5 sleeps_in famfs_device_gone $pid || fail "$pid does not wait"; done
must slow_disk_busy
load=()
for _ in $(seq "$(nproc)"); do
	while :; do :; done & load+=($!)
done
hear lent ok
ends_within 30 $p1 unbinding
kill "${load[@]}"
ends_within 30 $p2 unbinding
wait $p1 || fail "status $? of unbinding $dyn"
wait $p2 || fail "status $? of unbinding $sta"
act lent SIGBUS get 2M
actor_end big lent
must umount_fmapd /mnt/dead
famfs_up
new_mount_works /mnt/new 8M 4
ok "two devices of one file"

# ---- a part of the region: refused while it is in use, and with a dead mount it can go.
must famfs_down
must dax_split 1 64
part=$(dax_parts)
region=$(dax_region "$part")
famfs_up "$part"
manifest "$part"
must mount_fmapd /tmp/manifest /mnt/dead --require-fmap
actor_start big
act big ok open /mnt/dead/f rw
act big ok map 0 8M pmd
act big ok set 0 8M 1
for cmd in "echo 0 >$DAX/devices/$part/size" "echo $part >$region/delete" "daxctl destroy-device $part"; do
	(eval "$cmd") 2>/dev/null && fail "done to a device in use: $cmd"
done
act big ok is 0 8M 1
must dax_unbind "$part"
echo 0 >"$DAX/devices/$part/size" || fail "size"
echo "$part" >"$region/delete" || fail "delete"
act big SIGBUS get 0
act big EIO pread 0 4K 1
echo $((64 << 20)) >"$DAX/devices/$dyn/size" 2>/dev/null
act big SIGBUS get 0
actor_end big
must umount_fmapd /mnt/dead
ok "a part of a region"
