// SPDX-License-Identifier: GPL-2.0-only
/*
 * READDIR and READDIRPLUS.
 *
 * The offset of an entry says where the next one is: 1 after ".", 2 after
 * "..", and 2 + node after a child.  The tree never changes, so an offset
 * stays good for ever.
 */
#include <errno.h>
#include <stdlib.h>

#include "fmapd.h"

#define OFF_DOTDOT	1
#define OFF_FIRST	2

/* Fills @buf; Return: bytes used. */
static size_t fill(fuse_req_t req, uint32_t dir, char *buf, size_t size,
		   off_t off, bool plus)
{
	struct fmapd *d = fuse_req_userdata(req);
	const struct manifest_node *nodes = d->m->nodes;
	uint32_t node, next;
	size_t used = 0, n;

	/* Whoever has the directory open seeks where they like, but in this one only. */
	if (off > OFF_FIRST &&
	    ((uint64_t)off - OFF_FIRST >= d->m->nnodes ||
	     nodes[off - OFF_FIRST].parent != dir))
		return 0;
	next = off > OFF_FIRST ? nodes[off - OFF_FIRST].sibling : nodes[dir].child;

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

		if (plus) {
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
		off = after;
	}
}

static void reply(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		  bool plus)
{
	char *buf = malloc(size);

	if (!buf) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	fuse_reply_buf(req, buf, fill(req, node_of(ino), buf, size, off, plus));
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
