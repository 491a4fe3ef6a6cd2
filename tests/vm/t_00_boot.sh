# SPDX-License-Identifier: GPL-2.0-only
# The ground the other tests stand on: two dax devices of sane size in
# device_dax mode, and memory that keeps what is written through one mapping
# for the next.
. /lab/tests/lib.sh

dyn=$(dax_dev_dynamic) || fail "no dynamic dax device"
sta=$(dax_dev_static) || fail "no static dax device"
must_not test "$dyn" = "$sta"
for dev in "$dyn" "$sta"; do
	same "driver of $dev" "$(dax_driver "$dev")" device_dax
	must test -c "/dev/$dev"
	[ "$(dax_size "$dev")" -ge $((400 << 20)) ] || fail "$dev has only $(dax_size "$dev") bytes"
	must daxio fill "/dev/$dev" 4M 64M 7
	must daxio check "/dev/$dev" 4M 64M 7
	must_not daxio check "/dev/$dev" 4M 64M 8
	ok "$dev, $(dax_size "$dev") bytes"
done

# The same bytes after a turn without a driver.
for dev in "$dyn" "$sta"; do
	must dax_unbind "$dev"
	must dax_bind "$dev" device_dax
	must daxio check "/dev/$dev" 4M 64M 7
done
