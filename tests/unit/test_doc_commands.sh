#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the documents tell to do can be done: each command line in an indented or fenced block,
# and each that stands in a sentence, is one whose program, target, options, parameters and files
# below /sys there are. Manifests are checked by fmapd, and famfsctl is run, on a machine where
# nothing is. What belongs to others, and blocks that are no commands, are in doc_commands.known.
set -u
cd "$(dirname "$0")/../.." || exit 1
known=tests/unit/doc_commands.known
famfsctl=build/unit/famfsctl
fmapd=build/fmapd-test
coherence=build/unit/famfs-coherence
for p in $famfsctl $fmapd $coherence; do [ -x "$p" ] || { echo "no $p: make unit builds it" >&2; exit 1; }; done
pages=(fuse_famfs/*.4 fsdev_dax/*.4 tools/*/*.[358])
docs=(README.md CONTRIBUTING.md lab/README.md docs/*.md tools/fmapd/README.md compat/btf/README.md "${pages[@]}")
work=$(mktemp -d "${TMPDIR:-/tmp}/doc-commands.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/machine"

failures=0 commands=0 ran=0 paths=0
at=
fail() { echo "$at: $*" >&2; failures=$((failures + 1)); }
plain() { sed 's/\\f[A-Z]//g; s/\\&//g; s/\\-/-/g; s/\\e/\\/g' "$1"; }	# of roff

# ---- what the tree has -----------------------------------------------------------------
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -pq : 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_-]*\)::\{0,1\}\( .*\)\{0,1\}$/\1/p' \
	| sort -u >"$work/targets"
$fmapd --help >"$work/fmapd" 2>&1 || { echo "fmapd --help fails" >&2; exit 1; }
plain tools/fmapd/fmapd.8 >"$work/fmapd.8"
$famfsctl --help >"$work/famfsctl" || { echo "famfsctl --help fails" >&2; exit 1; }
plain tools/famfsctl/famfsctl.8 >"$work/famfsctl.8"
plain tools/famfs-coherence/famfs-coherence.8 >"$work/coherence.8"
sed -n 's/^module_param[a-z_]*(\([a-z_]*\),.*/\1/p' fuse_famfs/*.c fuse_famfs/*/*.c >"$work/params.famfs_fuse"
sed -n 's/^module_param[a-z_]*(\([a-z_]*\),.*/\1/p' fsdev_dax/*.c fsdev_dax/*/*.c >"$work/params.fsdev_dax"
sed -n 's/.*DEVICE_ATTR_R[OW](\([a-z_]*\)).*/\1/p' fsdev_dax/*/*.c >"$work/device"
sed -n 's/^FAMFS_COUNT_ATTR(\([a-z_]*\),.*/\1/p; s/.*__ATTR_RW(\([a-z_]*\)).*/\1/p' fuse_famfs/tell/counts.c >"$work/counts"
sed -n 's/^.{ "\([a-z]*\)", &famfs_[a-z]*_ops },$/\1/p; s/.*debugfs_create_file("\([a-z]*\)",.*/\1/p' \
	fuse_famfs/show/debugfs.c >"$work/debugfs"
sed -n 's/^TRACE_EVENT(\([a-z_]*\),$/\1/p' fuse_famfs/tell/trace.h >"$work/events"
for f in targets params.famfs_fuse params.fsdev_dax device counts debugfs events; do
	[ -s "$work/$f" ] || { echo "nothing was found for \"$f\" in the sources" >&2; exit 1; }
done
has() { grep -qxF -- "$2" "$work/$1"; }

# All that the modules show is in docs/abi.md and in the module's manual page.
at=docs/abi.md
for f in params.famfs_fuse device params.fsdev_dax counts debugfs events; do
	case $f in device | *fsdev*) page=fsdev_dax/fsdev_dax.4 ;; *) page=fuse_famfs/famfs_fuse.4 ;; esac
	while read -r name; do
		grep -qE "[\`/*]${name}[\`*]" docs/abi.md || fail "$name is not in it"
		plain $page | grep -qw -- "$name" || fail "$name is not in $page"
	done <"$work/$f"
