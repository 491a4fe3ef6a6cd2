# SPDX-License-Identifier: GPL-2.0-only
# If this fails: where memory is short, loading the modules or binding a device oopses or cannot be
# tried again.
# kernels: debug
# timeout: 600
# Each allocation of loading the modules and of binding a device fails once: it is refused
# for want of memory or goes on without, and the next try works.
. /lab/tests/lib.sh
. /lab/tests/failnth.sh

sta=$(dax_dev_static)
must dax_split 1 32
small=$(dax_parts)

# ---- loading ---------------------------------------------------------------
load() {	# NAME
	if nth modprobe "$1"; then
		must module_loaded "$1"
	else
		must_not module_loaded "$1"
		must modprobe "$1"
	fi
	must rmmod "$1"
}
faults_in_loading
# The driver core says so if a driver's directory cannot be made.
NTH_ALSO="Invalid argument"
# And who makes a cache and cannot, with a stack.
echo 'kmem_cache_create[a-z_]*[(]famfs_inode[)] failed with error -(12|22)' >$DMESG_STACK_EXPECTED
each_allocation "loading fsdev_dax" load fsdev_dax
must modprobe fsdev_dax
each_allocation "loading famfs_fuse" load famfs_fuse
must modprobe famfs_fuse
NTH_ALSO=

# ---- binding ---------------------------------------------------------------
# The bus tells nobody that a driver refused a device: it is just not bound.
bind() {	# DEVICE
	local dev=$1
	must dax_unbind "$dev"
	nth bash -c "echo $dev >$DAX/drivers/$FSDEV/new_id"
	case $(dax_driver "$dev") in
	$FSDEV) must test -c "/dev/$dev" ;;
	'') echo "$dev" >$DAX/drivers/$FSDEV/bind || fail "$dev cannot be bound after allocation $n failed" ;;
	*) fail "$dev is bound to $(dax_driver "$dev")" ;;
	esac
	echo "$dev" >$DAX/drivers/$FSDEV/remove_id
	same "driver of $dev" "$(dax_driver "$dev")" $FSDEV
	same "bad pages" "$(cat "$DAX/devices/$dev/badpages")" ""
}
faults_in_modules
each_allocation "binding a dynamic device" bind "$small"
# Its pages are of several sections. If the kernel cannot add one of them, it leaves those
# before it (__add_pages() does not take them back, memremap_pages() only warns), and nobody
# can add them again: not for us to mend.
faults_not_below __add_pages
each_allocation "binding a static device" bind "$sta"

# In famfs mode, after all that, they are whole.
must dax_bind "$small" $FSDEV
must dax_bind "$sta" $FSDEV
cat >/tmp/manifest <<-END
	device 0 /dev/$small
	device 1 /dev/$sta
	file /f size=4M extent=0:0:2M extent=1:2M:2M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio -r fill /mnt/f/f 0 4M 3
must daxio check /mnt/f/f 0 4M 3
must umount_fmapd /mnt/f
must rmmod famfs_fuse
