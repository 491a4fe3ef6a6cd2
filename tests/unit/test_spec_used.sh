#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Everything that compat/layout/*.spec asks of a kernel is used: a kernel must not be refused
# for a member or a function that nobody needs any more.
#
# A member counts as used in a file that names its struct and has ->member, .member, or a
# list or container_of() macro with it; by its HAVE_ macro; or as the list below says.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# What the kernel's own inline functions and macros use for us, and members of structs that
# are reached without a word of which struct it is: by what in our sources, as grep -E has it.
cat >"$work/elsewhere" <<'END'
address_space.gfp_mask mapping_set_gfp_mask\(
address_space.wb_err filemap_sample_wb_err\(
attribute.mode __ATTR_R[OW]\(
attribute.name __ATTR_R[OW]\(
block_device.bd_nr_sectors bdev_nr_bytes\(
completion.wait init_completion\(
cred.usage get_cred\(
delayed_work.timer INIT_DELAYED_WORK\(
delayed_work.work to_delayed_work\(
dentry.d_inode d_inode\(
dentry.d_lockref dget\(
dax_device_driver.probe fsdev_driver\.probe
dev_dax_range.range ->ranges\[i\]\.range
dev_pagemap.ops pgmap->ops
device.driver_data dev_set_drvdata\(
device.init_name dev_name\(
device.kobj dev_name\(
device_attribute.show DEVICE_ATTR_RO\(
device_driver.bus \.drv\.bus
file.f_inode file_inode\(
folio._large_mapcount folio_mapcount\(
folio._mapcount folio_mapcount\(
folio._refcount folio_ref_count\(
fs_struct.lock get_fs_root\(
fs_struct.root get_fs_root\(
fs_struct.seq get_fs_root\(
fuse_arg.size out_args\[0\]\.size
fuse_arg.value out_args\[0\]\.value
fuse_chan.blocked bg->blocked
fuse_chan.blocked_waitq bg->blocked_waitq
fuse_chan.max_background bg->max_background
fuse_chan.num_background bg->num_background
fuse_conn.bg_lock bg->bg_lock
fuse_conn.blocked bg->blocked
fuse_conn.blocked_waitq bg->blocked_waitq
fuse_conn.max_background bg->max_background
fuse_conn.num_background bg->num_background
fuse_in_arg.size in_args\[0\]\.size
fuse_in_arg.value in_args\[0\]\.value
fuse_inode.nodeid compat_fuse_inode\([^)]*\)->nodeid
fuse_iqueue_ops.wake_pending_and_unlock COMPAT_FUSE_IQ_SEND[[:space:]]+wake_pending_and_unlock
fuse_req.args compat_fuse_iq_sent\([A-Z_]*\)->args
gendisk.bb bd_disk->bb
gendisk.queue bd_disk->queue
inode.i_mapping dax_inode\([^)]*\)->i_mapping
inode.i_size i_size_read\(
iov_iter.count iov_iter_count\(
kobj_attribute.show __ATTR_R[OW]\(
kobj_attribute.store __ATTR_RW\(
kobject.name dev_name\(
page._refcount page_ref_count\(
rb_root.rb_node owners\.rb_node
request_queue.limits blk_queue_dax\(
request_queue.queue_flags blk_queue_dax\(
super_operations.evict_inode s_op\.evict_inode
super_operations.sync_fs s_op\.sync_fs
task_struct.cred get_current_cred\(
task_struct.files current->files
task_struct.fs current->fs
task_struct.nsproxy utsname\(
vfsmount.mnt_flags mnt->mnt_flags
vfsmount.mnt_sb mnt->mnt_sb
vm_area_struct.vm_page_prot vmf_insert_pfn_pmd\(
work_struct.entry INIT_WORK\(
work_struct.func INIT_WORK\(
xarray.xa_flags xa_init(_flags)?\(
xarray.xa_head xa_init(_flags)?\(
xarray.xa_lock xa_init(_flags)?\(
END

# The sources without comments, each under a name without slashes.
mkdir "$work/src"
for f in compat/*.[ch] compat/btf/btf_load_check.c fuse_famfs/*.[ch] fuse_famfs/*/*.[ch] fsdev_dax/*.[ch] fsdev_dax/*/*.[ch]; do
	awk -f tests/unit/no_comments.awk "$f" >"$work/src/$(echo "$f" | tr / _)"
done

# What there is: where it stands, KIND OWNER NAME. Beside that, the enums that members are of, and
# the names of each one-of.
awk '
	{ sub(/#.*/, "") }
	$1 == "struct" || $1 == "func" || $1 == "enum" || $1 == "enumerator" { kind = $1; owner = $2 }
	$1 == "func" || $1 == "enum" || $1 == "enumerator" { print FILENAME ":" FNR, $1, $2, $2 }
	($1 == "need" || $1 == "want") && kind == "struct" {
		name = $NF; sub(/\[.*/, "", name); sub(/^\**/, "", name)
		print FILENAME ":" FNR, "member", owner, name
		if ($0 ~ /enum [a-z_]+/) {
			match($0, /enum [a-z_]+/)
			print FILENAME ":" FNR, "typed", substr($0, RSTART + 5, RLENGTH - 5), "-"
		}
	}
	$1 == "fact" { print FILENAME ":" FNR, "fact", owner, $2 }
	$1 == "one-of" { $1 = "one-of -"; print FILENAME ":" FNR, $0 }
' compat/layout/*.spec >"$work/all"
n=$(grep -cE '^[^ ]+ (member|func|enum|enumerator|fact) ' "$work/all")
[ "$n" -gt 100 ] || { echo "only $n entries of the specs were understood" >&2; exit 1; }

# word_used() is of macros and functions as whole words.
in_sources() { grep -qE -- "$1" "$work"/src/*; }
word_used() { in_sources "(^|[^A-Za-z0-9_])$1([^A-Za-z0-9_]|\$)"; }
upper() { echo "$1" | tr "[:lower:]" "[:upper:]"; }

member_used() {	# STRUCT MEMBER
	files=$(grep -lE "struct $1([^A-Za-z0-9_]|\$)" "$work"/src/*)
	# shellcheck disable=SC2086
	if [ -n "$files" ] && grep -qE -- "(->|\.)[[:space:]]*$2([^A-Za-z0-9_]|\$)|(entry|container_of)\([^;]*, $2\)" $files; then
		return 0
	fi
	word_used "HAVE_$(upper "$1_$2")" && return 0
	how=$(sed -n "s/^$1\.$2 //p" "$work/elsewhere")
	[ -n "$how" ] && in_sources "$how"
}

# The one alternative that the sources do not ask for, since it is there without the others.
only_other() {
	grep -E "^[^ ]+ one-of .* $1( |\$)" "$work/all" | tr ' ' '\n' | sed 1,3d | {
		while read -r other; do
			[ "$other" = "$1" ] || ! word_used "$other" || exit 0
		done
		exit 1
	}
}

unused() { echo "$1: $2 is not used: take it out of the spec, or say in $0 by what it is" >&2; failed=1; }

# shellcheck disable=SC2094
while read -r at kind owner name; do
	case $kind in
	member) member_used "$owner" "$name" || unused "$at" "$owner.$name" ;;
	fact) word_used "$name" || only_other "$name" || unused "$at" "fact $name" ;;
	func) word_used "$name" || word_used "HAVE_FUNC_$(upper "$name")" ||
		only_other "HAVE_FUNC_$(upper "$name")" || unused "$at" "function $name" ;;
	enum) word_used "$name" || word_used "HAVE_ENUM_$(upper "$name")" ||
		grep -q "^[^ ]* typed $name -\$" "$work/all" || unused "$at" "enum $name" ;;
	enumerator) word_used "$name" || word_used "HAVE_ENUMERATOR_$(upper "$name")" || unused "$at" "enumerator $name" ;;
	esac
done <"$work/all"

# And the list above has nothing that is in no spec.
while read -r which _; do
	grep -q "^[^ ]* member ${which%%.*} ${which#*.}\$" "$work/all" ||
		{ echo "$0: $which is in no spec" >&2; failed=1; }
done <"$work/elsewhere"

[ $failed = 0 ] && echo "all $n entries of the specs are used"
exit $failed
