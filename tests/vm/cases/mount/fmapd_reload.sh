# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a changed manifest is not served, or takes a file away from programs that have it
# open.
# SIGHUP has fmapd read its manifest again: files come, go, and grow; what is open stays as it is
# until its last close; what must not be is refused, and nothing of it done.
# timeout: 300
. /lab/tests/lib.sh

dev=$(dax_any)
size=$(dax_size "$dev")
famfs_up "$dev"
mnt=/mnt/reload
log=$(fmapd_log $mnt)

# manifest: from stdin, below the device.
manifest() { { echo "device 0 /dev/$dev"; cat; } >/tmp/manifest.new; mv /tmp/manifest.new /tmp/manifest; }
said_again() { [ "$(grep -c 'read again\|stays in force' "$log")" -gt "$1" ]; }
# reload PATTERN: what fmapd says of it is so, in one line.
reload() {
	local before
	before=$(grep -c 'read again\|stays in force' "$log")
	must kill -HUP "$FMAPD_PID"
	wait_for 20 said_again "$before" || { cat "$log"; fail "fmapd does not read its manifest again"; }
	tail -n 1 "$log" | grep -q "$1" || fail "fmapd says $(tail -n 1 "$log"), not $1"
	same "lines in its log" "$(grep -c 'read again\|stays in force' "$log")" $((before + 1))
}
names() { ls "$1" | xargs; }
has_size() { [ "$(stat -L -c %s "$1" 2>/dev/null)" = "$2" ]; }
absent() { [ ! -e "$1" ]; }

manifest <<-END
	dir d
	file d/old size=2M extent=0:2M:2M
	file d/grows size=2M extent=0:4M:2M
	file d/stays size=2M mode=0640 extent=0:8M:2M
END
must mount_fmapd /tmp/manifest $mnt --require-fmap
for f in old grows stays; do must daxio fill $mnt/d/$f 0 2M 1; done
must chmod 0600 $mnt/d/stays
stays=$(stat -c '%i %a' $mnt/d/stays)

# A name that was looked for in vain, a directory that was listed.
must absent $mnt/d/new
same "names" "$(names $mnt/d)" "grows old stays"
exec 5<>$mnt/d/old 6<>$mnt/d/grows
old_ino=$(stat -c %i $mnt/d/old) grows_ino=$(stat -c %i $mnt/d/grows)
manifest <<-END
	dir d
	dir e 0711
	file e/x size=4K extent=0:32M:4K
	file d/new size=2M extent=0:10M:2M
	file d/grows size=6M extent=0:4M:4M extent=0:12M:2M
	file d/stays size=2M mode=0640 extent=0:8M:2M
END
reload '3 added, 1 removed, 1 grown, 0 changed; 1 will have grown'
wait_for 10 absent $mnt/d/old || fail "a file that went is still there"
same "names" "$(names $mnt/d)" "grows new stays"
same "names above" "$(names $mnt)" "d e"
same "links of the root" "$(stat -c %h $mnt)" 4
must daxio fill $mnt/d/new 0 2M 2
must daxio fill $mnt/e/x 0 4K 3
must daxio -r check $mnt/d/new 0 2M 2
same "what stays" "$(stat -c '%i %a' $mnt/d/stays)" "$stays"
ok "files come"

# The one that went lives on where it is open.
must daxio -r check /proc/self/fd/5 0 2M 1
must daxio fill /proc/self/fd/5 0 2M 4
same "links of what is open only" "$(stat -L -c '%h %i' /proc/self/fd/5)" "0 $old_ino"
must_not cat $mnt/d/old 2>/dev/null
# And the one that grows is as it was, for who comes new, too.
must has_size $mnt/d/grows $((2 << 20))
must daxio fill $mnt/d/grows 0 2M 5
must has_size /proc/self/fd/6 $((2 << 20))
exec 7<$mnt/d/grows
exec 6<&-
nap 1.5
must has_size $mnt/d/grows $((2 << 20))
must daxio -r check /proc/self/fd/7 0 2M 5
exec 7<&-
wait_for 20 has_size $mnt/d/grows $((6 << 20)) || fail "$(stat -c %s $mnt/d/grows) bytes after the last close"
same "its number" "$(stat -c %i $mnt/d/grows)" "$grows_ino"
must daxio -r check $mnt/d/grows 0 2M 5
must daxio fill $mnt/d/grows 0 6M 6
must daxio -r check $mnt/d/grows 0 6M 6
# What was nobody's before is where the manifest says.
exec 5<&-
evict
ok "files go and grow"

