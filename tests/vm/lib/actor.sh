# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Processes that a test leads step by step: see actor.c. Sourced after lib.sh.

declare -A ACTOR_PID ACTOR_TO ACTOR_FROM

# actor_start NAME...
actor_start() {
	local name to from
	for name; do
		[ -p "/tmp/actor-$name.from" ] || mkfifo "/tmp/actor-$name".{to,from}
		# The ends of others must not be kept open by this one.
		(
			for to in "${ACTOR_TO[@]}" "${ACTOR_FROM[@]}"; do exec {to}>&-; done
			exec actor <"/tmp/actor-$name.to" >"/tmp/actor-$name.from"
		) &
		ACTOR_PID[$name]=$!
		exec {to}>"/tmp/actor-$name.to" {from}<"/tmp/actor-$name.from"
		ACTOR_TO[$name]=$to
		ACTOR_FROM[$name]=$from
	done
}
# actor_tell NAME COMMAND...: do not wait for the answer.
actor_tell() { local name=$1; shift; echo "$*" >&"${ACTOR_TO[$name]}"; }
# actor_hear NAME [SECONDS]: the answer, in REPLY; "silence" if none comes. Less than a
# second is a look, and not made longer for a slow kernel.
actor_hear() {
	local limit=${2:-20}
	[[ $limit == *.* ]] || limit=$((limit * ${LAB_SLOW:-1}))
	REPLY=
	IFS= read -r -t "$limit" -u "${ACTOR_FROM[$1]}" REPLY || REPLY=silence
}
# actor_do NAME COMMAND...: the answer, in REPLY.
actor_do() { actor_tell "$@"; actor_hear "$1"; }
# act NAME WANTED COMMAND...: fail unless the answer matches the shell pattern WANTED.
act() {
	local name=$1 wanted=$2; shift 2
	actor_do "$name" "$@"
	# shellcheck disable=SC2053
	[[ $REPLY == $wanted ]] || fail "$name: $*: got '$REPLY', wanted '$wanted'"
}
# hear NAME WANTED [SECONDS]: the same for the answer to an earlier actor_tell.
hear() {
	actor_hear "$1" "${3:-20}"
	# shellcheck disable=SC2053
	[[ $REPLY == $2 ]] || fail "$1: got '$REPLY', wanted '$2'"
}
# actor_end NAME...: with all it has open and mapped.
actor_end() {
	local name
	for name; do
		act "$name" ok quit
		actor_reap "$name"
	done
}
# actor_kill NAME...: by SIGKILL; fails if it is not gone soon.
actor_kill() {
	local name
	for name; do
		kill -KILL "${ACTOR_PID[$name]}"
		wait_for 5 gone "${ACTOR_PID[$name]}" || fail "$name survives SIGKILL"
		actor_reap "$name"
	done
}
actor_reap() {
	local to=${ACTOR_TO[$1]} from=${ACTOR_FROM[$1]}
	exec {to}>&- {from}<&-
	wait "${ACTOR_PID[$1]}" 2>/dev/null
	unset "ACTOR_PID[$1]" "ACTOR_TO[$1]" "ACTOR_FROM[$1]"
	rm -f "/tmp/actor-$1".{to,from}
}
# actors_lend PATH LENGTH SIZE VALUE OFFSET LENT: `lender` maps a file by pages of that SIZE, and LENT
# bytes of it, its very pages, are in a pipe that `holder` has as well.
actors_lend() {
	[ -p /tmp/lendpipe ] || mkfifo /tmp/lendpipe
	actor_start lender holder
	act holder ok pipe /tmp/lendpipe
	act lender ok pipe /tmp/lendpipe
	act lender ok open "$1" rw
	act lender ok map 0 "$2" "$3"
	act lender ok set 0 "$2" "$4"
	act lender ok vmsplice "$5" "$6"
}
