# SPDX-License-Identifier: GPL-2.0-only
# If this fails: after an upgrade of one module the other calls into what it was not built for and
# the host oopses, or nobody is told why it does not load.
# needs: block
# pages: any
# A famfs_fuse that meets another fsdev_dax than that of its build, or none, says so in one
# line, with what to do, and does not load; what the line says helps.
. /lab/tests/lib.sh

# refuses STATUS PATTERN...: the line has all of these; insmod says STATUS.
refuses() {
	local status=$1 lines pattern; shift
	round=$((round + 1))
	# Where it is a module, it went with ours.
	must modprobe fuse
	dmesg_mark "pair $round"
	must_not insmod /tmp/famfs_fuse.ko 2>/tmp/insmod.log
	grep -q "$status" /tmp/insmod.log || fail "$(cat /tmp/insmod.log): not $status"
	lines=$(dmesg_since "pair $round" | grep -E 'famfs_fuse|Unknown symbol')
	echo "$lines"
	same "lines about it" "$(grep -c . <<<"$lines")" 1
	for pattern in 'famfs_fuse: refusing to load: ' "$@"; do
		grep -q -- "$pattern" <<<"$lines" || fail "does not say $pattern"
	done
	must_not module_loaded famfs_fuse
	! module_loaded fsdev_dax || same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 0
}
# exchanged: by what the lines tell. Both go together, too.
exchanged() {
	modprobe -r fsdev_dax && modprobe famfs_fuse || fail "does not help"
	paired
	must modprobe -r famfs_fuse
	must_not module_loaded fsdev_dax
}
# paired: the two are together, and fsdev_dax cannot go.
paired() {
	must module_loaded famfs_fuse
	same "version" "$(cat /sys/module/fsdev_dax/version)" "$version"
	same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 1
	must_not rmmod fsdev_dax 2>/dev/null
	must_not modprobe -r fsdev_dax 2>/dev/null
	must module_loaded fsdev_dax
}
round=0
interface=famfs_fsdev_interface
remedy='"modprobe -r fsdev_dax && modprobe famfs_fuse" exchanges it'
version=$(modinfo -F version famfs_fuse)
same "version of fsdev_dax" "$(modinfo -F version fsdev_dax)" "$version"
module_unpacked fsdev_dax
module_unpacked famfs_fuse

# Both by insmod; only the upper one, which then gets the other.
must insmod /tmp/fsdev_dax.ko
must insmod /tmp/famfs_fuse.ko
paired
must rmmod famfs_fuse
same "use count of fsdev_dax" "$(module_refs fsdev_dax)" 0
must rmmod fsdev_dax
must insmod /tmp/famfs_fuse.ko
paired
must rmmod famfs_fuse
must rmmod fsdev_dax
must modprobe famfs_fuse
paired
must modprobe -r famfs_fuse
ok "the right ones"

must modpatch /tmp/fsdev_dax.ko /tmp/other.ko @$interface 4711
must insmod /tmp/other.ko
refuses 'Invalid module format' "fsdev_dax $version with interface 4711 (" "famfs_fuse ($version) needs [0-9]* (" "$remedy"
exchanged
ok "another interface"

must modpatch /tmp/fsdev_dax.ko /tmp/other.ko $interface ${interface/famfs/fxmfs}
must insmod /tmp/other.ko
refuses 'Invalid module format' "fsdev_dax $version is loaded, which is not made for this" "$remedy"
exchanged
ok "an earlier version"

must modpatch /tmp/other.ko /tmp/kernels.ko "version=$version" "xersion=$version"
must insmod /tmp/kernels.ko
refuses 'Invalid module format' "the kernel's own fsdev_dax is loaded" "$remedy" 'depmod -a'
exchanged
ok "one without a version"

# The kernel's own, which is the one to be loaded if depmod did not put ours first.
if grep -q '/fsdev_dax\.ko' "/lib/modules/$(uname -r)/modules.order"; then
	own=$(ls "/lib/modules/$(uname -r)/kernel/drivers/dax/"fsdev_dax.ko*) || fail "the image lacks the kernel's own"
	module_unpacked kernels "$own"
	must insmod /tmp/kernels.ko
	dev=$(dax_any)
	must dax_bind "$dev" fsdev_dax
	refuses 'Invalid module format' "the kernel's own fsdev_dax is loaded" "$remedy" 'depmod -a'
	modprobe -r fsdev_dax && modprobe famfs_fuse || fail "does not help"
	paired
	same "driver of $dev" "$(dax_driver "$dev")" ""
	must dax_bind "$dev" fsdev_dax
	cat >/tmp/manifest <<-END
		device 0 /dev/$dev
		file /f size=2M extent=0:2M:2M
	END
	new_mount_works /mnt/f 2M 1
	must dax_bind "$dev" device_dax
	must modprobe -r famfs_fuse
	ok "the kernel's own"
fi

# None that can be loaded.
must mkdir -p /run/modprobe.d
echo 'install fsdev_dax /bin/false' >/run/modprobe.d/lab.conf
refuses 'Unknown symbol in module' 'it cannot be loaded: "modprobe fsdev_dax" tells why'
rm /run/modprobe.d/lab.conf
must modprobe famfs_fuse
paired
