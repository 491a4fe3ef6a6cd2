# SPDX-License-Identifier: GPL-2.0-only
# Style: what checkpatch, kernel-doc, shellcheck, sparse and clang's analyzer have to say.
#
#   make style KDIR=... [KVER=...] [CHECKPATCH=FILE] [KERNELDOC=FILE]
#   make style-check        of that, what needs no compiler; a tool that is not here is told
#
# The first builds the modules of KDIR on the way, and wants all the tools. Any message of any
# tool, or of the compiler, is a failure.

STYLE_MODULES	= $(filter-out %.mod.c,$(wildcard fuse_famfs/*.[ch] fuse_famfs/*/*.[ch] \
		  fsdev_dax/*.[ch] fsdev_dax/*/*.[ch]))
STYLE_TRACE	= fuse_famfs/tell/trace.h
# What the modules have of compat/; the rest of compat/btf is a program.
STYLE_COMPAT	= $(wildcard compat/*.[ch]) $(BTF_CHECK_SRC) $(BTF_CHECK_HDR) \
		  compat/btf/btf_load_check.c
STYLE_PROGRAM	= $(filter-out $(STYLE_COMPAT),$(wildcard compat/btf/*.[ch]))
STYLE_UAPI	= $(wildcard uapi/linux/*.h)
STYLE_C		= $(STYLE_MODULES) $(STYLE_COMPAT) $(STYLE_PROGRAM) $(STYLE_UAPI)

# CONST_STRUCT: operation tables are copies of stock ones, filled when these are seen.
# ALLOC_WITH_SIZEOF: the kmalloc_obj() family is newer than the oldest kernel.
# ENOSYS: a server's word for an operation that it does not have.
# LONG_LINE, LONG_LINE_STRING: who searches for what the log says finds it in one piece, and
# checkpatch lets a text be long only where nothing else is in its line: style-length lets it anywhere.
# MACRO_ARG_REUSE, MACRO_ARG_PRECEDENCE: what is handed to a macro here are names, of members and tables.
STYLE_NOT	= CONST_STRUCT,ALLOC_WITH_SIZEOF,ENOSYS,LONG_LINE,LONG_LINE_STRING
STYLE_NOT	:= $(STYLE_NOT),MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE
# The form of TRACE_EVENT(), in all of the kernel.
STYLE_TRACE_NOT	= $(STYLE_NOT),OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT
# NEW_TYPEDEFS, COMPLEX_MACRO: parameter lists and types that differ between kernels are what compat/
# is about.
# PREFER_KERNEL_TYPES, BIT_MACRO: the reader of BTF, and the protocol's flags, are for user space, too.
STYLE_COMPAT_NOT = $(STYLE_NOT),NEW_TYPEDEFS,COMPLEX_MACRO,PREFER_KERNEL_TYPES,BIT_MACRO
STYLE_UAPI_NOT	= $(STYLE_NOT),BIT_MACRO
# What the kernel has macros for a program has not; <elf.h> has its own names; and checkpatch takes
# the compiler's __BYTE_ORDER__ for a constant, and the word "usage" in a message for a function's name.
STYLE_PROGRAM_NOT = $(STYLE_NOT),PREFER_KERNEL_TYPES,BIT_MACRO,PREFER_DEFINED_ATTRIBUTE_MACRO,CAMELCASE
STYLE_PROGRAM_NOT := $(STYLE_PROGRAM_NOT),CONSTANT_COMPARISON,EMBEDDED_FUNCTION_NAME

# Not every header package has checkpatch.pl, nor one that is Perl of kernel-doc: the source of a
# kernel always does. The lab has header packages, and sources of kernels that it compiled.
STYLE_CACHE	= $(or $(LAB_CACHE),/var/cache/famfs-dkms)
STYLE_HEADERS	= $(KDIR) $(KDIR)/source /usr/src/linux-headers-*-common /usr/lib/linux-kbuild-* \
		  $(STYLE_CACHE)/debug/* $(STYLE_CACHE)/tree/* $(STYLE_CACHE)/chroot-*/usr/lib/linux-kbuild-*
STYLE_SOURCES	= $(sort $(wildcard /usr/src/linux-source-*.tar.xz))
style_find	= $(wildcard $(addsuffix /scripts/$(1),$(STYLE_HEADERS)) build/style/$(1))
CHECKPATCH	?= $(firstword $(call style_find,checkpatch.pl))
# The newest that is Perl and knows -Wall.
KERNELDOC	?= $(lastword $(foreach f,$(call style_find,kernel-doc),$(if $(and $(shell head -n 1 $(f) | \
		   grep perl),$(shell grep -l Wall $(f))),$(f))))

# SC2015: in `a && b || fail` fail is meant for both.
# SC2016: what is quoted is for another shell, or for awk.
# SC2030, SC2031: functions of a sourced file set the same names in a subshell of one caller and
#	in none of another one's.
# SC2011, SC2012: names in sysfs, and of files that the lab made, have no blanks; and by time only ls sorts.
# SC2153: names in capitals are of who sources the file.
STYLE_SHELL_NOT	= SC2015,SC2016,SC2030,SC2031,SC2011,SC2012,SC2153
# What runs in the guest finds what it sources at the guest's paths, so nothing is followed:
# SC1090, SC1091; SC2034, SC2154: what is set in one of those files and read in the other.
# SC2004: neither whether an array is an associative one.
# SC2045, SC2086, SC2231, SC2254: there, names of devices, modules and the tests' own files have no
#	blanks, and several words in one variable are meant as such.
STYLE_GUEST_NOT	= $(STYLE_SHELL_NOT),SC1090,SC1091,SC2034,SC2154,SC2004,SC2045,SC2086,SC2231,SC2254
STYLE_GUEST	= lab/init lab/demo% tests/bench/guest% tests/scale/guest.sh tests/scale/parts.sh \
		  tests/vm/lib/% tests/vm/runner/%.sh tests/vm/cases/%

STYLE_TREE	= $(filter-out build/% compat/generated/% .git/%,$(patsubst ./%,%,$(shell \
		  find . -path ./build -prune -o -path ./.git -prune -o -type f -size -200k -print)))
STYLE_SHELL	= $(sort $(filter %.sh,$(STYLE_TREE)) $(shell grep -lsE -m 1 \
		  -e '^\#! *(/usr)?/bin/(env )?(ba|da)?sh\>' -e '^\# shellcheck shell=' $(STYLE_TREE) /dev/null))

.PHONY: style style-check style-checkpatch style-kernel-doc style-length style-shellcheck \
	style-sparse style-analyze

style: style-checkpatch style-kernel-doc style-length style-shellcheck style-sparse style-analyze
	@echo "style: ok"

# Last, so that who reads only the end knows what was looked at.
style-check:
	@bad=0; not=; run() { $(MAKE) --no-print-directory "$$1" || bad=$$((bad + 1)); }; \
	run style-length; \
	if [ -n "$(CHECKPATCH)" ] && command -v perl >/dev/null; then run style-checkpatch; \
	else not="$$not checkpatch"; fi; \
	if [ -n "$(KERNELDOC)" ] && command -v perl >/dev/null; then run style-kernel-doc; \
	else not="$$not kernel-doc"; fi; \
	if command -v shellcheck >/dev/null; then run style-shellcheck; else not="$$not shellcheck"; fi; \
	[ -z "$$not" ] || echo "style: not run, as not here:$$not"; \
	[ $$bad = 0 ] || { echo "style: FAILED: $$bad"; exit 1; }; \
	echo "style: ok"

build/style/checkpatch.pl:
	@mkdir -p $(@D)
	@[ -n "$(STYLE_SOURCES)" ] || { echo "style: checkpatch.pl is not among the headers:" \
		"install linux-source, or name one with CHECKPATCH=FILE" >&2; exit 1; }
	@command -v xz >/dev/null || { echo "style: install xz-utils" >&2; exit 1; }
	@echo "style: taking checkpatch.pl from $(lastword $(STYLE_SOURCES))"
	@tar -C $(@D) -xf $(lastword $(STYLE_SOURCES)) --wildcards --occurrence=1 \
		--strip-components=2 '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' || { rm -f $@; exit 1; }

style_checkpatch = perl $(or $(CHECKPATCH),build/style/checkpatch.pl) --no-tree -q --strict --ignore $(1) -f $(2)

style-checkpatch: $(or $(CHECKPATCH),build/style/checkpatch.pl)
	@command -v perl >/dev/null || { echo "style: install perl" >&2; exit 1; }
	@bad=0; \
	$(call style_checkpatch,$(STYLE_NOT),$(filter-out $(STYLE_TRACE),$(STYLE_MODULES))) || bad=1; \
	$(call style_checkpatch,$(STYLE_TRACE_NOT),$(STYLE_TRACE)) || bad=1; \
	$(call style_checkpatch,$(STYLE_COMPAT_NOT),$(STYLE_COMPAT)) || bad=1; \
	$(call style_checkpatch,$(STYLE_PROGRAM_NOT),$(STYLE_PROGRAM)) || bad=1; \
	$(call style_checkpatch,$(STYLE_UAPI_NOT),$(STYLE_UAPI)) || bad=1; \
	rm -f .checkpatch-camelcase.*; \
	[ $$bad = 0 ] || { echo "style: FAILED: checkpatch" >&2; exit 1; }
	@echo "style: checkpatch: $(words $(STYLE_C)) files"

# Columns without what is between quotation marks.
style-length:
	@bad=0; for f in $(STYLE_C); do \
		expand $$f | sed -E 's/"([^"\\]|\\.)*"/""/g' | awk -v f=$$f \
			'length > 100 { print f ":" NR ": " length " columns"; bad = 1 } END { exit bad }' || bad=1; \
	done; [ $$bad = 0 ] || { echo "style: FAILED: length" >&2; exit 1; }
	@echo "style: length: $(words $(STYLE_C)) files"

style-kernel-doc:
	@[ -n "$(KERNELDOC)" ] || { echo "style: kernel-doc is not among the headers: install linux-kbuild" \
		"of 6.12, or name one with KERNELDOC=FILE" >&2; exit 1; }
	@said=$$(perl $(KERNELDOC) -none -Wall $(STYLE_C) 2>&1) && [ -z "$$said" ] || \
		{ echo "$$said"; echo "style: FAILED: kernel-doc" >&2; exit 1; }
	@echo "style: kernel-doc: $(words $(STYLE_C)) files"

style-shellcheck:
	@command -v shellcheck >/dev/null || { echo "style: install shellcheck" >&2; exit 1; }
	@bad=0; \
	shellcheck -x -e $(STYLE_SHELL_NOT) $(filter-out $(STYLE_GUEST),$(STYLE_SHELL)) || bad=1; \
	shellcheck -s bash -e $(STYLE_GUEST_NOT) $(filter $(STYLE_GUEST),$(STYLE_SHELL)) || bad=1; \
	[ $$bad = 0 ] || { echo "style: FAILED: shellcheck" >&2; exit 1; }
	@echo "style: shellcheck: $(words $(STYLE_SHELL)) files"

# What runs in user space, the modules' own logic among it; minutes. clang takes what the compiler took.
STYLE_ANALYZE	= $(filter %.c,$(filter-out tests/%,$(FMAP_SRC)) fuse_famfs/data/marks.c compat/compat_tested.c \
		  $(STYLE_PROGRAM) $(BTF_CHECK_SRC) $(wildcard tools/*/*.c))
STYLE_ANALYZE_FLAGS = --analyze --analyzer-output text -std=gnu11 -D_FILE_OFFSET_BITS=64 \
		  -DFAMFS_VERSION='"$(VERSION)"' -Iuapi -Itools/libfmap -Itools/fmapd -Itools/famfsctl -Icompat \
		  -Icompat/btf $(FUSE_CFLAGS) $(KMOD_CFLAGS)

style-analyze:
	@command -v clang >/dev/null || { echo "style: install clang" >&2; exit 1; }
	@mkdir -p build/style
	@bad=0; for f in $(STYLE_ANALYZE); do \
		shim=; case $$f in fuse_famfs/*|compat/compat_*) shim="-Itests/shim/include -Ifuse_famfs" ;; esac; \
		clang $$shim $(STYLE_ANALYZE_FLAGS) $$f >build/style/analyze.log 2>&1 && \
			[ ! -s build/style/analyze.log ] || { bad=1; cat build/style/analyze.log; }; \
	done; [ $$bad = 0 ] || { echo "style: FAILED: clang's analyzer" >&2; exit 1; }
	@echo "style: analyzer: $(words $(STYLE_ANALYZE)) files"

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
