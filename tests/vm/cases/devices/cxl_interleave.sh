# SPDX-License-Identifier: GPL-2.0-only
# If this fails: bytes of files on memory that is interleaved over CXL devices lie where another file has its own.
# boot: own
# machine: cxl
# by name only
# Regions that are interleaved over two devices, below two host bridges, of both kinds of memory.
. /lab/tests/lib.sh

trap 'cxl_gone "$REGION"' EXIT
if wants_dynamic; then
	must cxl_region ram decoder0.4 3 4
	same "ways" "$(cat "$CXL/$REGION/interleave_ways")" 2
	cxl_used "$REGION" cxl 2
	must cxl_gone "$REGION"
fi
must cxl_region pmem decoder0.4 3 4
same "ways" "$(cat "$CXL/$REGION/interleave_ways")" 2
must cxl_namespace "$REGION"
cxl_used "$REGION" pmem 2
