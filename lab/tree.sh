# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034
# Kernels of a source tree that somebody has. Sourced by lab/lib.sh.
#
# Such a kernel is known by a line as in lab/kernels, whose third field is tree:PATH and whose
# last one, after the use, are its flavours. A flavour is a file lab/flavours/NAME.config: how
# the kernels of a distribution differ from what lab/config/*.config and lab/stock.config
# say; of several, by commas, the last word counts. In a comment there, "packages: ..." are what a
# compilation needs beside the usual, "make: ..." arguments of make.
# The tree itself is only read: a copy is compiled, in LAB_CACHE/tree.

TREE_FLAVOUR=debian
TREE_SUITE_DEFAULT=trixie

# tree_add PATH FLAVOURS SUITE: have a kernel of that tree, in `names` too. Its name is
# VERSION-FLAVOURS.
tree_add() {
	local path flavours=${2:-$TREE_FLAVOUR} suite=${3:-$TREE_SUITE_DEFAULT} version name
	path=$(realpath -e -- "$1" 2>/dev/null) || die "TREE=$1: there is no such directory"
	tree_check "$path"
	flavours_check "$flavours"
	suite_names | grep -qxF -- "$suite" || die "TREE_SUITE=$suite: the lab knows $(suite_names | xargs)"
	# Without what this make tells those that it starts.
	version=$(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -s --no-print-directory -C "$path" kernelversion 2>/dev/null) || version=
	[[ $version =~ ^[0-9]+\.[0-9]+[A-Za-z0-9._+~-]*$ ]] || die "TREE=$1: make kernelversion says '$version' there"
	name=$version-${flavours//,/-}
	names+=("$name")
	LAB_TREES+="${LAB_TREES:+$'\n'}$name $suite tree:$path - $flavours"
	export LAB_TREES
}

tree_check() {
	case $1 in *[[:space:]]*) die "$1: make cannot work below a path with a blank" ;; esac
	local f
	for f in Makefile Kconfig Kbuild fs/fuse/Kconfig; do
		[ -f "$1/$f" ] || die "$1 is no source tree of a kernel: it has no $f"
	done
}