# What a file that is mapped, with its descriptor closed, has is as safe.
must mkfifo /tmp/hold
bash -c 'exec 3</tmp/hold; exec 4<>$1; read -r -u 3; daxio -r check /proc/self/fd/4 0 6M 6' x $mnt/d/grows &
holder=$!
exec 8>/tmp/hold
wait_for 10 eval "readlink /proc/$holder/fd/* | grep -q grows"
# refused NAME: whatever is wrong with the manifest, what it has of good things is not done either.
refused() {
	reload "stays in force: $1"
	must absent $mnt/never
	same "names" "$(names $mnt/d)" "grows new stays"
	must has_size $mnt/d/grows $((6 << 20))
}
GOOD="dir d
dir e 0711
file e/x size=4K extent=0:32M:4K
file d/new size=2M extent=0:10M:2M
file d/stays size=2M mode=0640 extent=0:8M:2M
file never size=2M extent=0:64M:2M"
GROWS="file d/grows size=6M extent=0:4M:4M extent=0:12M:2M"
for other in "size=4M extent=0:4M:4M" "size=6M extent=0:20M:6M" "size=8M extent=0:4M:4M extent=0:14M:4M"; do
	manifest <<<"$GOOD
file d/grows $other"
	refused '/tmp/manifest:8: "grows" is open'
done
must sed "s|/dev/$dev|/dev/dax99.0|" -i /tmp/manifest
refused "/tmp/manifest:1: device 0 is /dev/$dev for as long"
manifest <<<"$GOOD
$GROWS
file bad size=2M extent=0:64M:2M"
refused '/tmp/manifest:9: .* overlaps'
manifest <<<"$GOOD
$GROWS
file bad size=2M extent=0:$size:2M"
refused '/tmp/manifest:9: an extent ends at'
echo nonsense >/tmp/manifest
refused '/tmp/manifest:1: unknown word'
rm /tmp/manifest
refused '/tmp/manifest: No such file'
mkfifo /tmp/manifest
refused '/tmp/manifest: it is no regular file'
rm /tmp/manifest
must running $holder
exec 8>&-
wait $holder || fail "the file that was open has other bytes"
ok "refusals"

# Closed, a name may be another file's: with other bytes, another number, and at once.
manifest <<-END
	dir e 0700 7 7
	file e/x size=2M mode=0444 ro extent=0:10M:2M
	file e/y size=4K extent=0:32M:4K
END
exec 5</$mnt/d/new
reload '2 added, 5 removed, 0 grown, 1 changed'
wait_for 10 absent $mnt/d || fail "a directory that went is still there"
same "a directory" "$(stat -c '%a %u %g' $mnt/e)" "700 7 7"
same "names" "$(names $mnt/e)" "x y"
must has_size $mnt/e/x $((2 << 20))
must daxio -r check $mnt/e/y 0 4K 3
# As long as another has these bytes open, no other file has them.
must_not daxio -r check $mnt/e/x 0 2M 2 2>/dev/null
must daxio -r check /proc/self/fd/5 0 2M 2
exec 5<&-
wait_for 10 daxio -r check $mnt/e/x 0 2M 2 || fail "the bytes that went to another file are not there"
same "the way in for writing" "$( (: >>$mnt/e/x) 2>&1 | sed 's/.*: //')" "Permission denied"
ok "other files"

# Again and again, while there is work.
busy() {
	local i=0
	while [ ! -e /tmp/enough ]; do
		stat $mnt/e/* >/dev/null 2>&1
		ls -lR $mnt >/dev/null 2>&1
		daxio -r check $mnt/e/y 0 4K 3 || { echo "e/y has other bytes" >&2; exit 1; }
		i=$((i + 1))
	done
	[ $i -gt 3 ]
}
rm -f /tmp/enough
busy & busy=$!
for ((i = 1; i <= 12; i++)); do
	manifest <<-END
		dir e
		file e/y size=4K extent=0:32M:4K
		$(for ((j = i % 3; j < 40; j += 1 + i % 4)); do echo "file e/f$j size=$((1 + i % 2))M extent=0:$((40 + 2 * j))M:2M"; done)
		dir e/d$i
		file e/d$i/z size=4K extent=0:36M:4K
	END
	reload 'read again'
	same "names, round $i" "$(names $mnt/e | tr ' ' '\n' | sort | xargs)" \
		"$(sed -n 's,^\(file\|dir\) e/\([^/ ]*\).*,\2,p' /tmp/manifest | sort -u | xargs)"
	must daxio fill "$mnt/e/d$i/z" 0 4K $i
done
: >/tmp/enough
wait $busy || fail "who worked meanwhile saw something else"
ok "many times"

# At once with the end.
must kill -HUP "$FMAPD_PID"
must umount_fmapd $mnt
must grep -q '^GET_FMAP [1-9]' "$(fmapd_counts $mnt)"
# One that gave its privileges up and one that serves one by one; the devices are registered.
cp /tmp/manifest /tmp/manifest.old
must mount_fmapd /tmp/manifest $mnt --require-fmap --devices-by-fd --single-thread --no-open
echo "device 1 /dev/dax98.0" >>/tmp/manifest
reload 'device 1 is new, and the devices were registered'
cp /tmp/manifest.old /tmp/manifest
reload '0 added, 0 removed, 0 grown'
echo "file late size=4K extent=0:4M:4K" >>/tmp/manifest
reload '1 added'
must daxio fill $mnt/late 0 4K 1
must umount_fmapd $mnt
ok "by descriptor, one by one"
