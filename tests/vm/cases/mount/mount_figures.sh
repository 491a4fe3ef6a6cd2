# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the figures that debugfs and famfsctl show of mounts, devices and requests are not
# true.
# timeout: 600
# What debugfs says of mounts, their devices and files, what their servers were asked, of faults
# and of pages that are waited for is true, also of what has gone wrong.
. /lab/tests/lib.sh
. /lab/tests/actor.sh
FMAPD=fmapd-test

dir=/sys/kernel/debug/famfs_fuse
dev=$(dax_any)
must modprobe -a fsdev_dax famfs_fuse
for f in mounts devices requests maps extents pins refusals; do
	same "mode of $f" "$(stat -c %a $dir/$f)" 400
	same "$f at first" "$(cat $dir/$f)" ""
done
same "mode of faults" "$(stat -c %a $dir/faults)" 400
# of FILE WORDS KEY: the value in the one line that has all of these words.
of() {
	local lines
	lines=$(awk -v words="$2" '{ n = split(words, w, " "); for (i = 1; i <= n; i++) if (index(" " $0 " ", " " w[i] " ") == 0) next; print }' "$dir/$1")
	[ "$(grep -c . <<<"$lines")" = 1 ] || fail "'$2' in $1, wanted in one line: $(cat "$dir/$1")"
	tr ' ' '\n' <<<"$lines" | sed -n "s/^$3=//p"
}
figure() { same "$3 of '$2' in $1" "$(of "$1" "$2" "$3")" "$4"; }
sum() { local n=0 x; for x in ${1//,/ }; do n=$((n + x)); done; echo $n; }

famfs_up "$dev"
{
	cat <<-END
		device 3 /dev/$dev
		file /one size=5000 extent=3:2M:2M
		file /equal size=16K extent=3:16M:4K extent=3:18M:4K extent=3:17M:4K extent=3:19M:4K
		file /mixed size=24K extent=3:20M:8K extent=3:21M:4K extent=3:22M:12K
		file /wide size=14M
		  stripe chunk=2M bytes=10M strips=3:32M:6M,3:64M:4M
		  stripe chunk=1M bytes=4M strips=3:48M:2M,3:52M:1M,3:56M:1M
	END
	printf 'file /many size=2000K'
	for ((i = 0; i < 500; i++)); do printf ' extent=3:%dK:4K' $((80 * 1024 + 8 * i)); done
	echo
} >/tmp/manifest
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
on=$(mountpoint -d /mnt/f)

# ---- a mount ----
figure mounts "$on" source "/dev/$dev"
figure mounts "$on" server "$FMAPD_PID"
figure mounts "$on" state alive
figure mounts "$on" owner 0
figure mounts "$on" devices 0
figure mounts "$on" files 0
figure mounts "$on" maps_bytes 0
figure mounts "$on" errors 0
flags=$(of mounts "$on" flags)
[ $((flags >> 43 & flags >> 30 & 1)) = 1 ] || fail "flags $flags"
dmesg | grep -q "($on): famfs protocol agreed (server speaks FUSE 7.$(of mounts "$on" minor))" || fail "minor"
figure requests "$on request=GET_FMAP" sent 0
figure requests "$on request=GET_DAXDEV" sent 0
actor_start a b
act a ok open /mnt/f/one rw
for f in equal mixed wide many; do act b ok open /mnt/f/$f r; act b ok close; done
figure mounts "$on" devices 1
figure mounts "$on" files 5
figure mounts "$on" maps_bytes "$(sum "$(sed -n 's/.* memory=\([0-9]*\).*/\1/p' $dir/maps | paste -sd,)")"
for f in one equal; do figure maps "ino=$(stat -c %i /mnt/f/$f)" opens "$(grep -c one <<<$f)"; done
figure devices "$on" index 3
figure devices "$on" name "$dev"
figure devices "$on" state ok
figure devices "$on" users 5
figure devices "$on" size "$(dax_size "$dev")"
figure devices "$on" align "$(cat "$DAX/devices/$dev/align" 2>/dev/null || of devices "$on" align)"
ok "a mount and its device"

# ---- what the server was asked ----
for r in GET_FMAP GET_DAXDEV; do
	n=$(request_count /mnt/f $r)
	[ "$n" -gt 0 ] || fail "no $r"
	figure requests "$on request=$r" sent "$n"
	figure requests "$on request=$r" answered "$n"
	figure requests "$on request=$r" failed 0
	same "latencies of $r" "$(sum "$(of requests "$on request=$r" lt_us)")" "$n"
	[ "$(of requests "$on request=$r" ns_max)" -le "$(of requests "$on request=$r" ns_total)" ] || fail "ns"
done
ok "requests"

# ---- extents ----
# extents FILE: those of it, without mount and inode.
extents() { sed -n "s/^$on ino=$(stat -c %i "/mnt/f/$1") //p" $dir/extents; }
same "of one" "$(extents one)" "off=0 len=2097152 dev=3 devoff=2097152"
same "of equal" "$(extents equal)" "$(for x in 0:16 4096:18 8192:17 12288:19; do
	echo "off=${x%:*} len=4096 dev=3 devoff=$((${x#*:} << 20))"; done)"
same "of mixed" "$(extents mixed)" "off=0 len=8192 dev=3 devoff=$((20 << 20))
off=8192 len=4096 dev=3 devoff=$((21 << 20))
off=12288 len=12288 dev=3 devoff=$((22 << 20))"
same "of wide" "$(extents wide)" "off=0 len=10485760 dev=3 devoff=$((32 << 20)) stripe=0/2 chunk=2097152
off=0 len=10485760 dev=3 devoff=$((64 << 20)) stripe=1/2 chunk=2097152
off=10485760 len=4194304 dev=3 devoff=$((48 << 20)) stripe=0/3 chunk=1048576
off=10485760 len=4194304 dev=3 devoff=$((52 << 20)) stripe=1/3 chunk=1048576
off=10485760 len=4194304 dev=3 devoff=$((56 << 20)) stripe=2/3 chunk=1048576"
same "of many" "$(extents many | md5sum)" "$(for ((i = 0; i < 500; i++)); do
	echo "off=$((4096 * i)) len=4096 dev=3 devoff=$(((80 << 20) + 8192 * i))"; done | md5sum)"
