# SPDX-License-Identifier: GPL-2.0-only
# C sources without their comments, line for line. With -v bare=1 a line begins with FILE:LINE:, strings
# are out as well, and #include lines are left as they are.
bare && /^#include/ { print FILENAME ":" FNR ":" $0; next }
{
	if (bare) { gsub(/\\./, ""); gsub(/"[^"]*"/, "") }
	out = ""
	while (1) {
		if (inside) {
			end = index($0, "*/")
			if (!end) { $0 = ""; break }
			$0 = substr($0, end + 2); inside = 0
		}
		start = index($0, "/*")
		if (!start) break
		out = out substr($0, 1, start - 1)
		$0 = substr($0, start + 2); inside = 1
	}
	sub(/\/\/.*/, "")
	print (bare ? FILENAME ":" FNR ":" : "") out $0
}
