# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a mapping that is longer than its file shows, or changes, what lies behind the file
# in the device.
# A mapping that reaches beyond the end of its file: SIGBUS behind the last page, and
# nothing of what lies behind the file in its extent or device is shown or changed.
# timeout: 360
. /lab/tests/lib.sh

for dev in "$(dax_dev_dynamic)" "$(dax_dev_static)"; do
	# An extent that is longer than its file, one that ends with it, and neighbours.
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /long-extent size=2097153 extent=0:2M:8M
		file /ends-in-page size=3000001 extent=0:10M:0x2dd000
		file /whole-pages size=2M extent=0:14M:2M
		file /neighbour size=2M extent=0:16M:2M
		file /byte size=1 extent=0:18M:2M
		file /pieces size=2100000 extent=0:0x1401000:2M extent=0:0x1701000:4K
		file /striped size=100000
		stripe chunk=4K bytes=100K strips=0:26M:2M,0:28M:2M
	END
	must dax_bind "$dev" device_dax
	must rawmap paint /tmp/manifest 32M
	must rawmap fill /tmp/manifest 30
	famfs_up "$dev"
	must mount_fmapd /tmp/manifest /mnt/eof --require-fmap
	while read -r n _ path; do
		must map_eof "/mnt/eof$path" $((30 + n))
	done < <(rawmap list /tmp/manifest)
	must umount_fmapd /mnt/eof
	must dax_bind "$dev" device_dax
	must rawmap check /tmp/manifest 30 32M
	ok "$dev"
done
