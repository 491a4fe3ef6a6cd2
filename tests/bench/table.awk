# SPDX-License-Identifier: GPL-2.0-only
# The tables of tests/bench/table; reads the JSON, then the targets.
function row(c, op, v) {
	if (v == "") {
		none[c, op] = 1
		if (!(op in waits)) { waits[op] = 1; waiting[++nwaiting] = op }
		return
	}
	see(op)
	fig[c, op] = v + 0
}
function see(op) { if (!(op in seen)) { seen[op] = 1; ops[++nops] = op } }
function number(v,    s, out) {
	if (v < 100 && v > -100 && v != int(v)) return sprintf("%.1f", v)
	s = sprintf("%.0f", v)
	while (s ~ /[0-9][0-9][0-9][0-9]/) {
		out = "," substr(s, length(s) - 2) out
		s = substr(s, 1, length(s) - 3)
	}
	return s out
}
# has(OP, LIST): does one of these contenders have it?
function has(op, list,    w, k, i) {
	k = split(list, w, " ")
	for (i = 1; i <= k; i++) if ((w[i], op) in fig || (w[i], op) in none) return 1
	return 0
}
function cell(c, op) { return (c, op) in fig ? number(fig[c, op]) : (c, op) in none ? "n/a" : "-" }
# section(TITLE, OURS, PEERS, SKIP): a line for each operation that OURS and one more have.
function section(title, ours, peers, skip,    w, k, i, j, op, line, v) {
	k = split(peers, w, " ")
	line = "| operation | " ours " |"
	for (j = 1; j <= k; j++) line = line " " w[j] " |"
	print "\n### " title "\n\n" line
	gsub(/[^|]+/, "---", line)
	print line
	for (i = 1; i <= nops; i++) {
		op = ops[i]
		if (!has(op, ours) || !has(op, peers) && op !~ /-1g/ || (skip != "" && op ~ skip)) continue
		line = "| " op " | " cell(ours, op) " |"
		for (j = 1; j <= k; j++) {
			line = line " " cell(w[j], op)
			if (((w[j], op) in fig) && ((ours, op) in fig) && fig[w[j], op] > 0)
				line = line sprintf(" (%.2f)", fig[ours, op] / fig[w[j], op])
			line = line " |"
		}
		print line
	}
}
function tables(    i, j, op, many) {
	for (i = 1; i <= nwaiting; i++) see(waiting[i])
	printf "## Linux %s (%s), commit %s\n", about["kernel"], about["release"], about["commit"]
	section("famfs beside its peers", "famfs", "devdax-2m devdax-4k ext4-dax xfs-dax tmpfs-huge fuse",
		"^(bind|unbind)")
	section("Devices", "famfs", "devdax-2m", "^(fault|munmap|mmap)")
	section("A device and a file in folios of 1 GiB", "famfs-1g", "devdax-1g")
	section("An ordinary FUSE mount", "fuse-loaded", "fuse-absent")
	section("By extents and strips", "famfs", "famfs-32 famfs-4096 famfs-262144 famfs-262144n famfs-strips4 famfs-strips16")
	print "\n### Others\n\n| row | figure |\n|---|---|"
	for (i = 1; i <= nops; i++) {
		op = ops[i]
		if (op ~ /^load-/) print "| famfs " op " | " number(fig["famfs", op]) " |"
		if (op ~ /^first-open($|-bytes|-per)/) {
			split("famfs-4096 famfs-262144 famfs-262144n", many, " ")
			for (j = 1; j <= 3; j++) if ((many[j], op) in fig)
				print "| " many[j] " " op " | " number(fig[many[j], op]) " |"
		}
		if (op == "open-file-bytes-beyond") print "| famfs " op " | " number(fig["famfs", op]) " |"
	}
	print "\n### Targets\n\n| target | bound | measured | verdict |\n|---|---|---|---|"
}
FNR == 1 && NR != 1 { tables() }
FNR == NR || /^#/ || !NF { next }
# most CONTENDER OP BOUND [KERNEL], ratio CONTENDER OP BOUND PEER
$1 == "most" && NF > 4 && $5 != about["kernel"] { next }
{
	what = $2 " " $3
	bound = $1 == "most" ? number($4) : $4 " x " $5
	there = (($2, $3) in fig) && ($1 == "most" || ($5, $3) in fig)
	if (!there) {
		print "| " what " | " bound " | - | not measured |"
		unknown++
		next
	}
	v = fig[$2, $3]
	if ($1 == "ratio") {
		limit = $4 * fig[$5, $3]
		shown = sprintf("%.3f", v / fig[$5, $3])
	} else {
		limit = $4
		shown = number(v)
	}
	if (v <= limit) met++; else missed++
	print "| " what " | " bound " | " shown " | " (v <= limit ? "met" : "missed") " |"
}
END { printf "\n%d targets met, %d missed, %d not measured\n", met, missed, unknown }
