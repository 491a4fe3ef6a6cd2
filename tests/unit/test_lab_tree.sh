#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the lab makes of somebody's kernel tree, here one of a few files: its name, what counts as
# a change, a copy that follows the tree, and the tree left as it was; and which options are
# asked for.
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LAB_CACHE=$work/cache
failed=0
tree=$work/linux

wrong() { echo "$*" >&2; failed=1; }
same() { [ "$2" = "$3" ] || wrong "$1: got '$2', wanted '$3'"; }

# lab COMMANDS [ARGUMENT...]: with the arguments of tests/vm/run read.
# shellcheck disable=SC2016
lab() {
	bash -c '
		. "$1/lab/lib.sh"
		commands=$2; shift 2
		kernels_and_test "$@"
		[ ${#names[@]} = 0 ] || kernel_load "${names[0]}"
		eval "$commands"
	' bash "$top" "$@" 2>&1
}
# shellcheck disable=SC2016
state() { lab 'echo "$TREE_STATE"' "TREE=$tree"; }
# shellcheck disable=SC2016
copied() { lab 'tree_sync >/dev/null; cd "$K_DIR" && find . \( -type f -o -type l \) | sort | xargs' "TREE=$tree"; }
refused() {	# WHAT PATTERN ARGUMENT...
	local said
	if said=$(lab : "${@:3}"); then wrong "$1: accepted"; fi
	[ "$(wc -l <<<"$said")" = 1 ] || wrong "$1: more than a line: $said"
	grep -q -- "$2" <<<"$said" || wrong "$1: no '$2' in: $said"
}

mkdir -p "$tree/fs/fuse" "$tree/include/config" "$tree/scripts"
printf 'kernelversion:\n\t@echo 6.18.9-rc1\n' >"$tree/Makefile"
touch "$tree"/{Kconfig,Kbuild,fs/fuse/{Kconfig,dev.c}}
ln -s ../fs "$tree/scripts/link"

# shellcheck disable=SC2016
show='echo "$K_NAME $K_SUITE $K_FLAVOURS ${K_LOCALVERSION%-*}"'
same "the default" "$(lab "$show" "TREE=$tree")" "6.18.9-rc1-debian trixie debian -debian"
same "flavours" "$(lab "$show" "TREE=$tree" FLAVOUR=fedora,nofusedax TREE_SUITE=bookworm)" \
	"6.18.9-rc1-fedora-nofusedax bookworm fedora,nofusedax -fedora-nofusedax"
refused "an unknown flavour" "no flavour 'other'" "TREE=$tree" FLAVOUR=fedora,other
refused "a file's path as flavour" "no flavour" "TREE=$tree" FLAVOUR=../stock
refused "no directory" "no such directory" "TREE=$tree/none"
refused "another directory" "is no source tree" "TREE=$work"
mkdir "$work/a b"
cp -a "$tree" "$work/a b/linux"
refused "an unknown suite" "the lab knows bookworm" "TREE=$tree" TREE_SUITE=none
refused "a flavour of nothing" "TREE=PATH" FLAVOUR=fedora
refused "a blank" "a blank" "TREE=$work/a b/linux"

# The same twice; another time after a change, and in another flavour.
first=$(state)
same "an unchanged tree" "$(state)" "$first"
touch -d @1 "$tree/fs/fuse/dev.c"
second=$(state)
[ "$second" != "$first" ] || wrong "a changed file is not seen"
# shellcheck disable=SC2016
[ "$(lab 'echo "$TREE_STATE"' "TREE=$tree" FLAVOUR=fedora)" != "$second" ] || wrong "a flavour makes no difference"
# What somebody's build leaves is no part of it.
touch "$tree"/{.config,vmlinux,fs/fuse/dev.o,fs/fuse/.dev.o.cmd,include/config/auto.conf}
same "a tree in which somebody built" "$(state)" "$second"

all="./Kbuild ./Kconfig ./Makefile ./fs/fuse/Kconfig ./fs/fuse/dev.c ./scripts/link"
same "a copy" "$(copied)" "$all"
rm "$tree/fs/fuse/dev.c"
echo new >"$tree/fs/fuse/file.c"
touch -d @2 "$tree/fs/fuse/file.c"
same "a copy that follows" "$(copied)" "${all/dev.c/file.c}"
copy=$(echo "$LAB_CACHE"/tree/linux-debian-*/fs/fuse)
touch -d @1000000000 "$copy/file.o"
[ "$copy/file.c" -nt "$copy/file.o" ] || wrong "an old file that is new in the tree is old for make"
case " $(copied) " in *" ./fs/fuse/file.o "*) ;; *) wrong "what was built in the copy is gone" ;; esac

# With git it is the commit that counts, what differs from it, and nothing that git ignores.
if command -v git >/dev/null; then
	g() { git -C "$tree" -c user.name=a -c user.email=a@b "$@" >/dev/null; }
	printf '*.o\n.*\nvmlinux\ninclude/config\n' >"$tree/.gitignore"
	g init -q && g add . && g commit -q -m a
	index=$(sha256sum <"$tree/.git/index")
	first=$(state)
	touch "$tree/fs/fuse/file.c"
	echo >"$tree/fs/fuse/other.o"
	same "a commit whose files have other times" "$(state)" "$first"
	same "the index of somebody's tree" "$(sha256sum <"$tree/.git/index")" "$index"
	echo more >>"$tree/fs/fuse/file.c"
	second=$(state)
	[ "$second" != "$first" ] || wrong "git: a change is not seen"
	g commit -q -a -m b
	[ "$(state)" != "$first" ] || wrong "git: a commit is not seen"
	g reset -q --hard HEAD^
	same "git: back again" "$(state)" "$first"
	echo >"$tree/fs/fuse/untracked.c"
	[ "$(state)" != "$first" ] || wrong "git: a new file is not seen"
	case " $(copied) " in *" ./fs/fuse/untracked.c "*) ;; *) wrong "git: a new file is not copied" ;; esac
fi

# wanted VERSION: of these lines.
cat >"$work/fragments" <<'END'
# CONFIG_WORDS are not options
CONFIG_A=y
CONFIG_B=y	# before 6.14
# since 6.14
CONFIG_C=y
CONFIG_D=y
CONFIG_A=m
# CONFIG_D is not set
CONFIG_B=m	# since 7.0
# before 6.14
# a line between
CONFIG_E="a # b"
END
wanted() { lab "wanted_options $1 <$work/fragments | xargs -d '\n' -I {} printf '%s;' {}"; }
same "6.1" "$(wanted 6.1.100)" 'CONFIG_A=m;CONFIG_B=y;# CONFIG_D is not set;CONFIG_E="a # b";'
same "6.18" "$(wanted 6.18.9)" 'CONFIG_A=m;CONFIG_C=y;# CONFIG_D is not set;CONFIG_E="a # b";'
same "7.0" "$(wanted 7.0.0-rc1)" 'CONFIG_A=m;CONFIG_C=y;# CONFIG_D is not set;CONFIG_B=m;CONFIG_E="a # b";'

[ $failed = 0 ] && echo "kernel trees: ok"
exit $failed
