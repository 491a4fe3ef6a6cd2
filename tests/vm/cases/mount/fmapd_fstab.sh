# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a line of /etc/fstab does not mount, or an option in it, such as ro, has no effect.
# Mount options as mount(8) and its users give them, by the command line and from /etc/fstab.
# timeout: 300
. /lab/tests/lib.sh

dev=$(dax_any)
famfs_up "$dev"
cat >/etc/famfs.manifest <<-END
	device 0 /dev/$dev
	file /data size=2M extent=0:2M:2M
END
mnt=/mnt/famfs
mkdir -p $mnt
[ -e /bin/sh ] || ln -s bash /bin/sh
# mount(8) has a PATH of its own.
ln -sf /lab/bin/fmapd /usr/sbin/fmapd
no_daemon() { ! pgrep -x fmapd >/dev/null; }
end() {
	must umount $mnt
	wait_for 10 no_daemon || fail "fmapd stays"
}
# options: those of the mount and of the file system; type: its type.
options() { awk -v m=$mnt '$5 == m { sub(/.* - /, $6 " "); print "," $1 "," $4 "," }' /proc/self/mountinfo; }
kind() { awk -v m=$mnt '$2 == m { print $3 }' /proc/mounts; }
# has WORD...: those words are there; !WORD: it is not.
has() {
	local w o
	o=$(options)
	for w; do
		case $w in
		!*) [[ $o != *,${w#!},* ]] || fail "mounted with $o" ;;
		*) [[ $o == *,$w,* ]] || fail "mounted with $o, not $w" ;;
		esac
	done
}
# with OPTIONS WORD...: fmapd takes them, and that is what comes of it.
with() {
	local given=$1; shift
	fmapd --require-fmap -o "$given" /etc/famfs.manifest $mnt 2>/tmp/err ||
		fail "-o $given: $(cat /tmp/err)"
	has "$@"
	end
}
with ro,noatime,nodiratime,noexec ro noatime nodiratime noexec nosuid nodev
with relatime relatime !noatime rw
with strictatime !relatime !noatime
with noatime,relatime relatime !noatime
with relatime,strictatime !relatime
with strictatime,noatime noatime
with sync,lazytime,dirsync sync lazytime
with sync,async !sync
with nosymfollow nosymfollow
with defaults,auto,nouser,async,nofail,_netdev,x-systemd.automount,X-mount.mkdir,comment=a,loud rw relatime nosuid nodev
with defaults,noauto,user,x-y=z,user=joe noexec nosuid nodev
with users,exec,suid,dev !noexec !nosuid !nodev
with group,silent nosuid nodev !noexec
with user_id=0,group_id=0,default_permissions,allow_other,max_read=131072 max_read=131072
# Its own, without dashes.
fmapd -o ro,source=/dev/dax7.7,subtype=fmap-x,require-fmap,no-allow-other,devices-by-fd /etc/famfs.manifest $mnt 2>/tmp/err ||
	fail "its own options: $(cat /tmp/err)"
has ro !allow_other
same "source" "$(awk -v m=$mnt '$2 == m { print $1 }' /proc/mounts)" /dev/dax7.7
same "type" "$(kind)" fuse.fmap-x
end
for bad in no_such_option ro,nofai xy-z defaultsx source devices-by-fd=1 attr-timeout=x check; do
	must_not fmapd -o $bad /etc/famfs.manifest $mnt 2>/dev/null
	same "type after -o $bad" "$(kind)" ""
done
ok "the command line"

# The line of README.md and fmapd(8).
line='/etc/famfs.manifest /mnt/famfs fuse.fmapd nosuid,nodev,noauto,require-fmap 0 0'
echo "$line" >/etc/fstab
must mount /mnt/famfs
same "type" "$(kind)" fuse.fmapd
has rw nosuid nodev relatime allow_other
must daxio fill $mnt/data 0 2M 1
must daxio -r check $mnt/data 0 2M 1
end
for o in defaults,noauto,nofail,_netdev,x-systemd.requires=a.service,nosuid ro,user,strictatime,comment=me \
	relatime,nodiratime,devices-by-fd,noexec sync,users,X-a=b defaults; do
	echo "/etc/famfs.manifest $mnt fuse.fmapd $o 0 0" >/etc/fstab
	mount $mnt >/tmp/err 2>&1 || fail "fstab with $o: $(cat /tmp/err)"
	same "type with $o" "$(kind)" fuse.fmapd
	must daxio check $mnt/data 0 2M 1
	case $o in
	ro,*) has ro noexec !relatime ;;
	relatime,*) has relatime nodiratime noexec ;;
	sync,*) has sync ;;
	esac
	end
done
echo "/etc/famfs.manifest $mnt fuse.fmapd no_such_option 0 0" >/etc/fstab
must_not mount $mnt 2>/dev/null
# The type in the source, as fstab is written, too.
echo "fmapd#/etc/famfs.manifest $mnt fuse defaults 0 0" >/etc/fstab
must mount $mnt
same "type" "$(kind)" fuse.fmapd
end
rm /etc/fstab /usr/sbin/fmapd
ok "fstab"
