# SPDX-License-Identifier: GPL-2.0-only
# Style of everything that is compiled into a kernel: checkpatch and sparse.
#
#   make style KDIR=... [KVER=...] [CHECKPATCH=FILE]
#
# Builds the modules of KDIR on the way. Any message of either tool, or of the
# compiler, is a failure.

STYLE_FILES	= $(filter-out %.mod.c,$(wildcard fuse_famfs/*.[ch] fuse_famfs/*/*.[ch] fsdev_dax/*.[ch] fsdev_dax/*/*.[ch] \
		  uapi/linux/*.h))
STYLE_COMPAT	= $(wildcard compat/*.[ch] compat/btf/btf_*.[ch])

# CONST_STRUCT: operation tables are copies of stock ones, filled when these are seen.
# ALLOC_WITH_SIZEOF: the kmalloc_obj() family is newer than the oldest kernel.
# ENOSYS: a server's word for an operation that it does not have.
STYLE_NOT	= CONST_STRUCT,ALLOC_WITH_SIZEOF,ENOSYS
# Parameter lists and types that differ between kernels are what compat/ is about.
STYLE_COMPAT_NOT = $(STYLE_NOT),NEW_TYPEDEFS,COMPLEX_MACRO

# Not every header package has checkpatch.pl; the source of a kernel always does.
STYLE_HEADERS	= $(KDIR) $(KDIR)/source /usr/src/linux-headers-*-common \
		  /usr/lib/linux-kbuild-*
STYLE_SOURCES	= $(sort $(wildcard /usr/src/linux-source-*.tar.xz))
CHECKPATCH	?= $(firstword $(wildcard $(addsuffix /scripts/checkpatch.pl,$(STYLE_HEADERS))) \
		   build/style/checkpatch.pl)

.PHONY: style style-checkpatch style-sparse

style: style-checkpatch style-sparse
	@echo "style: ok"

build/style/checkpatch.pl:
	@mkdir -p $(@D)
	@[ -n "$(STYLE_SOURCES)" ] || { echo "style: checkpatch.pl is not among the headers:" \
		"install linux-source, or name one with CHECKPATCH=FILE" >&2; exit 1; }
	@command -v xz >/dev/null || { echo "style: install xz-utils" >&2; exit 1; }
	@echo "style: taking checkpatch.pl from $(lastword $(STYLE_SOURCES))"
	@tar -C $(@D) -xf $(lastword $(STYLE_SOURCES)) --wildcards --occurrence=1 \
		--strip-components=2 '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' || { rm -f $@; exit 1; }

style-checkpatch: $(CHECKPATCH)
	@command -v perl >/dev/null || { echo "style: install perl" >&2; exit 1; }
	@perl $(CHECKPATCH) --no-tree -q --ignore $(STYLE_NOT) -f $(STYLE_FILES); a=$$?; \
	perl $(CHECKPATCH) --no-tree -q --ignore $(STYLE_COMPAT_NOT) -f $(STYLE_COMPAT) && \
	[ $$a = 0 ] || { echo "style: FAILED: checkpatch" >&2; exit 1; }
	@echo "style: checkpatch: $(words $(STYLE_FILES) $(STYLE_COMPAT)) files"

# Without our MAKEFLAGS: a -s would hide the lines that show that sparse ran.
style-sparse: layouts
	@command -v sparse >/dev/null || { echo "style: install sparse" >&2; exit 1; }
	@mkdir -p build/style
	@log=build/style/sparse.log; \
	env -u MAKEFLAGS -u MFLAGS $(MAKE) -j$$(nproc) -C $(KDIR) M=$(TOP) \
		FAMFS_VERSION=$(VERSION) W=1 C=2 CHECK=sparse modules >$$log 2>&1 || \
		{ cat $$log; echo "style: FAILED: the modules do not build" >&2; exit 1; }; \
	if grep -E ':[0-9]+:([0-9]+:)? *(warning|error|note)' $$log; then \
		echo "style: FAILED: sparse or compiler" >&2; exit 1; \
	fi; \
	n=$$(grep -c '^  CHECK ' $$log); \
	if [ "$$n" != 0 ]; then \
		echo "style: sparse: $$n files"; \
	elif grep -q 'sparse is not available or not up to date' $$log; then \
		echo "style: sparse left out: this kernel's build does not take the sparse" \
			"that is installed here ($$(sparse --version))"; \
	else \
		cat $$log; echo "style: FAILED: sparse did not run" >&2; exit 1; \
	fi
