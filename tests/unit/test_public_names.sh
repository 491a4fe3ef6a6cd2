#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What users are told of is what there is: libfmap.so's names are those of fmap.h, of its man
# page, and of Debian's symbols file; fmapd's options are in its man page and its completion.
top=$(dirname "$0")/../..
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# same WHAT FILE WHAT FILE
same() {
	if [ ! -s "$2" ] || ! diff "$2" "$4" >"$work/diff"; then
		echo "$1 (<) and $3 (>) differ:" >&2
		cat "$work/diff" >&2
		failed=1
	fi
}

# The prototypes without the comments between them.
sed 's|/\*.*\*/||; /\/\*/,/\*\//d' "$top/tools/libfmap/fmap.h" | grep -oE '\<fmap_[a-z_]+\(' |
	tr -d '(' | sort -u >"$work/header"
sed -n 's/^[[:space:]]*\(fmap_[a-z_]*\);$/\1/p' "$top/tools/libfmap/libfmap.map" |
	sort >"$work/map"
same fmap.h "$work/header" libfmap.map "$work/map"
grep -oE '\<fmap_[a-z_]+ ?\(' "$top/tools/libfmap/libfmap.3" | tr -d ' (' | sort -u >"$work/page"
same fmap.h "$work/header" libfmap.3 "$work/page"
if [ -f "$top/debian/libfmap1.symbols" ]; then
	sed -n 's/^ \(fmap_[a-z_]*\)@.*/\1/p' "$top/debian/libfmap1.symbols" | sort >"$work/symbols"
	same fmap.h "$work/header" debian/libfmap1.symbols "$work/symbols"
fi

sed -n '/^static const struct option own_options/,/^};/s/.*{ "\([a-z-]*\)",.*/--\1/p' \
	"$top/tools/fmapd/options.c" | sort >"$work/options"
sed -n 's/\\-/-/g; /^\.B[RI]* .*--/p' "$top/tools/fmapd/fmapd.8" | grep -oE -- '--[a-z-]+' |
	sort -u >"$work/man"
# Only the list that is offered: some of them stand elsewhere, too.
sed -n '/compgen -W .-f/,/-- "$cur"/p' "$top/tools/fmapd/fmapd.bash-completion" |
	grep -oE -- '--[a-z][a-z-]+' | sort -u >"$work/completion"
same "fmapd's options" "$work/options" fmapd.8 "$work/man"
same "fmapd's options" "$work/options" fmapd.bash-completion "$work/completion"

[ $failed = 0 ] && echo "$(wc -l <"$work/header") functions and $(wc -l <"$work/options") options are documented and shown"
exit $failed
