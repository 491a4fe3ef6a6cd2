# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Several machines with one memory between them, and a line to each that takes commands: the host's
# half of tests/vm/runner/control.sh. Sourced after lab/lib.sh and lab/accel.sh.
#
# hosts_begin makes $hosts, a directory with all that the machines have: the shared memory is a
# sparse file in it. The caller's exit trap has to give it to hosts_end.

HOSTS_MEMORY=1G
declare -A HOST_IN HOST_OUT HOST_KERNEL HOST_PID

hosts_begin() {
	mkdir -p "$LAB_CACHE/run"
	hosts=$(mktemp -d "$LAB_CACHE/run/hosts.XXXXXX")
	truncate -s $HOSTS_MEMORY "$hosts/memory"
	printf 'MODE=control\nexport LAB_SLOW=%s\n' "${LAB_SLOW:-1}" >"$hosts/conf"
}
hosts_end() {
	local h
	for h in "${!HOST_PID[@]}"; do host_kill "$h"; done
	rm -rf "$hosts"
}

# hosts_image KERNEL: for machines with that kernel.
hosts_image() { [ -s "$hosts/initrd-$1" ] || "$TOP/lab/image" "$1" "$hosts/initrd-$1" "$hosts/conf"; }

# host_boot HOST KERNEL: returns at once; host_ready waits for it.
host_boot() {
	local dir=$hosts/$1 in out
	HOST_KERNEL[$1]=$2
	mkdir -p "$dir"
	rm -f "$dir"/{in,out,pid}
	mkfifo "$dir/in" "$dir/out"
	LAB_SHARED=$hosts/memory "$TOP/lab/boot" "$2" "$hosts/initrd-$2" "$dir/console" control \
		<"$dir/in" >"$dir/out" 2>&1 &
	HOST_PID[$1]=$!
	# Its end is looked for, and told, elsewhere.
	disown $!
	exec {in}>"$dir/in" {out}<"$dir/out"
	HOST_IN[$1]=$in HOST_OUT[$1]=$out
}
# host_ready HOST: waits for its first word.
host_ready() {
	local line said=
	while IFS= read -r -t $((120 * ${LAB_SLOW:-1})) line <&"${HOST_OUT[$1]}"; do
		line=${line%$'\r'}
		[ "$line" != @ready ] || return 0
		said+=$line$'\n'
	done
	printf '%s' "$said"
	log_tail "$hosts/$1/console" 30 2>&1
	return 1
}
# host_kill HOST: at once, as if its power failed. Its number could be somebody else's by now.
host_kill() {
	local pid
	for pid in $(cat "$hosts/$1/pid" 2>/dev/null) ${HOST_PID[$1]:-}; do
		! grep -qF "$hosts/" "/proc/$pid/cmdline" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
	done
	rm -f "$hosts/$1/pid"
}

# host_tell HOST COMMAND: returns at once. host_hear HOST [SECONDS]: the output of what it was told,
# and its status; 125 if nothing is heard for so long (120, times LAB_SLOW) or it is gone.
host_tell() { printf '%s\n' "$2" >&"${HOST_IN[$1]}"; }
host_hear() {
	local line
	while IFS= read -r -t $((${2:-120} * ${LAB_SLOW:-1})) line <&"${HOST_OUT[$1]}"; do
		line=${line%$'\r'}
		case $line in
		"| "*) printf '%s\n' "${line#| }" ;;
		"@done "*) return "${line#@done }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	echo "nothing is heard of host $1"
	return 125
}

# host_complaint HOST: what its console has of a kernel that is not well, if anything.
host_complaint() {
	tr -d '\r' <"$hosts/$1/console" | grep -aE 'BUG:|Oops|kernel BUG|WARNING:|general protection|Kernel panic' | head -n 1
}
