# SPDX-License-Identifier: GPL-2.0-only
# The layout generator, what it generates, and their unit tests.
#
#   make layouts KDIR=...   compat/generated/ for the kernel of these headers

HOSTCC		?= cc
# the reader of BTF: the modules use it, too
BTF_CHECK_SRC	= $(addprefix compat/btf/btf_,blob.c sig.c verify.c)
BTF_CHECK_HDR	= $(addprefix compat/btf/btf_,types.h blob.h verify.h)
LAYOUTGEN_SRC	= $(addprefix compat/btf/,layoutgen.c util.c spec.c ctype.c kimage.c \
		  elf.c btf_source.c align.c resolve.c emit.c emit_table.c) $(BTF_CHECK_SRC)
LAYOUTGEN_HDR	= compat/btf/layoutgen.h $(BTF_CHECK_HDR)
LAYOUT_SPECS	= compat/layout/fuse.spec compat/layout/dax.spec compat/layout/aside.spec
RUN_LAYOUTGEN	= ./build/layoutgen --kdir $(KDIR) --kver $(KVER)

# What the kernel has itself, and ours must not take the place of:
#   driver	an fsdev_dax that has functions which other modules of the kernel need, FUSE for
#		one. Ours has none of them: in its place it would keep those from being loaded.
#   famfs	a FUSE that serves famfs, which may need the kernel's own fsdev_dax, too.
#   types	a FUSE that serves famfs, and of which nothing but the types says so.
# dkms.conf asks for the first two as well; a unit test compares.
KERNEL_OWN_TOLD = $(if $(shell grep -s '	drivers/dax/fsdev_dax	' $(KDIR)/Module.symvers),driver) \
	$(if $(shell grep -sE '^CONFIG_[A-Z0-9_]*FAMFS[A-Z0-9_]*=[ym]' $(KDIR)/include/config/auto.conf),famfs)
KERNEL_OWN_TYPES = $(RUN_LAYOUTGEN) --spec compat/layout/aside.spec --list-only 2>/dev/null | \
	grep -qE '^\#define HAVE_(FUNC_FAMFS_FUSE_IOMAP_BEGIN|ENUMERATOR_FUSE_(DAX_FMAP|GET_FMAP)) '
KERNEL_OWN_FILE	= compat/generated/kernel_own

.PHONY: layouts kernel-own

build/layoutgen: $(LAYOUTGEN_SRC) $(LAYOUTGEN_HDR)
	@mkdir -p $(@D)
	$(HOSTCC) -std=gnu11 -O2 -g -Wall -Wextra -o $@ $(LAYOUTGEN_SRC)

# A tree shared with a chroot can hold a layoutgen that wants another libc.
kernel-own: build/layoutgen
	@./build/layoutgen --help >/dev/null 2>&1 || $(MAKE) -B build/layoutgen
	@mkdir -p $(dir $(KERNEL_OWN_FILE))
	@own='$(strip $(KERNEL_OWN_TOLD))'; \
	[ -n "$$own" ] || ! { $(KERNEL_OWN_TYPES); } || own=types; \
	echo $$own >$(KERNEL_OWN_FILE)
	@case "$$(cat $(KERNEL_OWN_FILE))" in \
	*famfs*) echo "famfs: this kernel's FUSE serves famfs itself:" \
		"famfs_fuse is made to do nothing, and fsdev_dax is left out" ;; \
	types) echo "famfs: this kernel's FUSE serves famfs itself: famfs_fuse is made to do nothing" ;; \
	driver) echo "famfs: modules of this kernel need its own fsdev_dax:" \
		"fsdev_dax is left out, and famfs_fuse refuses to load" ;; \
	esac

layouts: kernel-own
	@case "$$(cat $(KERNEL_OWN_FILE))" in \
	'') set -- $(addprefix --spec ,$(LAYOUT_SPECS)) ;; \
	types) set -- --spec compat/layout/dax.spec ;; \
	*) exit 0 ;; \
	esac; \
	set -x; $(RUN_LAYOUTGEN) "$$@" --out compat/generated/famfs_layout.h

UNIT_TESTS	+= $(addprefix build/unit/test_btf_,verify load elf source layoutgen facts aside) \
		   tests/unit/test_spec_used.sh

build/unit/layoutgen: $(LAYOUTGEN_SRC) $(LAYOUTGEN_HDR)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(LAYOUTGEN_SRC)

build/unit/test_btf_%: tests/unit/test_btf_%.c $(wildcard tests/unit/*btf_*.h) \
		$(LAYOUTGEN_SRC) $(LAYOUTGEN_HDR) compat/btf/btf_load_check.c build/unit/layoutgen
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Icompat/btf -Itests/unit -o $@ $< $(BTF_CHECK_SRC) \
		compat/btf/elf.c $(UNIT_LIBS)

build/unit/test_btf_facts: $(LAYOUT_SPECS) $(wildcard compat/*.h)

# Fuzzing of what reads BTF and ELF: make fuzz-btf SECONDS=60; tests/tests.mk says the rest.
FUZZ_BTF_SRC	= $(BTF_CHECK_SRC) compat/btf/elf.c

build/fuzz/fuzz_btf: tests/fuzz/fuzz_btf.c $(FUZZ_BTF_SRC) $(LAYOUTGEN_HDR)
	@mkdir -p $(@D)
	$(FUZZ_CC) -std=gnu11 -g -O2 -Wall -Wextra -Werror $(FUZZ_SAN) -Icompat/btf -o $@ $< \
		$(FUZZ_BTF_SRC)

build/fuzz/seed_btf: tests/fuzz/seed_btf.c $(wildcard tests/unit/test_btf_*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -Itests/unit -o $@ $<

.PHONY: fuzz-btf
fuzz-btf: build/fuzz/fuzz_btf build/fuzz/seed_btf
	@mkdir -p build/fuzz/corpus-btf build/fuzz/found
	./build/fuzz/seed_btf build/fuzz/corpus-btf
	./build/fuzz/fuzz_btf -max_total_time=$(SECONDS) -max_len=8192 -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=build/fuzz/found/ \
		build/fuzz/corpus-btf
