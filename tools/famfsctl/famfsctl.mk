# SPDX-License-Identifier: GPL-2.0-only
# famfsctl and its unit tests; included by tools/tools.mk.

# Where this is made by tools.mk alone, nobody has said it.
FAMFSCTL_VERSION := $(or $(VERSION),$(shell sed -n 's/^VERSION[[:space:]]*:=[[:space:]]*//p' \
		    $(TOP)/Makefile))
KMOD_CFLAGS	= $(shell $(PKG_CONFIG) --cflags libkmod)
KMOD_LIBS	= $(shell $(PKG_CONFIG) --libs libkmod)
# The reader of BTF is that of the modules.
FAMFSCTL_SRC	:= $(wildcard $(TOP)/tools/famfsctl/*.c) $(TOP)/compat/btf/btf_blob.c
FAMFSCTL_OBJ	:= $(call tools_objs,famfsctl-obj,$(FAMFSCTL_SRC))
FAMFSCTL_TOBJ	:= $(call tools_objs,famfsctl-asan,$(FAMFSCTL_SRC))
# All but main(), for tests that bring their own.
FAMFSCTL_PARTS	:= $(filter-out %/main.o,$(FAMFSCTL_TOBJ))
FAMFSCTL_CFLAGS	= -D_FILE_OFFSET_BITS=64 -I$(TOP)/tools/famfsctl -I$(TOP)/compat/btf -DFAMFS_VERSION='"$(FAMFSCTL_VERSION)"' $(KMOD_CFLAGS)

FAMFSCTL_TESTS	:= $(addprefix $(TOOLS_OUT)/unit/,test_famfsctl_text test_famfsctl_mode \
		     test_famfsctl_layout)
UNIT_TESTS	+= $(FAMFSCTL_TESTS) $(wildcard $(TOP)/tests/unit/test_famfsctl_*.sh)
tools: $(TOOLS_OUT)/famfsctl

# The tests that are scripts look at the program as it is tested, and at what it writes.
unit: $(TOOLS_OUT)/unit/famfsctl $(TOOLS_OUT)/unit/jsonflat

$(TOOLS_OUT)/famfsctl-obj/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(FAMFSCTL_CFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/famfsctl-asan/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(FAMFSCTL_CFLAGS) $(TOOLS_CFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/famfsctl: $(FAMFSCTL_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(KMOD_LIBS) -lm

$(TOOLS_OUT)/unit/famfsctl: $(FAMFSCTL_TOBJ)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(KMOD_LIBS) -lm

$(TOOLS_OUT)/unit/jsonflat: $(TOP)/tests/unit/jsonflat.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $<

$(TOOLS_OUT)/unit/test_famfsctl_%: $(TOOLS_OUT)/famfsctl-asan/tests/unit/test_famfsctl_%.o \
		$(FAMFSCTL_PARTS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(KMOD_LIBS) $(CHECK_LIBS) -lm

tools-clean: famfsctl-clean
.PHONY: famfsctl-clean
famfsctl-clean:
	rm -rf $(TOOLS_OUT)/famfsctl-obj $(TOOLS_OUT)/famfsctl-asan $(TOOLS_OUT)/famfsctl \
	       $(TOOLS_OUT)/unit/famfsctl $(TOOLS_OUT)/unit/jsonflat $(FAMFSCTL_TESTS)

-include $(FAMFSCTL_OBJ:.o=.d) $(FAMFSCTL_TOBJ:.o=.d)
