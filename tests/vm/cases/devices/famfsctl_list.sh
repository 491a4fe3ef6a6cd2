# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl list shows another mode, size or holder than a device has, and one in use
# is taken for free.
# timeout: 300
# famfsctl list: modes, sizes and holders as sysfs and the test know them.
. /lab/tests/lib.sh
mountpoint -q /sys/kernel/debug || must mount -t debugfs none /sys/kernel/debug

# column DEV NAME: of the table, by its heading; the first word of it.
column() {
	famfsctl list "$1" >/tmp/list || fail "famfsctl list $1"
	awk -v name="$2" 'NR == 1 { at = index($0, name) } NR == 2 { $0 = substr($0, at); print $1 }' /tmp/list
}
must famfsctl list
same "devices" "$(famfsctl list | sed '1d;s/ .*//' | sort | xargs)" "$(ls $DAX/devices | sort | xargs)"
for dev in $(dax_devs); do
	same "mode of $dev" "$(column "$dev" MODE)" devdax
	same "driver" "$(famfsctl list --json "$dev" | sed -n 's/.*"driver": "\(.*\)".*/\1/p')" device_dax
	same "size" "$(famfsctl list --json "$dev" | sed -n 's/.*"size": \([0-9]*\).*/\1/p')" "$(dax_size "$dev")"
done
! wants_dynamic || same "what $(dax_dev_dynamic) is on" "$(column "$(dax_dev_dynamic)" REGION)" hmem
! dax_dev_static >/dev/null || same "what $(dax_dev_static) is on" "$(column "$(dax_dev_static)" REGION)" pmem
ok "devdax"

dev=$(dax_any)
must dax_unbind "$dev"
same "mode of $dev" "$(column "$dev" MODE)" none
famfs_up "$dev"
same "mode of $dev" "$(column "$dev" MODE)" famfs
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
daxio -r cat /mnt/f/f 0 2M >/dev/null
if [ -e "$DAX/devices/$dev/holder" ]; then
	same "holder of $dev" "$(column "$dev" HOLDER)" /mnt/f
	if [ -e /sys/kernel/debug/famfs_fuse/mounts ]; then
		must grep -q "fmapd $FMAPD_PID" /tmp/list
	fi
else
	echo "fsdev_dax tells of no holder"
	same "holder of $dev" "$(column "$dev" HOLDER)" "?"
fi
# Who is no user sees the devices, too.
must setpriv --reuid=65534 --clear-groups famfsctl list
must umount_fmapd /mnt/f
[ ! -e "$DAX/devices/$dev/holder" ] || same "holder of $dev" "$(column "$dev" HOLDER)" none
ok "famfs"
