# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files on persistent CXL memory are not there, or lose their bytes with the region.
# boot: own
# machine: cxl
# by name only
# A region of persistent CXL memory: the namespace's label, on the device, brings the dax device back
# with the region, without anybody making it.
. /lab/tests/lib.sh

trap 'cxl_gone "$REGION"' EXIT
must cxl_region pmem decoder0.2 3
must cxl_namespace "$REGION"
cxl_used "$REGION" pmem 8
first=$(cxl_dax "$REGION")
uuid=$(cat "$CXL/$REGION/uuid")
must cxl disable-region -f "$REGION" >/dev/null 2>&1
must_not test -e "$DAX/devices/$first"
must cxl enable-region "$REGION"
same "the region's uuid" "$(cat "$CXL/$REGION/uuid")" "$uuid"
cxl_held "$REGION" 8
