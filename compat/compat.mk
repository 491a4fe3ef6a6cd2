# SPDX-License-Identifier: GPL-2.0-only
# The layout generator, what it generates, and their unit tests.
#
#   make layouts KDIR=...   compat/generated/ for the kernel of these headers

HOSTCC		?= cc
# the part that the modules use too
BTF_CHECK_SRC	= $(addprefix compat/btf/btf_,blob.c sig.c verify.c)
BTF_CHECK_HDR	= $(addprefix compat/btf/btf_,internal.h verify.h)
LAYOUTGEN_SRC	= $(addprefix compat/btf/,layoutgen.c util.c spec.c ctype.c kimage.c \
		  btf_source.c sizes.c resolve.c emit.c emit_table.c) $(BTF_CHECK_SRC)
LAYOUTGEN_HDR	= compat/btf/layoutgen.h $(BTF_CHECK_HDR)
LAYOUTGEN_LIBS	= -lbpf -lelf -lz
LAYOUT_SPECS	= compat/layout/fuse.spec compat/layout/dax.spec

.PHONY: layouts

build/layoutgen: $(LAYOUTGEN_SRC) $(LAYOUTGEN_HDR)
	@mkdir -p $(@D)
	@[ -e /usr/include/bpf/btf.h ] || { echo \
		"the layout generator needs libbpf: install libbpf-dev and libelf-dev" >&2; \
		exit 1; }
	$(HOSTCC) -std=gnu11 -O2 -g -Wall -Wextra -o $@ $(LAYOUTGEN_SRC) $(LAYOUTGEN_LIBS)

# A tree shared with a chroot can hold a layoutgen that wants another libc.
layouts: build/layoutgen
	@./build/layoutgen --help >/dev/null 2>&1 || $(MAKE) -B build/layoutgen
	./build/layoutgen --kdir $(KDIR) --kver $(KVER) \
		$(addprefix --spec ,$(LAYOUT_SPECS)) --out compat/generated/famfs_layout.h

UNIT_TESTS	+= build/unit/test_btf_verify build/unit/test_btf_layoutgen \
		   build/unit/test_layout_facts

build/unit/layoutgen: $(LAYOUTGEN_SRC) $(LAYOUTGEN_HDR)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(LAYOUTGEN_SRC) $(LAYOUTGEN_LIBS)

build/unit/test_btf_%: tests/unit/test_btf_%.c tests/unit/test_btf_synth.h \
		$(BTF_CHECK_SRC) $(BTF_CHECK_HDR) build/unit/layoutgen
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Icompat/btf -Itests/unit -o $@ $< $(BTF_CHECK_SRC) \
		$(LAYOUTGEN_LIBS) $(UNIT_LIBS)

build/unit/test_layout_facts: tests/unit/test_layout_facts.c $(LAYOUT_SPECS) \
		$(wildcard compat/*.h) build/unit/layoutgen
	$(CC) $(UNIT_CFLAGS) -o $@ $< -lbpf $(UNIT_LIBS)