done

# ---- files below /sys ------------------------------------------------------------------
sys_path() {
	local p=$1 dev
	paths=$((paths + 1))
	dev=$(sed -E 's,/dax([0-9]+\.[0-9]+|X\.Y)(/|$),/DEV\2,' <<<"$p")
	case $dev in
	/sys/bus/dax/devices/DEV/*) ! has device "${dev##*/}" || return 0 ;;
	/sys/fs/famfs_fuse | /sys/kernel/debug/famfs_fuse) return 0 ;;
	/sys/fs/famfs_fuse/*) [ -z "${p##*/}" ] || has counts "${p##*/}" || fail "$p: there is no such file"; return ;;
	/sys/kernel/debug/famfs_fuse/*)
		[ -z "${p##*/}" ] || has debugfs "${p##*/}" || fail "$p: there is no such file"; return ;;
	/sys/module/*/parameters/*)
		p=${p#/sys/module/}
		has "params.${p%%/*}" "${p##*/}" 2>/dev/null || fail "$1: there is no such parameter"; return ;;
	/sys/kernel/tracing/events/famfs_fuse/*)
		p=${p#*/famfs_fuse/}
		[ "$p" = enable ] || has events "${p%%/*}" || fail "$1: there is no such event"; return ;;
	esac
	while IFS=$'\t' read -r p _; do
		# shellcheck disable=SC2053
		[[ $dev == ${p#path } ]] && return
	done < <(grep '^path ' $known)
	fail "$1: neither the modules nor, as far as $known knows, the kernel has this file"
}

# ---- commands --------------------------------------------------------------------------
# The words of a command are those of the array w.
check_make() {
	local word
	for word in "${w[@]:1}"; do
		case $word in
		*=*) grep -rqE -- "(^|[^A-Z_])${word%%=*}([^A-Z_]|$)" Makefile compat/compat.mk tools/*.mk tests/*.mk \
			lab/*.mk lab/lib.sh lab/matrix packaging tests/vm/run || fail "make ${w[*]:1}: nobody reads ${word%%=*}" ;;
		-*) fail "make $word: this option is not known here" ;;
		*) has targets "$word" || fail "make $word: there is no such target" ;;
		esac
	done
}
# Run on a machine where nothing is it fails, but not for its usage; its options are in its manual.
check_famfsctl() {
	local word args=() status
	for word in "${w[@]:1}"; do
		[ "$word" != OFFSET ] || word=4096
		args+=("$word")
		case $word in -*) grep -qE -- "(^|[^a-z-])${word%%=*}([^a-z-]|$)" "$work/famfsctl.8" ||
			fail "famfsctl $word: famfsctl(8) has no such option" ;; esac
	done
	case ${w[1]:-} in
	-*) ;;
	*) grep -q "^  ${w[1]} " "$work/famfsctl" || { fail "famfsctl ${w[1]}: there is no such command"; return; }
		# A command that is only named has no arguments.
		[ ${#w[@]} -gt 2 ] || return 0 ;;
	esac
	timeout 60 $famfsctl --root "$work/machine" "${args[@]}" >"$work/out" 2>&1 </dev/null
	status=$?
	ran=$((ran + 1))
	case $status in 0 | 1 | 3) ;; *) fail "${w[*]}: status $status: $(head -n 1 "$work/out")" ;; esac
}
# On a file that there is not it ends with 3, unless it is called wrongly.
check_coherence() {
	local word args=() status
	for word in "${w[@]:1}"; do
		case $word in
		-*) grep -qF -- "${word%%=*}" "$work/coherence.8" || fail "$word: famfs-coherence(8) has no such option" ;;
		/*) word=$work/nowhere ;;
		esac
		args+=("$word")
	done
	# A command that is only named has no arguments.
	[ ${#args[@]} -gt 1 ] || return 0
	timeout 60 $coherence "${args[@]}" >"$work/out" 2>&1 </dev/null
	status=$?
	ran=$((ran + 1))
	[ $status = 3 ] || fail "${w[*]}: status $status: $(head -n 1 "$work/out")"
}
# A manifest whose devices are nowhere: 4 says that it is good but for that.
check_manifest() {
	local out status
	out=$(sed 's|/dev/|/nowhere/|' "$1" >"$work/manifest"; $fmapd --check "$work/manifest" 2>&1)
	status=$?
	ran=$((ran + 1))
	[ $status = 4 ] || fail "fmapd --check of this manifest: status $status: $out"
}
check_fmapd() {
	local word
	for word in "${w[@]:1}"; do
		case $word in
		-*) grep -qE -- "(^|[ ,])${word%%=*}([ =,]|$)" "$work/fmapd" || fail "fmapd $word: there is no such option"
			grep -qF -- "${word%%=*}" "$work/fmapd.8" || fail "fmapd $word: fmapd(8) has no such option" ;;
		/*) ;;
		*) [ ! -f "$work/files/$word" ] || check_manifest "$work/files/$word" ;;
		esac
	done
}
check_modprobe() {
	local word module=
	for word in "${w[@]:1}"; do
		case $word in
		-a | -r) ;;
		*=*) has "params.$module" "${word%%=*}" || fail "$module has no parameter ${word%%=*}" ;;
		famfs_fuse | fsdev_dax) module=$word ;;
		*) word_in "$word" "$(sed -n 's/^modules \(.*\)\t.*/\1/p' $known)" || fail "modprobe $word: this is no module of ours" ;;
		esac
	done
}
check_systemctl() {
	local word
	for word in "${w[@]:1}"; do
		case $word in
		enable | --now | reload | daemon-reload | status | stop) ;;
		*@*) [ -e "tools/systemd/${word%%@*}@.service" ] || fail "systemctl $word: there is no such unit" ;;
		*) fail "systemctl $word: this is not known here" ;;
		esac
	done
}
check_famfs_mode() {
	case ${w[1]:-} in
	identify | match | apply) grep -q "usage: famfs-mode.*${w[1]}" tools/famfs-mode/famfs-mode ||
		fail "famfs-mode has no ${w[1]}" ;;
	*) fail "famfs-mode ${w[1]:-}: this is not known" ;;
	esac
}
# Somebody else's: by the table.
check_other() {
	local line subs opts word first=1
	line=$(grep -m 1 "^program ${w[0]}"$'\t' $known) || { fail "${w[0]}: this program is not known"; return; }
	echo "program ${w[0]}" >>"$work/used"
	IFS=$'\t' read -r _ subs opts _ <<<"$line"
	for word in "${w[@]:1}"; do
		case $word in
		-*) word_in "$word" "$opts" || fail "${w[0]} $word: $known has no such option of it" ;;
		*) [ $first = 0 ] || [ "$subs" = - ] || word_in "$word" "$subs" ||
				fail "${w[0]} $word: $known has no such command of it"
			first=0 ;;
		esac
	done
}
word_in() {
	local one list
	read -ra list <<<"$2"
	# shellcheck disable=SC2053
	for one in "${list[@]}"; do [[ $1 != $one ]] || return 0; done
	return 1
}
ours() { case $1 in make | famfsctl | famfs-coherence | fmapd | modprobe | systemctl | echo | */famfs-mode | famfs-mode | \
	tests/*) return 0 ;; esac; grep -q "^program $1"$'\t' $known; }

# command_line TEXT: each command of a line; what is in quotes is one word.
command_line() {
	local line=$1 inner part
	line=$(sed -E "s/(^|[[:space:]]+)#.*//; s/'[^']*'/QUOTED/g; s/\"[^\"]*\"/QUOTED/g; s/ \[([A-Z]+=[^]]*)\]/ \1/g" <<<"$line")
	while [[ $line =~ \$\(([^()]*)\) ]]; do
		inner=${BASH_REMATCH[1]}
		line=${line/"\$($inner)"/VALUE}
		command_line "$inner"
	done
	while IFS= read -r part; do
		# Where it goes is no word; files below /sys are looked for in all the text.
		part=$(sed -E 's/[0-9]*>+ *[^ ]+//g; s/<+ *[^ ]+//g' <<<"$part")
		set -f
		# shellcheck disable=SC2206
		w=($part)
		set +f
		while [[ ${w[0]:-} == @(until|while|do|if|then|!) ]]; do w=("${w[@]:1}"); done
		case ${w[0]:-} in '' | 'done') continue ;; esac
		commands=$((commands + 1))
		case ${w[0]} in
		make) check_make ;;
		famfsctl) check_famfsctl ;;
		famfs-coherence) check_coherence ;;
		fmapd) check_fmapd ;;
		modprobe) check_modprobe ;;
		systemctl) check_systemctl ;;
		echo) ;;
		famfs-mode | */famfs-mode) check_famfs_mode ;;
		tests/*) [ -x "${w[0]}" ] || fail "there is no ${w[0]}" ;;
		*) check_other ;;
		esac
	done < <(sed -E 's/ *(&&|\|\||[|;&]) */\n/g' <<<"$line")
}

