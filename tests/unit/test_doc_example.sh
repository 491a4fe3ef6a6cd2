#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The server that docs/protocol.md shows is the one that is built.
top=$(dirname "$0")/../..
shown=$(awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$top/docs/protocol.md")
real=$(cat "$top/tools/example/onefile.c")
if [ -z "$shown" ] || [ "$shown" != "$real" ]; then
	echo "docs/protocol.md does not show tools/example/onefile.c as it is" >&2
	exit 1
fi
echo "docs/protocol.md shows tools/example/onefile.c"
