# SPDX-License-Identifier: GPL-2.0-only
# If this fails: some use and failure that no other test puts together loses data, or hangs or
# crashes the host.
# by name only
# timeout: 1800
# `make stress`: random operations on files by several processes, and everything that
# can fail does, again and again.
. /lab/tests/lib.sh
. /lab/tests/stress.sh

stress_run "${STRESS_SECONDS:-300}" "${STRESS_SEED:-1}" 10
