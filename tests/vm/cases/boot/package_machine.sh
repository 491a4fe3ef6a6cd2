# SPDX-License-Identifier: GPL-2.0-only
# If this fails: the packages' autopkgtest passes on machines where the modules do not work, or
# fails where they do.
# timeout: 600
# The autopkgtest of the packages that loads the modules, and its ways to a device: one that it is
# told, none, and memory that it takes from the kernel, before and after the reboot.
. /lab/tests/lib.sh

machine() { bash /lab/machine >/tmp/machine.log 2>&1; }
# ends STATUS PATTERN: it ends so, and its last line is like that.
ends() {
	local status=0
	machine || status=$?
	# shellcheck disable=SC2053
	if [ $status != "$1" ] || [[ $(tail -n 1 /tmp/machine.log) != $2 ]]; then
		cat /tmp/machine.log
		fail "debian/tests/machine ends with $status, not $1"
	fi
}

for dev in $(dax_devs); do
	FAMFS_TEST_DEVICE=$dev ends 0 "$(uname -r), $dev: ok"
	ok "a device that it is told: $dev"
done
FAMFS_TEST_DEVICE=dax99.0 ends 1 'FAIL: there is no dax device "dax99.0"'

[ "$(uname -m)" = x86_64 ] || { ends 77 'SKIP: *'; exit 0; }
ends 77 'SKIP: no dax device to test with, and nothing that reboots'
mkdir -p /tmp/bin
put_back() { rm -rf /tmp/bin /tmp/autopkgtest-reboot /etc/default; }
trap put_back EXIT
PATH=/tmp/bin:$PATH
printf '#!/bin/bash\necho "$@" >/tmp/bin/rebooted\n' >/tmp/autopkgtest-reboot
chmod 755 /tmp/autopkgtest-reboot
ends 77 'SKIP: no GRUB*'
printf '#!/bin/bash\n. /etc/default/grub.d/famfs-test.cfg\necho "$GRUB_CMDLINE_LINUX" >/tmp/bin/grub\n' >/tmp/bin/update-grub
chmod 755 /tmp/bin/update-grub
GRUB_CMDLINE_LINUX="quiet splash" ends 0 '*'
same "mark of the reboot" "$(cat /tmp/bin/rebooted)" memory-taken
from=$(sed -n 's/^quiet splash memmap=128M!\(0x[0-9a-f]*\)$/\1/p' /tmp/bin/grub)
[ -n "$from" ] || fail "GRUB gets \"$(cat /tmp/bin/grub)\""
ram=
while IFS=' -' read -r first last _; do
	[ $((16#$first)) -gt $((from)) ] || [ $((16#$last)) -lt $((from + (128 << 20))) ] || ram=yes
done < <(grep ' : System RAM$' /proc/iomem)
[ -n "$ram" ] || { cat /proc/iomem; fail "$from is not the kernel's memory"; }
ok "memory that it takes: 128 MiB at $from"

# memmap=512M!1536M of this machine is such memory.
AUTOPKGTEST_REBOOT_MARK=memory-taken ends 0 "$(uname -r), dax*: ok"
# shellcheck disable=SC2001 # a part of the line
same "its device" "$(sed 's/.*, \(.*\): ok/\1/' <<<"$(tail -n 1 /tmp/machine.log)")" "$(dax_dev_static)"
ok "and the device after the reboot: $(dax_dev_static)"
