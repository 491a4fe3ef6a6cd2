# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a user who can write to the directory of fmapd's log has root overwrite any file,
# or fmapd hang.
# Where fmapd writes its counts of requests: what others have put into a directory of
# everybody's is neither followed nor waited for; pipes and devices are written to.
# timeout: 180
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
END
mnt=/mnt/log
dir=/tmp/everybody
mkdir -p $mnt $dir
chmod 777 $dir
# The kernel can protect links in such directories itself; it may not be told to.
echo 0 >/proc/sys/fs/protected_symlinks
echo 0 >/proc/sys/fs/protected_fifos

# serve FILE: until the end, at which FILE is written.
serve() {
	must fmapd --log-requests="$1" /tmp/manifest $mnt 2>/dev/null
	pid=$(pgrep -x fmapd)
	must ls -l $mnt >/dev/null
	must umount $mnt
	wait_for 10 gone "$pid" || { kill -KILL "$pid"; fail "fmapd does not end, with $1"; }
}
# counted FILE: it is fmapd's own, of a mode that the umask gives, and whole.
counted() {
	same "kind of $1" "$(stat -c '%F %U %a' "$1")" "regular file root 644"
	must grep -q '^OPENDIR [1-9]' "$1"
	must grep -q '^GET_DAXDEV 0$' "$1"
	same "files in $dir" "$(ls -A $dir | xargs)" "${2:-${1##*/}}"
	rm -f "$1"
}
plant() { must setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
echo precious >/tmp/victim
unharmed() { same "the victim" "$(cat /tmp/victim)" precious; }

serve $dir/counts
counted $dir/counts
serve $dir/counts
serve $dir/counts
counted $dir/counts

# The names of others' links.
plant ln -s /tmp/victim $dir/counts.new
serve $dir/counts
unharmed
counted $dir/counts "counts counts.new"
rm $dir/counts.new
plant ln -s /tmp/victim $dir/counts
serve $dir/counts
unharmed
counted $dir/counts
ok "links to a file"

must modprobe loop
truncate -s 1M /tmp/disk
loop=$(losetup -f --show /tmp/disk) || fail "no loop device"
before=$(cksum </tmp/disk)
plant ln -s "$loop" $dir/counts
serve $dir/counts
sync
same "the disk" "$(cksum </tmp/disk)" "$before"
counted $dir/counts
serve "$loop"
sync
must losetup -d "$loop"
same "the disk" "$(cksum </tmp/disk)" "$before"
must test -b "$loop"
ok "links to a disk, and a disk"

# A pipe that nobody reads.
plant mkfifo $dir/counts
serve $dir/counts
counted $dir/counts
mkfifo $dir/counts
serve $dir/counts
must test -p $dir/counts
# One of our own that somebody does.
cat $dir/counts >/tmp/got &
serve $dir/counts
wait $! || fail "the reader failed"
rm $dir/counts
must grep -q '^OPENDIR [1-9]' /tmp/got
ok "pipes"

# In a directory that is ours a link is ours.
ln -s /dev/null /root/counts
serve /root/counts
same "a link of ours" "$(readlink /root/counts)" /dev/null
must test -c /dev/null
rm /root/counts
# A stream by its name.
for f in /proc/self/fd/1 /dev/fd/1; do
	rm -f /tmp/err
	fmapd -f --log-requests=$f /tmp/manifest $mnt 2>/tmp/err | cat >/tmp/got &
	pid=$!
	wait_for 20 grep -q ' protocol ' /tmp/err || fail "does not mount: $(cat /tmp/err)"
	must umount $mnt
	wait_for 10 gone $pid || fail "fmapd does not end"
	must grep -q '^READ 0$' /tmp/got
done
ok "devices and streams"
