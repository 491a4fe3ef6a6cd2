# SPDX-License-Identifier: GPL-2.0-only
# If this fails: ordinary FUSE mounts are offered the protocol, or famfs ones are not, against what
# root wrote to `offer`.
# timeout: 600
# Which mounts are offered the protocol, by the parameter `offer`, which can be
# changed at any time, and by the mount's source and type.
. /lab/tests/lib.sh

dev=$(dax_dev_dynamic)
offer=/sys/module/famfs_fuse/parameters/offer
famfs_up "$dev"
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=64K extent=0:2M:2M
	END

# try yes|no SOURCE SUBTYPE
try() {
	must mount_fmapd /tmp/manifest /mnt/f --serve-data --source="$2" --subtype="$3"
	case $1 in
	yes) grep -q 'famfs protocol agreed' "$(fmapd_log /mnt/f)" ;;
	no) grep -q 'kernel did not offer' "$(fmapd_log /mnt/f)" ;;
	esac || fail "offer=$(<$offer) source=$2 subtype=$3: wanted $1, got: $(cat "$(fmapd_log /mnt/f)")"
	must daxio -r fill /mnt/f/f 0 64K 1
	must daxio -r check /mnt/f/f 0 64K 1
	case $1:$(request_count /mnt/f WRITE) in
	yes:0) ;;
	yes:*) fail "WRITE requests on a famfs mount" ;;
	no:0) fail "no WRITE requests on an ordinary mount" ;;
	esac
	must umount_fmapd /mnt/f
}

same "the value at first" "$(<$offer)" auto
try yes "/dev/$dev" plain
try yes /dev/dax12.345 plain		# the name decides, not what is behind it
try yes any fmapd
try yes any fmap
try yes any famfs
try yes any famfsd.x
try no any plain
try no /dev/dax0 plain
try no /dev/dax0.0x plain
try no /dev/dax0.0/ plain
try no /dev/daxx.0 plain
try no /mnt/dev/dax0.0 plain
try no dax0.0 plain
try no any xfamfs
try no any fma
try no famfs plain
ok auto

echo none >$offer
same "the value" "$(<$offer)" none
try no "/dev/$dev" fmapd
try no any famfs
try no any plain
ok none

echo all >$offer
same "the value" "$(<$offer)" all
try yes any plain
try yes "/dev/$dev" famfs
ok all

for bad in bad '' al autos 1 'auto none' AUTO; do
	(echo "$bad" >$offer) 2>/tmp/err && fail "'$bad' is taken for a policy"
	must grep -q 'Invalid argument' /tmp/err
	same "the value after '$bad'" "$(<$offer)" all
done

# Changing it does not touch mounts that are there.
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
echo none >$offer
must daxio fill /mnt/f/f 0 64K 2
must daxio -r check /mnt/f/f 0 64K 2
must umount_fmapd /mnt/f
echo auto >$offer
try no any plain

must unload famfs_fuse
must modprobe famfs_fuse offer=none
same "the value given at load" "$(<$offer)" none
try no "/dev/$dev" fmapd
must unload famfs_fuse
must_not modprobe famfs_fuse offer=sometimes 2>/dev/null
must_not module_loaded famfs_fuse
must modprobe famfs_fuse
same "the value" "$(<$offer)" auto
