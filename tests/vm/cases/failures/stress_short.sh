# SPDX-License-Identifier: GPL-2.0-only
# If this fails: what is commonly done with files while servers, devices and memory fail loses data
# or crashes the host.
# timeout: 600
# What `make stress` does for as long as one likes, for half a minute: random operations
# on files by several processes while everything that can fail does, once each.
. /lab/tests/lib.sh
. /lab/tests/stress.sh

stress_run 1 20240817 1
