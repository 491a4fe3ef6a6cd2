# SPDX-License-Identifier: GPL-2.0-only
# A million files, 2,048 devices, a device of 1 TiB: time, memory, and for how long nobody else
# gets the processor; docs/performance.md tells about it.
#
#	make bench-scale [KERNEL="6.12 7.3"] [PARTS="files devices large2m large1g"]
#		measure, to build/scale/KERNEL-PART.{json,md}
#	make bench-scale STACKS=1 ...	and say where the kernel was when it held up others

.PHONY: bench-scale

bench-scale:
	@STACKS='$(STACKS)' PARTS='$(PARTS)' tests/scale/run $(KERNEL)
