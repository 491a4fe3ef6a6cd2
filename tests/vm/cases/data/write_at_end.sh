# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a write at a file's end destroys what lies behind it in the device, or a program
# that fills the file never ends.
# The end of a file that cannot grow: short read and write before it, 0 and ENOSPC at
# it; what would change the size is refused, harms nothing, and is not asked of the server.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /in-page size=200123 extent=0:2M:0x31000
	file /whole-pages size=200704 extent=0:0x231000:0x31000
	file /long-extent size=2M extent=0:4M:8M
	file /pieces size=150000 extent=0:12M:100K extent=0:13M:0xc000
	file /striped size=150001
	stripe chunk=4K bytes=148K strips=0:14M:1M,0:15M:1M,0:16M:1M
END
must rawmap paint /tmp/manifest 20M
must rawmap fill /tmp/manifest 70
famfs_up "$dev"
must mount_fmapd /tmp/manifest /mnt/end --require-fmap
while read -r n size path; do
	must write_eof "/mnt/end$path" $((70 + n))
	# An endless source comes to an end.
	if timeout 60 dd if=/dev/zero of="/mnt/end$path" bs=4096 conv=notrunc seek=$(((size - 10000) / 4096)) \
		2>/tmp/dd.err; then
		fail "dd from an endless source ended well"
	else
		same "dd's status" "$?" 1
	fi
	grep -q 'No space left' /tmp/dd.err || { cat /tmp/dd.err; fail "dd gave another reason"; }
	same "zeros at the end" "$(tail -c 9000 "/mnt/end$path" | tr -d '\0' | wc -c)" 0
	must daxio fill "/mnt/end$path" 0 "$size" $((70 + n))
	{ echo more >>"/mnt/end$path"; } 2>/dev/null && fail "appended"
	{ : >"/mnt/end$path"; } 2>/dev/null && fail "truncated by the shell"
	same "size" "$(stat -c %s "/mnt/end$path")" "$size"
	ok "$path"
done < <(rawmap list /tmp/manifest)
for op in READ WRITE SETATTR FALLOCATE LSEEK COPY_FILE_RANGE CREATE; do
	same "$op requests" "$(request_count /mnt/end $op)" 0
done
must umount_fmapd /mnt/end
must dax_bind "$dev" device_dax
must rawmap check /tmp/manifest 70 20M