flavours_check() {
	local f
	for f in ${1//,/ }; do
		if ! [[ $f =~ ^[a-z0-9]+$ ]] || [ ! -f "$SRC/lab/flavours/$f.config" ]; then
			die "no flavour '$f'; known: $(basename -s .config "$SRC"/lab/flavours/*.config | xargs)"
		fi
	done
}

flavour_files() {
	local f
	for f in ${K_FLAVOURS//,/ }; do echo "$SRC/lab/flavours/$f.config"; done
}
flavour_says() { flavour_files | xargs sed -n "s/^# $1: *//p"; }
tree_config() { cat "$SRC"/lab/config/*.config "$SRC/lab/stock.config"; }

# wanted_options VERSION: of fragments of a configuration, the last word on each option. A line
# that ends in "# since 6.14" or "# before 7.0" is for those versions; so is one below a line of
# just that.
wanted_options() {
	awk -v have="$1" '
		function key(v,  p) { split(v, p, "."); return p[1] * 1000 + p[2] }
		/^# (since|before) [0-9.]+$/ { above = $0; next }
		/^CONFIG_/ || /^# CONFIG_[A-Za-z0-9_]+ is not set/ {
			cond = above; above = ""
			if (match($0, /[ \t]*# (since|before) [0-9.]+$/)) {
				cond = cond substr($0, RSTART); $0 = substr($0, 1, RSTART - 1)
			}
			n = split(cond, word, /[# \t]+/)
			for (i = 1; i < n; i++) {
				if (word[i] == "since" && key(word[i + 1]) > key(have)) next
				if (word[i] == "before" && key(word[i + 1]) <= key(have)) next
			}
			name = /^#/ ? $2 : substr($0, 1, index($0, "=") - 1)
			if (!(name in last)) order[++count] = name
			last[name] = $0
			next
		}
		{ above = "" }
		END { for (i = 1; i <= count; i++) print last[order[i]] }'
}

# kernel_load for a line with tree:PATH.
tree_load() {
	local at
	K_TREE=${K_PATTERN#tree:} K_PATTERN='' K_FLAVOURS=${K_FLAVOURS:-$TREE_FLAVOUR}
	tree_check "$K_TREE"
	flavours_check "$K_FLAVOURS"
	# What is compiled stays where it is when the tree's version changes, and make does the rest.
	at=$(basename "$K_TREE")-${K_FLAVOURS//,/-}-$(sha256sum <<<"$K_TREE $K_SUITE" | cut -c1-6)
	K_DIR=$LAB_CACHE/tree/$at K_INSIDE=$COMPILED/tree/$at K_RELEASED=$LAB_CACHE/tree/$at.release
	read -r -a K_MAKE <<<"$(flavour_says make | xargs)"
	tree_state_load
	K_LOCALVERSION=-${K_FLAVOURS//,/-}-$TREE_STATE
}

# A run has the tree as it was when it began: the state it was in then is in LAB_TREE_STATES. Trees
# at two places, and in two suites, never have the same: each has a kernel of its own.
tree_state_load() {
	local line key="$K_TREE $K_SUITE $K_FLAVOURS"
	while IFS= read -r line; do
		[ "${line% *}" != "$key" ] || { TREE_STATE=${line##* }; return; }
	done <<<"${LAB_TREE_STATES:-}"
	TREE_STATE=$({
		echo "$key"
		tree_identity "$K_TREE"
		{ tree_config; flavour_files | xargs cat; } | grep CONFIG_
	} | sha256sum | cut -c1-8)
	LAB_TREE_STATES="${LAB_TREE_STATES:+$LAB_TREE_STATES$'\n'}$key $TREE_STATE"
	export LAB_TREE_STATES
}

# git never refreshes the index of somebody's tree here.
tree_git() { GIT_OPTIONAL_LOCKS=0 git -C "$1" -c safe.directory='*' "${@:2}"; }
is_git() { [ -e "$1/.git" ] && tree_git "$1" rev-parse -q --verify 'HEAD^{tree}' >/dev/null 2>&1; }

# What the tree is: the same for two checkouts of a commit, or a digest of names, sizes and times.
tree_identity() {
	local index
	if is_git "$1"; then
		index=$(mktemp)
		cp "$(cd "$1" && realpath "$(tree_git . rev-parse --git-path index)")" "$index"
		tree_git "$1" rev-parse 'HEAD^{tree}'
		GIT_INDEX_FILE=$index tree_git "$1" diff --no-ext-diff HEAD
		tree_git "$1" ls-files -zo --exclude-standard | (cd "$1" && xargs -0r sha256sum --)
		rm -f "$index"
	else
		tree_list "$1"
	fi
}

# The tree's files without what a build leaves behind; NUL-separated.
tree_files() {
	if is_git "$1"; then
		tree_git "$1" ls-files -zco --exclude-standard
	else
		(cd "$1" && find . \( -name .git -o -path ./include/config -o -path ./include/generated \
			-o -path './arch/*/include/generated' \) -prune -o \( -type f -o -type l \) \
			! -name '.*.cmd' ! -name '.*.d' ! -name '.tmp*' ! -path './.config*' \
			! -name '*.o' ! -name '*.ko' ! -name '*.a' ! -name '*.mod' ! -name '*.mod.c' \
			! -name vmlinux ! -path './vmlinux*' ! -name '*[bz]Image' ! -name modules.order \
			! -path './modules.*' ! -path './System.map' ! -path './Module.symvers' -print0)
	fi
}
# A line a file, in an order: size, time, kind, and after a tab its name.
tree_list() {
	tree_files "$1" | (cd "$1" && xargs -0r stat -c $'%s %.Y %f\t%n' -- 2>/dev/null || true) | sort
}

# tree_sync: K_DIR shall have the files of K_TREE; what is new there is new for make. Prints how
# many. The list is written last: what was interrupted is done again.
tree_sync() {
	local list=$K_DIR.files work=$K_DIR.new
	mkdir -p "$K_DIR" "$work"
	touch "$list"
	tree_list "$K_TREE" >"$work/now"
	comm -23 <(cut -f 2- "$list" | sort) <(cut -f 2- "$work/now" | sort) | tr '\n' '\0' |
		(cd "$K_DIR" && xargs -0r rm -f --)
	comm -13 "$list" "$work/now" | cut -f 2- >"$work/new"
	tar -C "$K_TREE" --no-recursion --verbatim-files-from -T "$work/new" -cf - |
		tar -C "$K_DIR" -m --no-same-owner -xf -
	wc -l <"$work/new"
	mv "$work/now" "$list"
	rm -r "$work"
}
