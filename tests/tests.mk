# SPDX-License-Identifier: GPL-2.0-only
# Unit tests and fuzzing of everything that runs without a kernel.
#
#   make unit               build and run every binary in $(UNIT_TESTS)
#   make fuzz SECONDS=60    fuzz the fmap parser and resolver (needs clang)
#   make fuzz-btf           the same of what reads BTF: compat/compat.mk
#   make fuzz-coverage      which branches the corpus of earlier runs reaches
#
# Other areas add to UNIT_TESTS in their own *.mk file and say how to build what
# they add; UNIT_CFLAGS and UNIT_LIBS are for everybody.

UNIT_TESTS	+= build/unit/test_fmap_parse build/unit/test_fmap_resolve \
		   build/unit/test_fmap_merge build/unit/test_fmap_sort \
		   build/unit/test_marks build/unit/test_holder build/unit/test_tested \
		   build/unit/test_refusals build/unit/test_walk \
		   tests/unit/test_ktap.sh tests/unit/test_layers.sh \
		   tests/unit/test_tested_kernel.sh tests/unit/test_messages.sh build/unit/test_stock_known \
		   $(addprefix build/unit/test_negotiate,$(NEGOTIATE_KERNELS)) \
		   tests/unit/test_vm_cases.sh
# The FUSE of the kernel: as it is, or with one sign of extent maps of its own.
NEGOTIATE_KERNELS = _stock _backing_id _extmap _map_create _v2
negotiate_kernel_backing_id = -DHAVE_FUSE_CONN_BACKING_ID_64 -DOWN_MAPS=PASS
negotiate_kernel_extmap	= -DHAVE_ENUMERATOR_FUSE_BACKING_EXTMAP -DOWN_MAPS=PASS
negotiate_kernel_map_create = -DHAVE_ENUMERATOR_FUSE_BACKING_MAP_CREATE -DOWN_MAPS=PASS
negotiate_kernel_v2	= -DHAVE_FUSE_CONN_BACKING_ID_64 -DFUSE_PASSTHROUGH_V2='(1ULL << 45)' -DOWN_MAPS=PASS_V2
UNIT_SAN	= -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_CFLAGS	= -std=gnu11 -g -O1 $(UNIT_SAN) -Wall -Wextra $(WERROR)
UNIT_LIBS	= -lcheck -lsubunit -lm -lrt -pthread

