# SPDX-License-Identifier: GPL-2.0-only
# See tests/bench/bounds.
function row(c, op, v) {
	if (v == "") return
	fig[c, op] = v + 0
	# Not what depends on a server's or a compiler's mood, nor the time of a copy.
	if (!check && c == "famfs" && op ~ /^(mmap-munmap-64m|p(read|write)-(64|4k)|open-close|first-open-1|fault-[24][mk]-(read|write)|munmap-64m-2m)$/)
		printf "famfs %s %.0f\n", op, v * 1.1
	if (!check && c == "fuse-loaded") printf "%s %s %.0f\n", c, op, v * 1.1
}
FNR == NR || /^#/ || NF != 3 { next }
{
	n++
	if (!(($1, $2) in fig)) { print "bench-check: no figure of " $1 " " $2; bad++ }
	else if (fig[$1, $2] > $3) { printf "bench-check: %s %s: %.0f, at most %.0f\n", $1, $2, fig[$1, $2], $3; bad++ }
}
END {
	if (!check) exit 0
	if (!n) { print "bench-check: no bounds"; exit 1 }
	printf "bench-check: %d figures, %d out of bounds\n", n, bad
	exit bad > 0
}
