# SPDX-License-Identifier: GPL-2.0-only
# If this fails: famfsctl doctor calls a good machine broken or a broken one good, and its user
# looks in the wrong place.
# timeout: 600
# famfsctl doctor on a machine that can do famfs, step by step on the way there, and broken.
. /lab/tests/lib.sh

dev=$(dax_any)
# verdict ID: of the last run of examine.
verdict() { awk -v id="$1:" '$2 == id { print $1; exit }' /tmp/doctor; }
# examine STATUS: run it.
examine() {
	local status=0
	famfsctl doctor >/tmp/doctor || status=$?
	[ $status = "$1" ] || { cat /tmp/doctor; fail "famfsctl doctor: status $status, not $1"; }
}
# A guest has neither its kernel's configuration nor headers.
no_failures() { ! grep '^FAIL' /tmp/doctor || fail "doctor fails something that works"; }

examine 0
no_failures
same "kernel" "$(verdict kernel.version)" ok
same "BTF" "$(verdict kernel.btf)" ok
same "fsdev_dax" "$(verdict module.fsdev_dax)" ok
same "famfs_fuse" "$(verdict module.famfs_fuse)" ok
same "$dev" "$(verdict "device.$dev")" warn
must grep -q -- "-> famfsctl mode $dev famfs" /tmp/doctor
ok "before"

famfs_up
cat >/tmp/manifest <<-END
	device 0 /dev/$dev
	file /f size=2M extent=0:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
examine 0
no_failures
same "fsdev_dax that is loaded" "$(verdict loaded.fsdev_dax)" ok
same "famfs_fuse that is loaded" "$(verdict loaded.famfs_fuse)" ok
for d in $(dax_devs); do same "$d" "$(verdict "device.$d")" ok; done
# As much as a user can see.
must setpriv --reuid=65534 --clear-groups famfsctl doctor >/tmp/doctor
no_failures
must umount_fmapd /mnt/f
ok "famfs"

echo none >/sys/module/famfs_fuse/parameters/offer
examine 0
same "offer" "$(verdict parameter.offer)" warn
echo auto >/sys/module/famfs_fuse/parameters/offer
# Another file than what is loaded.
ko=$(modinfo -n famfs_fuse)
must mv "$ko" /tmp/hidden.ko
examine 1
same "famfs_fuse without a file" "$(verdict module.famfs_fuse)" FAIL
must mv /tmp/hidden.ko "$ko"
if wants_dynamic; then
	d=$(dax_dev_dynamic)
	must modprobe kmem
	must dax_bind "$d" kmem
	must daxctl online-memory "$d" >/tmp/daxctl.log 2>&1
	examine 0
	same "$d as memory" "$(verdict "device.$d")" warn
	must grep -q "$d is ordinary memory of this machine, and online" /tmp/doctor
	must dax_bind "$d" device_dax
fi
ok "broken"