# ---- blocks ----------------------------------------------------------------------------
exception() {	# is the block that begins with $2 no command, by the table?
	local doc first why
	while IFS=$'\t' read -r doc first why; do
		# shellcheck disable=SC2053
		[[ ${doc#text } = "$1" && $2 == $first ]] || continue
		[ -n "$why" ] || fail "$known: \"$first\" has no reason"
		echo "text $1 $first" >>"$work/used"
		return 0
	done < <(grep '^text ' $known)
	return 1
}
# block FILE LINE...: with "NUMBER TEXT" for each line.
block() {
	local file=$1 first=${2#* } line n end='' here
	shift
	at=$file:${1%% *}
	first=${first#"${first%%[! ]*}"}
	rm -rf "$work/files" && mkdir "$work/files"
	! exception "$file" "$first" || return 0
	case $first in
	# What the kernel, a build or fmapd says (test_messages.sh), and lines of debugfs.
	layoutgen:\ * | famfs_fuse:\ * | fsdev_dax:\ * | famfs:\ * | fmapd:\ /*) return ;;
	[0-9]*:[0-9]*\ [a-z_]*=* | ago_ms=*) return ;;
	*\ fuse.fmapd\ *)
		while read -r line; do
			case $line in nosuid | nodev | noauto | nofail | ro | noatime | x-systemd.*) ;;
			*) grep -qF -- " --$line" "$work/fmapd" || fail "option $line of fuse.fmapd is not known" ;; esac
		done < <(awk '{ print $4 }' <<<"$first" | tr , '\n')
		return ;;
	'# /etc/famfs/modes.d/'*)
		for line; do
			at=$file:${line%% *} line=${line#* }
			case $line in '#'* | '') ;; *=*) grep -qE "(^|[ 	|])${line%%=*}[)|]" tools/famfs-mode/famfs-mode ||
				fail "famfs-mode knows no key ${line%%=*}" ;; *) fail "\"$line\" is no KEY=VALUE" ;; esac
		done
		return ;;
	'# /etc/famfs/'*.manifest | '# index and device'* | device\ [0-9]*)
		for line; do printf '%s\n' "${line#* }"; done >"$work/files/block"
		check_manifest "$work/files/block"
		return ;;
	esac
	for line; do
		n=${line%% *} line=${line#* }
		at=$file:$n
		if [ -n "$end" ]; then
			if [ "$line" = "$end" ]; then end=; else printf '%s\n' "$line" >>"$work/files/$here"; fi
			continue
		fi
		[ -n "$line" ] || continue
		if [[ $line =~ ^cat\ \>\ ([a-z.]+)\ \<\<([A-Z]+)$ ]]; then
			here=${BASH_REMATCH[1]} end=${BASH_REMATCH[2]}
		elif [[ $line =~ ^printf\ \'(.*)\'\ \>\ ([a-z]+)$ ]]; then
			printf '%b' "${BASH_REMATCH[1]}" >"$work/files/${BASH_REMATCH[2]}"
		fi
		command_line "$line"
	done
}

# Of each document: "B NUMBER BLOCK TEXT" a line of a block, "S NUMBER TEXT" words of a sentence that
# are set as code. A ```c block is no command; test_doc_example.sh looks at it.
split_md() {
	awk '
	function flush(   n, i, p, line, t) {
		n = split(para, p, "`"); line = start
		for (i = 1; i <= n; i++) {
			if (i % 2 == 0) { t = p[i]; gsub(/ *\n */, " ", t); print "S " line " " t }
			line += gsub(/\n/, "\n", p[i])
		}
		para = ""
	}
	/^```/ { flush(); fence = fence ? "" : $0; nblock++; next }
	fence == "```c" { next }
	fence { print "B " FNR " " nblock " " $0; next }
	/^[ \t]*$/ { flush(); blank = 1; next }
	/^    / && (blank || inblock) && !list {
		if (!inblock) nblock++
		print "B " FNR " " nblock " " substr($0, 5); inblock = 1; blank = 0; next }
	{ inblock = blank = 0; if (para == "") start = FNR; para = para $0 "\n" }
	END { flush() }' "$1"
}
split_man() {
	plain "$1" | awk '
	/^\.nf/ { on = 1; nblock++; next }
	/^\.fi/ { on = 0; next }
	on { sub(/^    /, ""); print "B " FNR " " nblock " " $0; next }
	/^\.(B|BR|RB) / && /"/ { n = split($0, p, "\""); for (i = 2; i <= n; i += 2) print "S " FNR " " p[i]; next }
	/^\.B / { sub(/^\.B /, ""); print "S " FNR " " $0 }'
}

