# SPDX-License-Identifier: GPL-2.0-only
# If this fails: files on volatile CXL memory are not there, or a region that was removed and made again does not come back.
# boot: own
# machine: cxl
# by name only
# A region of volatile CXL memory: made by cxl, used, removed, made again.
. /lab/tests/lib.sh

wants_dynamic || skip "this kernel makes no dax device of volatile CXL memory"
trap 'cxl_gone "$REGION"' EXIT
must cxl_region ram decoder0.2 3
cxl_used "$REGION" cxl 8
first=$(cxl_dax "$REGION")
must cxl_gone "$REGION"
must_not test -e "$DAX/devices/$first"
must cxl_region ram decoder0.2 3
cxl_held "$REGION" 8
