# SPDX-License-Identifier: GPL-2.0-only
# User space: libfmap, fmapd, famfsctl, famfs-coherence, and their unit tests.
# Works by itself too: make -f tools/tools.mk tools

# Now: the last makefile is another one later.
ifndef TOP
TOP		:= $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST))/..)))
endif
TOOLS_OUT	:= $(TOP)/build
PKG_CONFIG	?= pkg-config

TOOLS_CFLAGS	:= -std=gnu11 -O2 -g -Wall -Wextra -Wstrict-prototypes \
		   -Wmissing-prototypes -fno-strict-aliasing -pthread -MMD -MP
TOOLS_CPPFLAGS	:= -I$(TOP)/uapi -I$(TOP)/tools/libfmap -I$(TOP)/tools/fmapd
# For what is in tests/fmapd alone.
$(TOOLS_OUT)/tools-obj/tests/% $(TOOLS_OUT)/tools-asan/tests/%: TOOLS_CPPFLAGS += -I$(TOP)/tests/fmapd
# Asked for only when something is compiled, so that nobody else needs libfuse.
FUSE_CFLAGS	= $(shell $(PKG_CONFIG) --cflags fuse3)
FUSE_LIBS	= $(shell $(PKG_CONFIG) --libs fuse3)
CHECK_LIBS	= $(shell $(PKG_CONFIG) --libs check)
UNIT_CFLAGS	:= -fsanitize=address,undefined -fno-sanitize-recover=all \
		   -fno-omit-frame-pointer

