# SPDX-License-Identifier: GPL-2.0-only
# What the data path costs, in instructions of a guest; docs/performance.md tells about it.
#
#	make bench [KERNEL="6.12 7.3"]		measure, to build/bench/KERNEL.{json,md}
#	make bench-compare BASE=FILE		measure again, and compare with that JSON
#	make bench-check [KERNEL=6.12]		the quick part, against tests/bench/bounds
#	make bench-wall [KERNEL=6.12]		do readers of a file slow each other? By a wall clock,
#						noisy, and never a verdict

.PHONY: bench bench-compare bench-check bench-wall

bench:
	@tests/bench/run $(KERNEL)

bench-compare:
	@[ -r '$(BASE)' ] || { echo "usage: make bench-compare BASE=FILE" >&2; exit 2; }
	@tests/bench/run --base '$(BASE)'

bench-check:
	@tests/bench/run --check $(KERNEL)

bench-wall:
	@tests/bench/run --wall $(KERNEL)

UNIT_TESTS	+= tests/unit/test_bench_compare.sh
