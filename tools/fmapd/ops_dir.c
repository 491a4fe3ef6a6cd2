// SPDX-License-Identifier: GPL-2.0-only
/*
 * READDIR and READDIRPLUS.
 *
 * The offset of an entry says where the next one is: 1 after ".", 2 after
 * "..", and 2 + node after a child.  Entries come by ascending node, so that an
 * offset stays good when its entry has gone.
 */
#include <errno.h>
#include <stdlib.h>

#include "fmapd.h"

#define OFF_DOTDOT	1
#define OFF_FIRST	2

/* Fewer bytes than any entry of READDIRPLUS takes. */
#define ENTRY_MIN	128

/* The first entry behind an offset. */
static uint32_t entry_after(const struct manifest *m, uint32_t dir, off_t off)
{
	uint64_t last = (uint64_t)off - OFF_FIRST;
	uint32_t next;

	if (off <= OFF_FIRST)
		return m->nodes[dir].child;
	/* Whoever has the directory open seeks where they like, but in this one only. */
	if (last >= m->nnodes)
		return MANIFEST_NONE;
	if (!m->nodes[last].gone)
		return m->nodes[last].parent == dir ? m->nodes[last].sibling : MANIFEST_NONE;
	for (next = m->nodes[dir].child; next != MANIFEST_NONE && next <= last;)
		next = m->nodes[next].sibling;
	return next;
}

/* Fills @buf; Return: bytes used.  @known gets the nodes that the kernel is told of, @nknown. */
static size_t fill(fuse_req_t req, uint32_t dir, char *buf, size_t size,
		   off_t off, uint32_t *known, size_t *nknown)
{
	struct fmapd *d = fuse_req_userdata(req);
	const struct manifest_node *nodes = d->m->nodes;
	uint32_t node, next = entry_after(d->m, dir, off);
	size_t used = 0, n;

	for (;; used += n) {
		struct fuse_entry_param e = { 0 };
		const char *name;
		off_t after;

		if (off < OFF_FIRST) {
			name = off < OFF_DOTDOT ? "." : "..";
			node = off < OFF_DOTDOT ? dir : nodes[dir].parent;
			after = off + 1;
		} else {
			if (next == MANIFEST_NONE)
				return used;
			node = next;
			name = nodes[node].name;
			next = nodes[node].sibling;
			after = (off_t)node + OFF_FIRST;
		}

		if (known) {
			/* "." and ".." are no look-ups: nodeid 0 says so. */
			node_entry(d, node, &e);
			if (off < OFF_FIRST)
				e.ino = 0;
			n = fuse_add_direntry_plus(req, buf + used, size - used,
						   name, &e, after);
		} else {
			node_stat(d, node, &e.attr);
			n = fuse_add_direntry(req, buf + used, size - used,
					      name, &e.attr, after);
		}
		if (n > size - used)
			return used;
		if (known && off >= OFF_FIRST) {
			node_known(d, node);
			known[(*nknown)++] = node;
		}
		off = after;
	}
}

static void reply(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		  bool plus)
{
	struct fmapd *d = fuse_req_userdata(req);
	uint32_t *known = plus ? calloc(size / ENTRY_MIN + 1, sizeof(*known)) : NULL;
	char *buf = malloc(size);
	size_t nknown = 0;
	bool told = false;

	if (!buf || (plus && !known)) {
		fuse_reply_err(req, ENOMEM);
	} else {
		pthread_rwlock_rdlock(&d->tree_lock);
		if (node_of(ino) < d->m->nnodes)
			told = !fuse_reply_buf(req, buf, fill(req, node_of(ino), buf, size, off,
							      known, &nknown));
		else
			fuse_reply_err(req, ESTALE);
		pthread_rwlock_unlock(&d->tree_lock);
	}
	while (!told && nknown)
		node_forgotten(d, known[--nknown], 1);
	free(known);
	free(buf);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	(void)fi;
	reply(req, ino, size, off, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)fi;
	reply(req, ino, size, off, true);
}
