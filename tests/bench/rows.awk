# SPDX-License-Identifier: GPL-2.0-only
# Reads the JSON of tests/bench/json: for each row, calls row(CONTENDER, OP, LEAST) of whoever
# includes this; `about` has the other members.
function member(name,    s) {
	if (!match($0, "\"" name "\": ")) return ""
	s = substr($0, RSTART + RLENGTH)
	if (s ~ /^"/) { s = substr(s, 2); sub(/".*/, "", s) } else sub(/[,}].*/, "", s)
	return s
}
/"contender": / { row(member("contender"), member("op"), member("least")); next }
/^"[a-z]+": "/ { split($0, quoted, "\""); about[quoted[2]] = quoted[4] }
