# SPDX-License-Identifier: GPL-2.0-only
# If this fails: writing at the edge of a file destroys bytes of the file beside it in the device.
# Files that touch each other in the device: writing at and over the edges of one
# changes no byte of another, of the gaps, or of what an extent holds behind the
# file's end.
# timeout: 360
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /first size=2M extent=0:2M:2M
		file /second size=2097151 extent=0:4M:2M
		file /third size=1 extent=0:6M:4K
		file /fourth size=10000 extent=0:0x601000:12K
		file /fifth size=12288 extent=0:0x604000:12K
		file /sixth size=20000 extent=0:0x609000:4K extent=0:0x607000:8K extent=0:0x60c000:12K
		file /holed size=700001
		stripe chunk=4K bytes=688K strips=0:8M:352K,0:0x859000:352K
		file /interwoven size=300000 extent=0:10M:100K extent=0:0xa30000:200K
		file /loose size=2100000 extent=0:12M:8M
	END
	must dax_bind "$dev" device_dax
	must rawmap paint /tmp/manifest 22M
	must rawmap fill /tmp/manifest 200
	famfs_up "$dev"
	must mount_fmapd /tmp/manifest /mnt/n --require-fmap
	while read -r n _ path; do
		must edges "/mnt/n$path" $((200 + n))
	done < <(rawmap list /tmp/manifest)
	must umount_fmapd /mnt/n
	must dax_bind "$dev" device_dax
	must rawmap check /tmp/manifest 200 22M
	ok "$dev"
done
