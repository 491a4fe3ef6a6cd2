# SPDX-License-Identifier: GPL-2.0-only
# famfs-coherence and its test; included by tools/tools.mk.

COHERENCE_SRC	:= $(wildcard $(TOP)/tools/famfs-coherence/*.c) $(TOP)/tools/famfsctl/json.c
COHERENCE_OBJ	:= $(call tools_objs,coherence-obj,$(COHERENCE_SRC))
# The same on a model of hosts whose caches nobody keeps coherent.
COHERENCE_TOBJ	:= $(call tools_objs,coherence-asan,$(COHERENCE_SRC))
COHERENCE_MOBJ	:= $(filter-out %/access.o,$(COHERENCE_TOBJ)) \
		   $(TOOLS_OUT)/coherence-asan/tests/coherence/model.o
COHERENCE_CFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I$(TOP)/tools/famfs-coherence -I$(TOP)/tools/famfsctl \
		   -DFAMFS_VERSION='"$(FAMFSCTL_VERSION)"'

UNIT_TESTS	+= $(TOP)/tests/unit/test_coherence.sh
tools: $(TOOLS_OUT)/famfs-coherence
unit: $(TOOLS_OUT)/unit/famfs-coherence $(TOOLS_OUT)/unit/famfs-coherence-model

$(TOOLS_OUT)/coherence-obj/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(COHERENCE_CFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/coherence-asan/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(CC) $(COHERENCE_CFLAGS) $(TOOLS_CFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

$(TOOLS_OUT)/famfs-coherence: $(COHERENCE_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ -lm

$(TOOLS_OUT)/unit/famfs-coherence: $(COHERENCE_TOBJ)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ -lm

$(TOOLS_OUT)/unit/famfs-coherence-model: $(COHERENCE_MOBJ)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ -lm

tools-clean: coherence-clean
.PHONY: coherence-clean
coherence-clean:
	rm -rf $(TOOLS_OUT)/coherence-obj $(TOOLS_OUT)/coherence-asan $(TOOLS_OUT)/famfs-coherence \
	       $(TOOLS_OUT)/unit/famfs-coherence $(TOOLS_OUT)/unit/famfs-coherence-model

-include $(COHERENCE_OBJ:.o=.d) $(COHERENCE_TOBJ:.o=.d)