# In whatever pieces a reader takes it, and from the middle on.
for f in extents maps devices; do
	want=$(md5sum <$dir/$f)
	same "$f in pieces" "$(dd if=$dir/$f bs=61 status=none | md5sum)" "$want"
done
same "from the middle on" "$(tail -c +10001 $dir/extents | md5sum)" "$(cat $dir/extents | tail -c +10001 | md5sum)"
ok "extents"

# ---- faults ----
act a ok map 0 5000 any
same "faults" "$(<$dir/faults)" "all pte=0 pmd=0 pud=0 failed=0"
fault_counts_start
act a ok set 0 1 1
read -r pte pmd pud < <(fault_counts)
[ $((pte + pmd)) -ge 1 ] || fail "no fault was counted"
same "faults" "$(<$dir/faults)" "all pte=$pte pmd=$pmd pud=$pud failed=0"
ok "faults"

# ---- pages that are waited for ----
mkfifo /tmp/pipe
actor_start holder
act holder ok pipe /tmp/pipe
act a ok pipe /tmp/pipe
act a ok vmsplice 0 4K
same "pins" "$(<$dir/pins)" ""
actor_end a
evict
wait_for 10 grep -q . $dir/pins || fail "nobody waits"
figure pins "$on" waits_for eviction
figure pins "$on" files 1
figure pins "$on" device -
actor_end b
must umount_fmapd /mnt/f
wait_for 10 grep -q waits_for=umount $dir/pins || fail "the wait is over: $(<$dir/pins)"
figure pins "$on" files 1
[ "$(of pins "$on" since_ms)" -gt 0 ] || fail "no time has gone by"
same "mounts" "$(cat $dir/mounts $dir/devices $dir/requests)" ""
same "holder" "$(cat "$DAX/devices/$dev/holder")" "$on"
echo "$dev" >"$DAX/drivers/$FSDEV/unbind" & unbinding=$!
wait_for 10 grep -q waits_for=unbind $dir/pins || fail "unbinding waits for nobody: $(<$dir/pins)"
figure pins "$on device=$dev" waits_for unbind
actor_end holder
ends_within 20 $unbinding "unbinding"
nobody_waits() { [ -z "$(<$dir/pins)" ]; }
wait_for 10 nobody_waits || fail "still waited for: $(<$dir/pins)"
rm /tmp/pipe
ok "pinned pages"

# ---- what goes wrong ----
must dax_bind "$dev" $FSDEV
must mount_fmapd /tmp/manifest /mnt/f --require-fmap --fail-fmap=EIO:2
on=$(mountpoint -d /mnt/f)
actor_start a
act a EIO open /mnt/f/one r
act a EIO open /mnt/f/one r
act a ok open /mnt/f/one rw
act a ok map 0 5000 any
figure mounts "$on" errors 2
figure requests "$on request=GET_FMAP" failed 2
figure requests "$on request=GET_FMAP" answered 1
figure requests "$on request=GET_FMAP" sent 3
must dax_unbind "$dev"
figure devices "$on" state gone
grep -q ' dead$' $dir/maps || fail "no dead map: $(cat $dir/maps)"
act a SIGBUS get 0
[ "$(of faults all failed)" -ge 1 ] || fail "no failed fault: $(<$dir/faults)"
must kill_fmapd /mnt/f
wait_for 10 grep -q "^$on .* state=dead " $dir/mounts || fail "not dead: $(cat $dir/mounts)"
actor_end a
must umount /mnt/f
same "mounts" "$(cat $dir/mounts $dir/devices $dir/requests $dir/maps $dir/extents)" ""
ok "what goes wrong"