LIBFMAP_SRC	:= $(wildcard $(TOP)/tools/libfmap/*.c)
FMAPD_SRC	:= $(wildcard $(TOP)/tools/fmapd/*.c)
# The lab's fmapd answers late and wrongly if told to; see tools/fmapd/seam.h.
FMAPD_TEST_SRC	:= $(filter-out %/seam.c,$(FMAPD_SRC)) $(wildcard $(TOP)/tests/fmapd/*.c)
MANIFEST_SRC	:= $(wildcard $(TOP)/tools/fmapd/manifest*.c)

tools_objs	= $(patsubst $(TOP)/%.c,$(TOOLS_OUT)/$(1)/%.o,$(2))
LIBFMAP_OBJ	:= $(call tools_objs,tools-obj,$(LIBFMAP_SRC))
LIBFMAP_PIC	:= $(call tools_objs,tools-pic,$(LIBFMAP_SRC))
FMAPD_OBJ	:= $(call tools_objs,tools-obj,$(FMAPD_SRC))
FMAPD_TEST_OBJ	:= $(call tools_objs,tools-obj,$(FMAPD_TEST_SRC))
LIBFMAP_TOBJ	:= $(call tools_objs,tools-asan,$(LIBFMAP_SRC) \
		     $(TOP)/tests/fmapd/faults.c \
		     $(TOP)/tests/unit/test_libfmap.c)
DEVICE_TOBJ	:= $(call tools_objs,tools-asan,$(LIBFMAP_SRC) \
		     $(TOP)/tests/unit/test_libfmap_device.c)
NO_HOOKS_TOBJ	:= $(call tools_objs,tools-asan,$(TOP)/tests/unit/no_hooks.c)
NO_HOOKS	:= -Wl,--wrap=fuse_session_custom_io,--wrap=fuse_session_custom_io_317
MANIFEST_TOBJ	:= $(call tools_objs,tools-asan,$(MANIFEST_SRC) \
		     $(TOP)/tests/unit/test_manifest.c)
MDEVICE_TOBJ	:= $(call tools_objs,tools-asan,$(MANIFEST_SRC) \
		     $(TOP)/tests/unit/test_manifest_device.c)
MRENEW_TOBJ	:= $(call tools_objs,tools-asan,$(MANIFEST_SRC) \
		     $(TOP)/tests/unit/test_manifest_renew.c)
READY_TOBJ	:= $(call tools_objs,tools-asan,$(TOP)/tools/fmapd/ready.c \
		     $(TOP)/tests/unit/test_ready.c)

TOOLS_UNIT	:= $(addprefix $(TOOLS_OUT)/unit/,test_manifest test_manifest_device \
		     test_manifest_renew test_ready test_libfmap \
		     test_libfmap_device test_libfmap_loop test_libfmap_device_loop)
UNIT_TESTS	+= $(TOOLS_UNIT) $(TOP)/tests/unit/test_doc_example.sh \
		   $(TOP)/tests/unit/test_doc_fstab.sh \
		   $(TOP)/tests/unit/test_public_names.sh $(TOP)/tests/unit/test_doc_commands.sh

# fmapd is one file that runs anywhere, unless its packager wants it otherwise.
LIBFMAP_SONAME	:= libfmap.so.1
LIBFMAP_FILE	:= $(LIBFMAP_SONAME).0.0
LIBFMAP_MAP	:= $(TOP)/tools/libfmap/libfmap.map
FMAPD_LIBFMAP	?= libfmap.a

.PHONY: tools tools-test tools-unit tools-clean libfmap-shared
libfmap-shared: $(TOOLS_OUT)/libfmap.so
tools: $(TOOLS_OUT)/fmapd $(TOOLS_OUT)/libfmap.a $(TOOLS_OUT)/onefile
tools-test: $(TOOLS_OUT)/fmapd-test
tools-unit: $(TOOLS_UNIT)
# Documents tell how fmapd is called; not the fmapd that is installed, which is linked as its packager wants.
unit: $(TOOLS_OUT)/fmapd-test

$(TOOLS_OUT)/tools-obj/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(FUSE_CFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/tools-pic/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(FUSE_CFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -fPIC -c -o $@ $<

$(TOOLS_OUT)/tools-asan/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CPPFLAGS) $(FUSE_CFLAGS) $(TOOLS_CFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/libfmap.a: $(LIBFMAP_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

# The linker finds it by the name without a number, programs by the soname.
$(TOOLS_OUT)/$(LIBFMAP_FILE): $(LIBFMAP_PIC) $(LIBFMAP_MAP)
	$(CC) -shared -pthread -Wl,-soname,$(LIBFMAP_SONAME) -Wl,--version-script=$(LIBFMAP_MAP) \
		-Wl,-z,defs -Wl,--as-needed $(LDFLAGS) -o $@ $(LIBFMAP_PIC) $(FUSE_LIBS)
	ln -sf $(LIBFMAP_FILE) $(TOOLS_OUT)/$(LIBFMAP_SONAME)

$(TOOLS_OUT)/libfmap.so: $(TOOLS_OUT)/$(LIBFMAP_FILE)
	ln -sf $(LIBFMAP_FILE) $@

$(TOOLS_OUT)/fmapd: $(FMAPD_OBJ) $(TOOLS_OUT)/$(FMAPD_LIBFMAP)
	$(CC) -pthread $(LDFLAGS) -o $@ $^ $(FUSE_LIBS)

$(TOOLS_OUT)/fmapd-test: $(FMAPD_TEST_OBJ) $(TOOLS_OUT)/libfmap.a
	$(CC) -pthread $(LDFLAGS) -o $@ $^ $(FUSE_LIBS)

# The example of docs/protocol.md, built as its readers would.
$(TOOLS_OUT)/onefile: $(TOP)/tools/example/onefile.c $(TOOLS_OUT)/libfmap.a
	$(CC) -Wall -Wextra $(WERROR) -I$(TOP)/tools/libfmap $(FUSE_CFLAGS) -o $@ $^ $(FUSE_LIBS)

$(TOOLS_OUT)/unit/test_libfmap: $(LIBFMAP_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -o $@ $^ $(FUSE_LIBS) $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_libfmap_device: $(DEVICE_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -Wl,--wrap=ioctl -o $@ $^ $(FUSE_LIBS) $(CHECK_LIBS)

# The same on a libfuse without hooks: then the loop is libfmap's own.
$(TOOLS_OUT)/unit/test_libfmap_loop: $(LIBFMAP_TOBJ) $(NO_HOOKS_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) $(NO_HOOKS) -o $@ $^ $(FUSE_LIBS) $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_libfmap_device_loop: $(DEVICE_TOBJ) $(NO_HOOKS_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) $(NO_HOOKS) -Wl,--wrap=ioctl -o $@ $^ $(FUSE_LIBS) $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_manifest: $(MANIFEST_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -o $@ $^ $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_manifest_device: $(MDEVICE_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -o $@ $^ $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_manifest_renew: $(MRENEW_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -o $@ $^ $(CHECK_LIBS)

$(TOOLS_OUT)/unit/test_ready: $(READY_TOBJ)
	@mkdir -p $(@D)
	$(CC) -pthread $(UNIT_CFLAGS) -o $@ $^ $(CHECK_LIBS)

include $(TOP)/tools/install.mk
include $(TOP)/tools/famfsctl/famfsctl.mk
include $(TOP)/tools/famfs-coherence/coherence.mk

clean:: tools-clean
tools-clean:
	rm -rf $(TOOLS_OUT)/tools-obj $(TOOLS_OUT)/tools-pic $(TOOLS_OUT)/tools-asan \
	       $(TOOLS_OUT)/fmapd $(TOOLS_OUT)/fmapd-test $(TOOLS_OUT)/libfmap.a $(TOOLS_OUT)/libfmap.so* \
	       $(TOOLS_OUT)/onefile \
	       $(TOOLS_UNIT)

-include $(LIBFMAP_OBJ:.o=.d) $(LIBFMAP_PIC:.o=.d) $(FMAPD_TEST_OBJ:.o=.d) $(FMAPD_OBJ:.o=.d) \
	 $(LIBFMAP_TOBJ:.o=.d) $(DEVICE_TOBJ:.o=.d) $(MANIFEST_TOBJ:.o=.d) $(MDEVICE_TOBJ:.o=.d) \
	 $(MRENEW_TOBJ:.o=.d) $(READY_TOBJ:.o=.d)
