#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016
# The map of the code in docs/architecture.md is true: each folder of a module is a layer that has
# a row there, and uses no other ones than the row lets it.
#
# Told by what files include, by the words in them, and by the symbols of their objects: of those
# that map/ and its like are made into here, and of the modules' where these were built (in the
# tree, or below $LAYERS_OBJ). At the end the same is tried with arrows that go the wrong way.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
modules="fuse_famfs fsdev_dax"

# Comments and strings out, #include lines left.
here=$PWD
strip() { awk -v bare=1 -f "$here/tests/unit/no_comments.awk" "$@"; }

# rows MODULE: its layers from the upper one down, each with those that it may use.
rows() {
	sed -n "s#^| \`$1/\([a-z]*\)/\` |.*|\([^|]*\)|\$#\1 \2#p" docs/architecture.md | tr -d '`,' |
		sed 's/ - *$//'
}

# check MODULE: lines of what is wrong.
check() {
	local m=$1 layer f own
	rows "$m" >"$work/rows"
	while read -r layer _; do
		[ -d "$m/$layer" ] || echo "docs/architecture.md: $m/$layer/ is not there"
		if [ ! -e "$m/$layer/$layer.h" ]; then
			echo "$m/$layer/ has no $layer.h"
		elif ! grep -q "^ \* $layer/: " "$m/$layer/$layer.h"; then
			echo "$m/$layer/$layer.h does not begin with what $layer/ is"
		fi
	done <"$work/rows"
	for f in "$m"/*/; do
		f=${f%/}; f=${f##*/}
		grep -q "^$f " "$work/rows" || grep -qx "$f" "$work/rows" ||
			echo "docs/architecture.md: there is no row for $m/$f/"
	done
	# Arrows go down the table, and so there is no circle.
	awk '{ for (i = 2; i <= NF; i++) { by[++n] = $1; use[n] = $i; at[n] = NR }; row[$1] = NR }
		END { for (i = 1; i <= n; i++) if (row[use[i]] <= at[i])
			print "docs/architecture.md: " by[i] "/ uses " use[i] "/, which is not below it" }' "$work/rows"

	# What each header declares: names of functions, variables, macros and enumerators. A header
	# that the layer's own includes is a part of that.
	for f in "$m"/*/*.h; do
		layer=${f%/*}; layer=${layer##*/}; own=own
		if [ "${f##*/}" = "$layer.h" ] || grep -q "^#include \"$layer/${f##*/}\"" "$m/$layer/$layer.h"; then own=; fi
		strip "$f" | sed 's/^[^:]*:[^:]*://' | awk -v layer="$layer" -v own="$own" '
			/^#define [A-Za-z]/ { name = $2; sub(/\(.*/, "", name) }
			/^extern / { name = $0; sub(/[[;=].*/, "", name); sub(/.*[ *]/, "", name) }
			/^[a-z].*\(/ && !/^(static_assert|enum|struct [a-z_]+ \{)/ {
				name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
			}
			/^TRACE_EVENT\(/ { name = $0; sub(/TRACE_EVENT\(/, "trace_", name); sub(/,.*/, "", name) }
			/^\t?(FAMFS|FMAP|FSDEV)_[A-Z_]+[ ,=]/ { name = $1; sub(/,.*/, "", name) }
			name ~ /^[A-Za-z_]/ && name !~ /_H$/ { print name, layer, own }
			{ name = "" }'
	done | sort -u >"$work/names"
	[ "$(wc -l <"$work/names")" -gt 40 ] || echo "$m: only $(wc -l <"$work/names") names were found"

	strip "$m"/*.[ch] "$m"/*/*.[ch] | awk -v m="$m" -v names="$work/names" -v rows="$work/rows" '
		BEGIN {
			while ((getline line <rows) > 0) {
				n = split(line, w, " ")
				is[w[1]] = 1
				for (i = 2; i <= n; i++) may[w[1], w[i]] = 1
			}
			while ((getline line <names) > 0) {
				split(line, w, " ")
				of[w[1]] = of[w[1]] " " w[2]
				own[w[1], w[2]] = w[3]
			}
		}
		{
			match($0, /^[^:]*:[^:]*:/)
			at = substr($0, 1, RLENGTH - 1); text = substr($0, RLENGTH + 1)
			n = split(at, p, /[\/:]/)
			here = n == 4 ? p[2] : ""
		}
		text ~ /^#include "/ {
			h = text; sub(/^#include "/, "", h); sub(/".*/, "", h)
			if (split(h, p, "/") != 2 || !(p[1] in is)) next
			if (p[1] == here) next
			if (p[2] != p[1] ".h")
				print at ": " h " is of " p[1] "/ alone"
			else if (here != "" && !((here, p[1]) in may))
				print at ": " here "/ may not use " p[1] "/, and includes " h
			else if (here == "" && at ~ /\.h:/)
				print at ": includes " h ", and is what layers begin with"
			next
		}
		here != "" && text !~ /^#/ {
			prev = ""
			while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
				word = substr(text, RSTART, RLENGTH)
				before = substr(text, 1, RSTART - 1)
				text = substr(text, RSTART + RLENGTH)
				last = prev; prev = word
				# A member, a struct, or an event, of that name.
				if (!(word in of) || before ~ /(\.|->)$/ || last ~ /^(struct|enum|TRACE_EVENT)$/)
					continue
				k = split(of[word], l, " "); ok = 0
				for (i = 1; i <= k; i++)
					if (l[i] == here || ((here, l[i]) in may && own[word, l[i]] != "own"))
						ok = 1
				if (!ok)
					print at ": " here "/ may not use " word ", which is of" of[word] "/"
			}
		}' | sort -u
}

# symbols MODULE DIR: the same of objects below DIR, in folders that are called as the sources'.
# One that is older than its source says nothing.
symbols() {
	local m=$1 dir=$2 o src layer
	rows "$m" >"$work/rows"
	for o in "$dir"/*/*.o; do
		layer=${o%/*}; layer=${layer##*/}
		src=$m/$layer/$(basename "$o" .o).c
		if [ ! -e "$src" ] || [ "$src" -nt "$o" ]; then continue; fi
		nm "$o" | awk -v l="$layer" 'NF == 2 && $1 == "U" { print "U", l, $2, FILENAME }
			NF == 3 && $2 ~ /[TDBRVWC]/ { print "D", l, $3 }' - |
			sed "s#\$# ${o#"$dir"/}#"
	done | awk -v rows="$work/rows" '
		BEGIN {
			while ((getline line <rows) > 0) {
				n = split(line, w, " ")
				for (i = 2; i <= n; i++) may[w[1], w[i]] = 1
			}
		}
		$1 == "D" { of[$3] = $2 }
		$1 == "U" { need[++k] = $2 " " $3 " " $NF }
		END {
			for (i = 1; i <= k; i++) {
				split(need[i], w, " ")
				if (w[2] in of && of[w[2]] != w[1] && !((w[1], of[w[2]]) in may))
					print w[3] ": " w[1] "/ may not use " w[2] ", which is of " of[w[2]] "/"
			}
		}'
}

failed=0
for m in $modules; do
	[ "$(rows "$m" | wc -l)" -gt 3 ] || { echo "docs/architecture.md has no layers of $m" >&2; exit 1; }
	check "$m" >"$work/wrong"
	if [ -s "$work/wrong" ]; then cat "$work/wrong" >&2; failed=1; fi
	built="no objects"
	for dir in ${LAYERS_OBJ:-.}; do
		set -- "$dir/$m"/*/*.o
		[ -e "$1" ] || continue
		symbols "$m" "$dir/$m" >"$work/wrong"
		if [ -s "$work/wrong" ]; then cat "$work/wrong" >&2; failed=1; fi
		built="$# objects"
	done
	echo "$m: $(rows "$m" | wc -l) layers, $(wc -l <"$work/names") names, $built"
done

# Pure logic asks for nothing of the module, the kernel's functions aside, which the shim has.
mkdir "$work/obj"
for f in fuse_famfs/map/*.c; do
	${CC:-cc} -std=gnu11 -O1 -Itests/shim/include -Iuapi -Ifuse_famfs -c -o "$work/obj/$(basename "$f" .c).o" "$f" ||
		failed=1
done
nm "$work"/obj/*.o | awk '$1 == "U" { u[$2] } NF == 3 { d[$3] }
	END { for (s in u) if (!(s in d) && s ~ /^(famfs|fsdev|fmap)_/) print s }' >"$work/wrong"
if [ -s "$work/wrong" ]; then
	echo "map/ is not by itself: $(cat "$work/wrong")" >&2; failed=1
fi
[ $failed = 0 ] || exit 1

# ---- what it would say of a tree that is not so ------------------------------------------------
mkdir -p "$work/tree/docs" "$work/same"
cp docs/architecture.md "$work/tree/docs/"
for m in $modules; do
	for f in "$m"/*.[ch] "$m"/*/*.[ch]; do
		mkdir -p "$work/tree/${f%/*}" && cp "$f" "$work/tree/$f"
	done
done
cp -a "$work/tree/." "$work/same/"
# notices TEXT FILE COMMAND...: COMMAND, of the text of FILE, is told in a line with TEXT.
notices() {
	local text=$1 file=$2; shift 2
	cp "$work/same/$file" "$work/tree/$file" 2>/dev/null
	"$@" <"$work/same/$file" >"$work/tree/$file"
	(cd "$work/tree" && for m in $modules; do check "$m"; done) >"$work/told"
	cp "$work/same/$file" "$work/tree/$file"
	grep -qF -- "$text" "$work/told" ||
		{ echo "not noticed: $* in $file: \"$text\"; but: $(cat "$work/told")" >&2; failed=1; }
}
notices "core/ may not use end/, and includes end/end.h" fuse_famfs/core/inodes.c sed '1a #include "end/end.h"'
notices "data/internal.h is of data/ alone" fuse_famfs/end/evict.c sed '1a #include "data/internal.h"'
notices "data/ may not use famfs_request" fuse_famfs/data/rw.c sed '$a int f(void) { return famfs_request(0, 0, 0); }'
notices "end/ may not use famfs_mapping_make" fuse_famfs/end/revoke.c sed '$a int f(void) { return famfs_mapping_make(0, 0, 0); }'
notices "hold/ may not use fsdev_probe" fsdev_dax/hold/left.c sed '$a int f(void) { return fsdev_probe(0); }'
notices "includes core/core.h, and is what layers begin with" fuse_famfs/famfs.h sed '1a #include "core/core.h"'
notices "dev/ uses proto/, which is not below it" docs/architecture.md sed 's#^\(| `fuse_famfs/dev/` .*\)|$#\1 `proto` |#'
notices "there is no row for fuse_famfs/ask/" docs/architecture.md sed '/^| `fuse_famfs\/ask\/`/d'
printf 'void famfs_wait_idle(void); void famfs_up(void) { famfs_wait_idle(); }\n' >"$work/up.c"
mkdir -p "$work/objs/data" "$work/objs/end"
printf 'void famfs_wait_idle(void); void famfs_wait_idle(void) { }\n' >"$work/down.c"
${CC:-cc} -c -o "$work/objs/data/rw.o" "$work/up.c" && ${CC:-cc} -c -o "$work/objs/end/evict.o" "$work/down.c"
symbols fuse_famfs "$work/objs" | grep -q "data/ may not use famfs_wait_idle, which is of end/" ||
	{ echo "an object's symbol is not noticed" >&2; failed=1; }
[ $failed = 0 ] && echo "nine arrows that go the wrong way are told"
exit $failed