FMAP_SRC	= $(wildcard fuse_famfs/map/*.c) fuse_famfs/proto/parse.c fuse_famfs/proto/build.c \
		  tests/shim/shim.c
FMAP_DEPS	= $(FMAP_SRC) $(wildcard fuse_famfs/map/*.h fuse_famfs/proto/parse.h uapi/linux/*.h \
		  tests/shim/include/linux/*.h tests/unit/fmap_*.[ch])
FMAP_TEST_SRC	= tests/unit/fmap_msg.c $(FMAP_SRC)
FMAP_INC	= -Itests/shim/include -Iuapi -Ifuse_famfs -Itests/unit

SECONDS		?= 60
FUZZ_CC		?= clang
FUZZ_SAN	= -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CORPUS	= build/fuzz/corpus

.PHONY: unit fuzz fuzz-coverage

# UNIT_TESTS is complete only when all *.mk files have been read.
.SECONDEXPANSION:

unit: $$(UNIT_TESTS)
	@failed=; n=0; \
	for t in $(patsubst $(CURDIR)/%,%,$(abspath $(UNIT_TESTS))); do \
		echo "== $$t"; n=$$((n + 1)); \
		CK_VERBOSITY=normal $$t || failed="$$failed $$t"; \
	done; \
	if [ -n "$$failed" ]; then \
		echo "unit tests: FAILED:$$failed"; exit 1; \
	fi; \
	echo "unit tests: all $$n programs passed"

build/unit/test_fmap_%: tests/unit/test_fmap_%.c $$(FMAP_DEPS)
	@mkdir -p $(@D)
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) $(FMAP_INC) -o $@ $< $(FMAP_TEST_SRC) $(UNIT_LIBS)

build/unit/test_marks: tests/unit/test_marks.c fuse_famfs/data/marks.c fuse_famfs/data/marks.h \
		tests/shim/shim.c $$(wildcard tests/shim/include/linux/*.h)
	@mkdir -p $(@D)
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) $(FMAP_INC) -o $@ $< fuse_famfs/data/marks.c tests/shim/shim.c $(UNIT_LIBS)

# Headers of a kernel of which a test has what is used.
NO_HEADERS	= cred dcache debugfs exportfs fs fs_context kdev_t ktime module ratelimit rcupdate sched \
		  seq_file spinlock string_helpers stringhash
build/unit/empty: tests/tests.mk
	@mkdir -p $@/linux
	@for h in $(NO_HEADERS); do : >$@/linux/$$h.h; done
	@touch $@

build/unit/test_stock_known: tests/unit/test_stock_known.c tests/unit/stock_kernel.h tests/unit/no_layers.h \
		fuse_famfs/hook/type.c fuse_famfs/vfs/tables.c build/unit/empty
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Itests/shim/include -Ibuild/unit/empty -Ifuse_famfs -o $@ $< $(UNIT_LIBS)

build/unit/test_negotiate_%: tests/unit/test_negotiate.c tests/unit/negotiate_kernel.h tests/unit/no_layers.h \
		fuse_famfs/hook/negotiate.c compat/compat_aside.h uapi/linux/famfs_fuse.h build/unit/empty
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) $(negotiate_kernel_$*) -Itests/shim/include -Ibuild/unit/empty \
		-Iuapi -Icompat -Ifuse_famfs -o $@ $< $(UNIT_LIBS)

build/unit/test_refusals: tests/unit/test_refusals.c tests/unit/refusals_kernel.h tests/unit/seq_kernel.h \
		fuse_famfs/tell/refusals.c fuse_famfs/tell/refusals.h tests/unit/no_layers.h build/unit/empty
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Wno-sign-compare -Wno-unused-parameter -Itests/shim/include -Ibuild/unit/empty -Ifuse_famfs -o $@ $< $(UNIT_LIBS)

build/unit/test_walk: tests/unit/test_walk.c tests/unit/walk_kernel.h tests/unit/seq_kernel.h fuse_famfs/show/debugfs.c \
		fuse_famfs/show/maps.c fuse_famfs/show/internal.h tests/unit/no_layers.h $$(FMAP_DEPS) build/unit/empty
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Wno-unused-parameter -Wno-discarded-qualifiers $(FMAP_INC) -Ibuild/unit/empty \
		-o $@ $< $(FMAP_TEST_SRC) $(UNIT_LIBS)

build/unit/test_tested: tests/unit/test_tested.c compat/compat_tested.c compat/compat_tested.h
	@mkdir -p $(@D)
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Itests/shim/include -Icompat -o $@ $< compat/compat_tested.c $(UNIT_LIBS)

build/unit/test_holder: tests/unit/test_holder.c tests/unit/holder_kernel.h \
		fsdev_dax/core/device.c fsdev_dax/hold/holder.c fsdev_dax/fsdev_dax.h
	@mkdir -p $(@D)
	@[ -e /usr/include/check.h ] || \
		{ echo "unit tests need the package check" >&2; exit 1; }
	$(CC) $(UNIT_CFLAGS) -Itests/shim/include -Ifsdev_dax -o $@ $< $(UNIT_LIBS)

build/fuzz/fuzz_fmap: tests/fuzz/fuzz_fmap.c $$(FMAP_DEPS)
	@mkdir -p $(@D)
	@command -v $(FUZZ_CC) >/dev/null || \
		{ echo "fuzzing needs $(FUZZ_CC): install the package clang" >&2; \
		  exit 1; }
	@echo 'int LLVMFuzzerTestOneInput(const char *p, long n); int LLVMFuzzerTestOneInput(const char *p, long n) { return !p && n; }' | \
		$(FUZZ_CC) -x c $(FUZZ_SAN) -o $(@D)/probe - || \
		{ echo "fuzzing needs clang's runtime: install the package libclang-rt-dev" >&2; \
		  exit 1; }
	$(FUZZ_CC) -std=gnu11 -g -O2 -Wall -Wextra -Werror $(FUZZ_SAN) \
		$(FMAP_INC) -o $@ $< $(FMAP_TEST_SRC)

build/fuzz/seed_fmap: tests/fuzz/seed_fmap.c $$(FMAP_DEPS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $(FMAP_INC) -o $@ $< $(FMAP_TEST_SRC)

$(FUZZ_CORPUS)/.seeded: build/fuzz/seed_fmap
	@mkdir -p $(@D)
	./build/fuzz/seed_fmap $(@D)
	@touch $@

fuzz: build/fuzz/fuzz_fmap $(FUZZ_CORPUS)/.seeded
	@mkdir -p build/fuzz/found
	./build/fuzz/fuzz_fmap -max_total_time=$(SECONDS) -max_len=8192 \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix=build/fuzz/found/ $(FUZZ_CORPUS)

build/fuzz/fuzz_fmap_cov: tests/fuzz/fuzz_fmap.c $$(FMAP_DEPS)
	@mkdir -p $(@D)
	$(FUZZ_CC) -std=gnu11 -g -O1 -fsanitize=fuzzer \
		-fprofile-instr-generate -fcoverage-mapping \
		$(FMAP_INC) -o $@ $< $(FMAP_TEST_SRC)

fuzz-coverage: build/fuzz/fuzz_fmap_cov $(FUZZ_CORPUS)/.seeded
	@tool=$$(ls /usr/lib/llvm-*/bin/llvm-cov 2>/dev/null | tail -n 1); \
	[ -n "$$tool" ] || { echo "coverage needs the package llvm" >&2; exit 1; }; \
	LLVM_PROFILE_FILE=build/fuzz/cov.raw ./build/fuzz/fuzz_fmap_cov \
		-runs=0 $(FUZZ_CORPUS) 2>/dev/null && \
	$${tool%cov}profdata merge -o build/fuzz/cov.prof build/fuzz/cov.raw && \
	$$tool report build/fuzz/fuzz_fmap_cov \
		-instr-profile=build/fuzz/cov.prof $(filter fuse_famfs/%,$(FMAP_SRC))
