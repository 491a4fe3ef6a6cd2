# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# control.sh: do what is said on standard input, a command a line, each in a shell of its own with
# what lib.sh and hosts.sh have. Its output comes in lines led by "| ", and then
#	@done STATUS
# The host's half is lab/hosts.sh.
. /lab/tests/lib.sh
. /lab/tests/hosts.sh
cd /root || exit 1

echo @ready
while IFS= read -r line; do
	(eval "$line") 2>&1 </dev/null | awk '{ print "| " $0; fflush() }'
	echo "@done ${PIPESTATUS[0]}"
done
