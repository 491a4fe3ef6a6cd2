# SPDX-License-Identifier: GPL-2.0-only
# If this fails: users open files that are closed to them, or a program that was overwritten keeps
# its setuid bit.
# Who may open a file, and how; what statx says of it; that changing owner, mode or
# times harms no data; that a write takes the setuid bit away.
# timeout: 240
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	dir /closed 0700 1001 1001
	file /mine mode=0600 uid=1000 gid=1000 size=8193 extent=0:2M:12K
	file /public mode=0644 size=100000 extent=0:4M:2M
	file /table ro mode=0666 size=5000 extent=0:6M:8K
	file /unwritable mode=0444 uid=1000 gid=1000 size=4096 extent=0:8M:4K
	file /secret mode=0000 uid=1001 gid=1001 size=4096 extent=0:10M:4K
	file /closed/in mode=0666 size=4096 extent=0:12M:4K
	file /suid mode=6777 uid=1000 gid=1000 size=300K extent=0:14M:4M
	file /group mode=0640 uid=1001 gid=1000 size=4096 extent=0:18M:4K
	file /closed/beside mode=0666 size=4096 extent=0:13M:4K
END
must rawmap fill /tmp/manifest 80
famfs_up "$dev"
mnt=/mnt/perm
must mount_fmapd /tmp/manifest $mnt --require-fmap
EACCES=13 ENOENT=2
# as UID r|w|n FILE ERRNO
as() {
	local status=0
	open_as "$1" "$2" "$mnt/$3" || status=$?
	same "user $1 opens $3 with $2: errno" "$status" "$4"
}

# statx, before anything was opened.
must statx_dax $mnt/public 100000 644
must statx_dax $mnt/suid 307200 6777
must statx_dax $mnt/table 5000 666
must_not statx_dax /etc/passwd "$(stat -c %s /etc/passwd)" 644 2>/dev/null

as 1000 r mine 0
as 1000 w mine 0
as 1001 r mine $EACCES
as 1001 w mine $EACCES
as 1001 r public 0
as 1001 w public $EACCES
as 1001 n public 0
as 0 w public 0
as 1000 n unwritable 0
as 0 w unwritable 0
as 1001 r secret $EACCES
as 0 w secret 0
as 1000 r closed/in $EACCES
as 1001 w closed/in 0
as 1000 r group 0
as 1000 w group $EACCES
as 1002 r group $EACCES
# The manifest says read-only: for everybody.
for uid in 0 1000; do
	as $uid w table $EACCES
	as $uid r table 0
	as $uid n table 0
done
must rawmap list /tmp/manifest >/tmp/list
# Offsets of one directory's entries show nothing of another one's, and give no way into it.
# The first reading asks for names only, those after a stat for attributes, too.
for _ in 1 2; do
	must seekdir 1000 $mnt 64 >/tmp/names
	must grep -qx public /tmp/names
	must_not grep -qx in /tmp/names
	must_not grep -qx beside /tmp/names
	must_not stat $mnt/beside 2>/dev/null
	must stat $mnt/public >/dev/null
done
as 1000 r beside $ENOENT
same "entries" "$(ls $mnt/closed | xargs)" "beside in"
# Nothing was harmed by trying.
content() {
	local n size path
	while read -r n size path; do
		must daxio -r check "$mnt$path" 0 "$size" $((80 + n))
		must daxio check "$mnt$path" 0 "$size" $((80 + n))
	done </tmp/list
}
content

# Permission taken away holds for the next open, and given is given.
must chmod 0600 $mnt/public
as 1001 r public $EACCES
must chmod 0666 $mnt/public
as 1001 w public 0
must chown 1001:1001 $mnt/mine
as 1000 r mine $EACCES
as 1001 w mine 0
must touch -d 2001-02-03T04:05:06Z $mnt/mine
same "time" "$(stat -c %Y $mnt/mine)" 981173106
same "size" "$(stat -c %s $mnt/mine)" 8193
content

# A write by somebody who may not have the bits takes them away; a read does not,
# nor does a write by root.
same "mode" "$(stat -c %a $mnt/suid)" 6777
as 1000 r suid 0
same "mode after a read" "$(stat -c %a $mnt/suid)" 6777
must daxio -r fill $mnt/suid 0 4096 86
same "mode after a write by root" "$(stat -c %a $mnt/suid)" 6777
as 1000 w suid 0
same "mode after a write by its owner" "$(stat -c %a $mnt/suid)" 777
content
must chmod 4777 $mnt/suid
same "mode" "$(stat -c %a $mnt/suid)" 4777
as 1002 w suid 0
same "mode after a write by another" "$(stat -c %a $mnt/suid)" 777
must statx_dax $mnt/suid 307200 777
content
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
must umount_fmapd $mnt

# Nobody but who mounted, unless the mount lets others in.
must mount_fmapd /tmp/manifest $mnt --require-fmap --no-allow-other
as 0 r public 0
as 1000 r mine $EACCES
as 1001 r public $EACCES
must umount_fmapd $mnt
must dax_bind "$dev" device_dax
must rawmap check /tmp/manifest 80
