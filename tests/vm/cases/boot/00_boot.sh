# SPDX-License-Identifier: GPL-2.0-only
# If this fails: nothing that other tests of this boot say can be trusted: the lab's dax devices are
# not right.
# pages: any
# The ground the other tests stand on: dax devices of sane size (a static one, and on
# most machines a dynamic one) in device_dax mode, and memory that keeps what is
# written through one mapping for the next.
. /lab/tests/lib.sh

must dax_dev_static >/dev/null
want=1
wants_dynamic && want=2
same "number of devices" "$(dax_devs | sort -u | wc -l)" $want
for dev in $(dax_devs); do
	same "driver of $dev" "$(dax_driver "$dev")" device_dax
	must test -c "/dev/$dev"
	[ "$(dax_size "$dev")" -ge $((400 << 20)) ] || fail "$dev has only $(dax_size "$dev") bytes"
	must daxio fill "/dev/$dev" 4M 64M 7
	must daxio check "/dev/$dev" 4M 64M 7
	must_not daxio check "/dev/$dev" 4M 64M 8
	ok "$dev, $(dax_size "$dev") bytes"
done

# The same bytes after a turn without a driver.
for dev in $(dax_devs); do
	must dax_unbind "$dev"
	must dax_bind "$dev" device_dax
	must daxio check "/dev/$dev" 4M 64M 7
done
