# SPDX-License-Identifier: GPL-2.0-only
# The VM lab: stock kernels in an emulated machine.
#
#   make lab [KERNEL=6.12]          build, boot, show famfs working
#   make lab-cxl [KERNEL=7.3]       the same with emulated CXL memory: regions, interleaving, removal
#   make lab-shell [KERNEL=6.12]    the same machine, with a shell on the terminal
#   make lab-cluster [KERNEL="6.12 7.3"] [HOSTS=2]    several such machines with one memory
#   make vmtest [KERNEL="6.1 7.3"] [TEST=pattern] [KTAP=file]    the VM tests
#   make vmtest TREE=/path/to/linux [FLAVOUR=fedora,nofusedax] [TREE_SUITE=bookworm] [TEST=...]
#                                   on a kernel compiled from that tree, as a distribution would
#                                   configure it (lab/flavours); so do lab, lab-shell, stress, matrix
#   make vmtest-cxl [KERNEL="6.12 7.3"] [TEST=pattern]    tests of CXL memory, and a core of the others on it
#   make stress [MINUTES=20] [SEED=n] [KERNEL=6.12]    random operations and failures
#   make check                      unit tests, then the VM tests on every kernel
#   make matrix [KERNEL="7.2 7.2-rt"] [TEST=pattern]    all kernels of lab/kernels, from packages
#   make check-debug [KERNEL=6.12-debug] [TEST=pattern]    the VM tests on debug kernels
#   make arm64 [KERNEL=6.12-arm64] [TEST=pattern]     the arm64 kernels, cross-built and emulated
#   make bench [KERNEL=6.12]        what operations cost; see tests/bench.mk
#   make bench-scale [KERNEL=6.12]  very many files and devices, very large ones; see tests/scale.mk
#   make lab-refresh                look for newer kernels of the same series
#   make lab-clean                  delete all that the lab keeps outside the tree
#
# lab/kernels lists the kernels, lab/debug/kernels those that are compiled to find bugs.
# What the lab downloads and builds is kept in LAB_CACHE. LAB_ACCEL=kvm|tcg|auto is how the
# machine is emulated (auto: by KVM, if a kernel boots with it; see lab/accel.sh).

LAB_CACHE	?= /var/cache/famfs-dkms
export LAB_CACHE

TREE_ARGS	= $(foreach v,TREE FLAVOUR TREE_SUITE,$(if $($v),'$v=$($v)'))
# One kernel: the one that is named, or the tree's.
ONE_KERNEL	= $(or $(KERNEL),$(if $(TREE),,6.12)) $(TREE_ARGS)

UNIT_TESTS	+= tests/unit/test_lab_tree.sh tests/unit/test_lab_accel.sh tests/unit/test_lab_qemu.sh

.PHONY: lab lab-cxl lab-shell lab-cluster lab-refresh lab-clean vmtest vmtest-cxl stress check check-debug matrix arm64

lab:
	@lab/start demo $(ONE_KERNEL)

lab-cxl:
	@lab/start cxl $(or $(KERNEL),$(if $(TREE),,7.3)) $(TREE_ARGS)

lab-shell:
	@lab/start shell $(ONE_KERNEL)

lab-cluster:
	@HOSTS='$(HOSTS)' lab/cluster demo $(or $(KERNEL),6.12 7.3)

vmtest:
	@tests/vm/run $(KERNEL) $(TREE_ARGS) $(if $(TEST),'TEST=$(TEST)')

vmtest-cxl:
	@VMTEST_MACHINE=cxl tests/vm/run $(KERNEL) $(TREE_ARGS) $(if $(TEST),'TEST=$(TEST)')

stress:
	@tests/vm/runner/run-stress '$(MINUTES)' '$(SEED)' $(ONE_KERNEL)

check:
	@lab/check $(KERNEL) $(if $(TEST),'TEST=$(TEST)')

matrix:
	@lab/matrix $(KERNEL) $(TREE_ARGS) $(if $(TEST),'TEST=$(TEST)')

check-debug:
	@tests/vm/run $(or $(KERNEL),$$(awk '!/^#/ && NF { print $$1 }' lab/debug/kernels)) $(if $(TEST),'TEST=$(TEST)')

arm64:
	@lab/arm64 $(KERNEL) $(if $(TEST),'TEST=$(TEST)')

lab-refresh:
	@LAB_REFRESH=1 lab/prepare host $$(cd $(LAB_CACHE) && ls -d kernel-* | sed 's/^kernel-//')

lab-clean:
	@lab/clean
