// SPDX-License-Identifier: GPL-2.0-only
/* See notify.h. */
#include "../check.h"
#include "notify.h"

/* Younger than the headers of some systems. */
#define N_RESEND	7
#define N_INC_EPOCH	8
#define N_PRUNE		9

int notify_session;

static void notify(int code, const void *data, size_t len, const void *more, size_t more_len)
{
	int err = rawfuse_notify(notify_session, code, data, len, more, more_len);

	/* ENOENT: nothing of that name; ENOSYS and EINVAL: not on this kernel. */
	check(!err || err == ENOENT || err == EINVAL || err == ENOSYS || err == ENOTEMPTY, "notification %d", code);
}

void notify_inval_inode(uint64_t nodeid, int64_t off, int64_t len)
{
	struct fuse_notify_inval_inode_out out = { .ino = nodeid, .off = off, .len = len };

	notify(FUSE_NOTIFY_INVAL_INODE, &out, sizeof(out), NULL, 0);
}

void notify_store(uint64_t nodeid, uint64_t off, uint32_t len)
{
	struct fuse_notify_store_out out = { .nodeid = nodeid, .offset = off, .size = len };
	static char other_bytes[1 << 16];

	memset(other_bytes, 0xee, sizeof(other_bytes));
	notify(FUSE_NOTIFY_STORE, &out, sizeof(out), other_bytes, len);
}

void notify_retrieve(uint64_t nodeid, uint64_t off, uint32_t len)
{
	struct fuse_notify_retrieve_out out = { .notify_unique = 77, .nodeid = nodeid, .offset = off, .size = len };

	notify(FUSE_NOTIFY_RETRIEVE, &out, sizeof(out), NULL, 0);
}

void notify_inval_entry(const char *name, uint32_t flags)
{
	struct {
		uint64_t parent;
		uint32_t namelen, flags;
	} out = { FUSE_ROOT_ID, (uint32_t)strlen(name), flags };

	notify(FUSE_NOTIFY_INVAL_ENTRY, &out, sizeof(out), name, strlen(name) + 1);
}

void notify_delete(const char *name, uint64_t nodeid)
{
	struct fuse_notify_delete_out out = { .parent = FUSE_ROOT_ID, .child = nodeid, .namelen = (uint32_t)strlen(name) };

	notify(FUSE_NOTIFY_DELETE, &out, sizeof(out), name, strlen(name) + 1);
}

void notify_others(uint64_t nodeid)
{
	struct {
		uint32_t count, padding;
		uint64_t spare;
	} prune = { .count = 1 };
	uint64_t kh = 5;
	int code;

	notify(FUSE_NOTIFY_POLL, &kh, sizeof(kh), NULL, 0);
	notify(N_RESEND, NULL, 0, NULL, 0);
	notify(N_INC_EPOCH, NULL, 0, NULL, 0);
	notify(N_PRUNE, &prune, sizeof(prune), &nodeid, sizeof(nodeid));
	for (code = 10; code < 20; code++)
		notify(code, &kh, sizeof(kh), NULL, 0);
}
