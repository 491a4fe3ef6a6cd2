# SPDX-License-Identifier: GPL-2.0-only
# If this fails: a server with an odd answer to INIT has another mount than it has on the stock
# kernel.
# timeout: 600
# Odd answers to INIT: short, long, wrong, twice, with flags nobody offered. Each mount is
# famfs if the protocol was agreed properly, and else what it is on the stock kernel.
. /lab/tests/lib.sh
. /lab/tests/rawfuse.sh

raw_setup "$(dax_dev_dynamic)"

# On a mount that was offered the protocol. Wanted: famfs, ordinary, an errno at the file's
# open (that the stock kernel gives, too); the results of writing the replies.
cases='
famfs    ok           reply=flags=ext+fmap
ordinary ok           reply=flags=ext
ordinary ok           reply=len=8
ordinary ok           reply=len=8,minor=4
ordinary ok           reply=len=24
ordinary ok           reply=len=32
ordinary ok           reply=len=35
famfs    ok           reply=len=36
ECONNREFUSED EINVAL   reply=len=80
ECONNREFUSED ok       reply=len=0
ordinary ok           reply=flags=fmap
famfs    ok           reply=flags=all
famfs    ok           reply=flags=echo
ordinary ok           reply=flags=
famfs    ok           reply=minor=31
famfs    ok           reply=minor=1000
ECONNREFUSED ok       reply=major=6
ECONNREFUSED ok       reply=major=8
ECONNREFUSED ok       reply=major=0
ECONNREFUSED ok       reply=error=71
ECONNREFUSED ok       reply=error=38
ECONNREFUSED ok       reply=error=511
ECONNREFUSED EINVAL   reply=error=71,len=24
famfs    EINVAL,ok    reply=error=512 reply=flags=ext+fmap
ordinary EINVAL,ok    reply=error=512 reply=flags=ext
famfs    ok,ENOENT    reply=flags=ext+fmap reply=flags=ext
ordinary ok,ENOENT    reply=flags=ext reply=flags=ext+fmap
famfs    ok,ENOENT    reply=flags=ext+fmap reply=error=5
famfs    ok,ENOENT,ENOENT  reply=flags=ext+fmap reply=flags=ext+fmap reply=len=8
ECONNREFUSED ok,ENOENT reply=error=5 reply=flags=ext+fmap
ECONNREFUSED ok,ENOENT reply=major=6 reply=flags=ext+fmap
'
each_case() {	# FUNCTION: with WANTED REPLIES WORD...
	local line
	while read -r line; do
		# shellcheck disable=SC2086
		[ -z "$line" ] || "$1" $line
	done <<<"$cases"
}
stock_says() {
	local wanted=$1 replies=${2//,/ }; shift 2
	raw_probe $RAW_NAMED "$@"
	raw_is mount ok
	raw_is offered no
	raw_is reply "$replies"
	case $wanted in
	famfs|ordinary) raw_is_ordinary ;;
	*) raw_is file "$wanted"; raw_is umount ok ;;
	esac
}
ours_says() {
	local wanted=$1 replies=${2//,/ }; shift 2
	raw_probe $RAW_NAMED "$@"
	raw_is mount ok
	raw_is offered yes
	raw_is reply "$replies"
	case $wanted in
	famfs) raw_is_famfs ;;
	ordinary) raw_is_ordinary ;;
	*) raw_is file "$wanted"; raw_is umount ok; raw_is GET_FMAP 0 ;;
	esac
	wait_for 5 refs_are famfs_fuse 0 || fail "use count $(module_refs famfs_fuse) after $*"
}
must_not module_loaded famfs_fuse
each_case stock_says
# A flag that some kernels have and accept only from a mount with default_permissions. The
# minor version is one whose messages look as those of a connection that failed: see rawfuse.c.
raw_probe $RAW_NAMED reply=minor=8,flags=ext+idmap
idmap=${RAW[file]}
ok "stock kernel"

famfs_up "$RAW_DEV"
each_case ours_says
raw_probe $RAW_NAMED reply=minor=8,flags=ext+idmap
raw_is file "$idmap"
raw_probe $RAW_NAMED reply=minor=8,flags=ext+fmap+idmap
if [ "$idmap" = server ]; then raw_is_famfs; else raw_is file "$idmap"; raw_is umount ok; fi
raw_nothing_left
ok "mounts that were offered the protocol"

# Not offered, or not to this one: the flag in the reply means nothing.
policy() { echo "$1" >/sys/module/famfs_fuse/parameters/offer; }
policy none
raw_probe $RAW_NAMED
raw_is offered no
raw_is_ordinary
raw_probe "source=/dev/$RAW_DEV" reply=flags=all
raw_is_ordinary
policy auto
for flags in ext+fmap all echo; do
	raw_probe reply=flags=$flags
	raw_is offered no
	raw_is_ordinary
done
raw_probe reply=error=71
raw_is file ECONNREFUSED
policy all
raw_probe reply=flags=ext+fmap
raw_is offered yes
raw_is_famfs
# With the flag of FUSE over io_uring, it can be meant in another way.
raw_probe reply=flags=all
raw_is_ordinary
raw_probe reply=flags=ext+fmap+uring
raw_is_ordinary
raw_probe "source=/dev/$RAW_DEV" reply=flags=ext+fmap+uring
raw_is_famfs
policy auto
raw_nothing_left
ok "mounts by who was offered it"
