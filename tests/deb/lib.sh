# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What build.sh and install.sh share. Both run inside a chroot.

set -euo pipefail
cd /var/lab/tree
# shellcheck disable=SC2034
version=$(sed -n 's/^VERSION[[:space:]]*:=[[:space:]]*//p' Makefile)
log=/var/lab/log

ok()   { printf 'ok: %s (%d s)\n' "$*" $((SECONDS - since)); since=$SECONDS; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
since=$SECONDS

# Run a command; its output stays in $log for the checks after it.
quietly() {
	"$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "$*"; }
}
