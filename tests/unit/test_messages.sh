#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each line that says why the modules are not built, do not load, or leave something to the
# kernel stands in README.md under Troubleshooting, word for word but for what differs.
top=$(dirname "$0")/../..
cd "$top" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# texts FUNCTION...: of C on standard input, what calls of these print, a line each; what
# differs is a ~. What is told in the text of the macro FAMFS_UNKNOWN_FUSE is a line of its own.
unknown=$(sed -n 's/^#define FAMFS_UNKNOWN_FUSE "\(.*\)%s\\n"$/\1/p' fuse_famfs/famfs.h)
[ -n "$unknown" ] || { echo "famfs.h has no FAMFS_UNKNOWN_FUSE" >&2; exit 1; }
texts() {
	awk -v calls="(^|[^a-z_])($1)\\\\(" -v unknown="$unknown" '
	{ sub(/^[ \t]+/, ""); all = all " " $0 }
	END {
		while (match(all, calls)) {
			all = substr(all, RSTART + RLENGTH)
			for (text = second = ""; ; ) {
				sub(/^ +/, "", all)
				if (match(all, /^"([^"\\]|\\.)*"/)) {
					s = substr(all, 2, RLENGTH - 2)
					gsub(/\\"/, "\"", s); gsub(/\\n/, "", s)
					gsub(/%[*.0-9]*[lzh]*[a-zA-Z]+/, "~", s)
					text = text s
				} else if (match(all, /^FAMFS_UNKNOWN_FUSE/)) {
					print text unknown
					text = ""
					second = 1
				} else if (match(all, /^[A-Z_]+/)) {
					text = text "~"
				} else if (second && match(all, /^,/)) {
					second = ""
				} else {
					break
				}
				all = substr(all, RLENGTH + 1)
			}
			print text
		}
	}'
}
{
	for f in fuse_famfs/aside.c fuse_famfs/main.c fuse_famfs/dev/fsdev.c fuse_famfs/hook/type.c \
		fuse_famfs/hook/context.c fuse_famfs/vfs/tables.c fuse_famfs/hook/negotiate.c fsdev_dax/main.c \
		compat/btf/btf_load_check.c; do
		texts 'pr_err|pr_err_once|pr_notice' <"$f"
	done
	sed -n '/famfs_unknown_stock(/,/^}/p' fuse_famfs/hook/type.c | sed -n 's/^.*return "\(.*\)";$/\1/p'
	sed -n 's/^static const char remedy\[\] = "\(.*\)";$/\1/p' fuse_famfs/dev/fsdev.c | sed 's/\\"/"/g'
	sed 's/dev_err(fsdev->dev, /dev_err(/' fsdev_dax/mem/pages.c | texts dev_err | grep refusing
	for f in resolve layoutgen btf_source kimage; do
		texts 'lg_die|lg_printf' <"compat/btf/$f.c"
	done
	sed -n '/^kernel-own:/,/^layouts:/p' compat/compat.mk | tr -d '\\\t\n' |
		grep -o 'echo "famfs:[^;]*' | sed 's/echo "//; s/" *"/ /g; s/"$//; s/" $//'
} | awk '
	# Not for users: names of files and macros, and what only who changes this can meet.
	{ letters = $0; gsub(/[^a-z]/, "", letters) }
	length(letters) < 10 || !/ / { next }
	/one-of names|many modules|too many specs|make directory|--btf-mod|temporary file|out of memory/ { next }
	/no BTF in ~|no BTF of module/ { next }
	{ print }' | sort -u >"$work/texts"

sed -n '/^## Troubleshooting/,/^## Doc/s/^    //p' README.md | tr '\n' ' ' | tr -s ' ' >"$work/readme"
awk -v readme="$work/readme" '
# Is @part there, beginning at @from or up to @room bytes later, and then all others?
function there(n, k, from, room,   at, end) {
	if (k > n)
		return 1
	for (end = from + room; (at = index(substr(all, from), part[k])) && from + at - 1 <= end; ) {
		from += at - 1
		if (there(n, k + 1, from + length(part[k]), 100))
			return 1
		from++
	}
	return 0
}
BEGIN { getline all <readme }
{
	n = split($0, p, "~"); m = 0
	for (i = 1; i <= n; i++)
		if (p[i] != "")
			part[++m] = p[i]
	lines++
	if (!there(m, 1, 1, length(all))) {
		print "README.md, Troubleshooting, has no line like this: " $0 | "cat >&2"
		bad = 1
	}
}
END {
	if (lines < 30) {
		print "only " lines " lines were found in the sources" | "cat >&2"
		bad = 1
	}
	if (!bad)
		print "README.md has all " lines " lines of refusals and notices"
	exit bad
}' "$work/texts"
