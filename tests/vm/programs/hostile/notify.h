/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that a FUSE server can tell without being asked. */
#ifndef TESTS_VM_HOSTILE_NOTIFY_H
#define TESTS_VM_HOSTILE_NOTIFY_H

#include "rawfuse.h"

extern int notify_session;	/* the session's fd */

void notify_inval_inode(uint64_t nodeid, int64_t off, int64_t len);
/* notify_store - bytes 0xee into the page cache, which is not the file's memory. */
void notify_store(uint64_t nodeid, uint64_t off, uint32_t len);
void notify_retrieve(uint64_t nodeid, uint64_t off, uint32_t len);
void notify_inval_entry(const char *name, uint32_t flags);
void notify_delete(const char *name, uint64_t nodeid);
/* notify_others - the rest of the codes, and some that mean nothing yet. */
void notify_others(uint64_t nodeid);

#endif
