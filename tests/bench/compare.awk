# SPDX-License-Identifier: GPL-2.0-only
# See tests/bench/compare.
function row(c, op, v) {
	# An ordinary FUSE file is only a peer, and its figures hang on when pages are written back.
	if (v == "" || c == "fuse") return
	if (FNR == NR) { base[c " " op] = v + 0; order[++n] = c " " op }
	else fresh[c " " op] = v + 0
}
/^"release"/ { release[FNR == NR] = $0 }
END {
	if (!n) { print "compare: the first file has no rows"; exit 2 }
	if (release[1] != release[0]) print "compare: not the same kernel: " release[1] " " release[0]
	for (i = 1; i <= n; i++) {
		k = order[i]
		if (!(k in fresh)) { print "missing: " k; bad++; continue }
		if (fresh[k] > base[k] * 1.03 && fresh[k] > base[k] + 2) word = "worse"
		else if (fresh[k] < base[k] / 1.03 && fresh[k] < base[k] - 2) word = "better"
		else continue
		printf "%s: %s: %.1f, was %.1f (%+.1f %%)\n", word, k, fresh[k], base[k],
			base[k] ? 100 * (fresh[k] / base[k] - 1) : 100
		if (word == "worse") bad++
	}
	printf "%d rows compared, %d worse by more than 3 %% or missing\n", n, bad
	exit bad > 0
}