: >"$work/used"
for doc in "${docs[@]}"; do
	case $doc in *.md) split_md "$doc" >"$work/split" ;; *) split_man "$doc" >"$work/split" ;; esac
	lines=() last=
	while read -r kind n rest; do
		[ "$kind" = B ] || continue
		if [ "${rest%% *}" != "$last" ] && [ ${#lines[@]} -gt 0 ]; then block "$doc" "${lines[@]}"; lines=(); fi
		last=${rest%% *}
		[[ $rest == *\ * ]] || rest="$rest "
		lines+=("$n ${rest#* }")
	done < <(sed 's/[[:space:]]*$//' "$work/split")
	[ ${#lines[@]} = 0 ] || block "$doc" "${lines[@]}"
	rm -rf "$work/files"
	while read -r kind n rest; do
		[ "$kind" = S ] || continue
		at=$doc:$n
		case $rest in *\ *) ! ours "${rest%% *}" || command_line "$rest" ;; esac
	done <"$work/split"
	while IFS=: read -r n rest; do
		at=$doc:$n
		rest=${rest%%[.,]}
		sys_path "$rest"
	done < <(plain "$doc" | grep -noE '(^|[^A-Za-z_])/sys/[]A-Za-z0-9_./[-]+' | sed -E 's,:[^/],:,')
done
at=$known
while IFS=$'\t' read -r one rest _; do
	case $one in
	text\ *) grep -qxF -- "$one $rest" "$work/used" || fail "\"$one $rest\" is needed no more" ;;
	program\ *) grep -qxF -- "$one" "$work/used" || fail "\"$one\" is needed no more" ;;
	esac
done <$known
at=$0
if [ $commands -lt 100 ] || [ $paths -lt 30 ] || [ $ran -lt 8 ]; then fail "only $commands commands, $paths paths and $ran runs were found"; fi
[ $failures = 0 ] || { echo "documents: $failures things that are not so" >&2; exit 1; }
echo "${#docs[@]} documents: $commands commands and $paths files below /sys are known, $ran were run"
