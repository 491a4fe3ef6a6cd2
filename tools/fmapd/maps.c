// SPDX-License-Identifier: GPL-2.0-only
/* Answers GET_FMAP and GET_DAXDEV from the manifest. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "fmapd.h"
#include "seam.h"

static void answer_fmap_locked(struct fmapd *d, struct fmap_req *req, uint64_t ino)
{
	uint32_t room = fmap_req_room(req);
	const struct manifest_node *n;
	struct fmap_map *map;

	if (ino < FUSE_ROOT_ID || ino - FUSE_ROOT_ID >= d->m->nnodes) {
		fmap_reply_err(req, ESTALE);
		return;
	}
	n = &d->m->nodes[node_of(ino)];
	if (!S_ISREG(n->mode)) {
		fmap_reply_err(req, EISDIR);
		return;
	}
	map = n->nstripe ?
		fmap_map_striped(n->type, n->size, n->stripe, n->nstripe) :
		fmap_map_simple(n->type, n->size, n->ext, n->next);
	if (!map) {
		fmap_reply_map(req, NULL);
		return;
	}
	if (d->opt->debug)
		fprintf(stderr, "fmapd: GET_FMAP of inode %" PRIu64 ", room for %" PRIu32 "\n",
			ino, room);
	seam_reply_map(req, room, map);
	fmap_map_free(map);
}

static void answer_fmap(struct fmap_req *req, uint64_t ino)
{
	struct fmapd *d = fmap_req_userdata(req);

	pthread_rwlock_rdlock(&d->tree_lock);
	answer_fmap_locked(d, req, ino);
	pthread_rwlock_unlock(&d->tree_lock);
}

static void answer_daxdev(struct fmap_req *req, uint64_t index)
{
	struct fmapd *d = fmap_req_userdata(req);
	const struct manifest_device *dev;

	pthread_rwlock_rdlock(&d->tree_lock);
	dev = manifest_device(d->m, index);
	if (dev)
		fmap_reply_daxdev(req, dev->path);
	else
		fmap_reply_err(req, ENODEV);
	pthread_rwlock_unlock(&d->tree_lock);
}

static void get_fmap(struct fmap_req *req, uint64_t ino, uint32_t size)
{
	(void)size;
	seam_answer(SEAM_FMAP, req, ino, answer_fmap);
}

static void get_daxdev(struct fmap_req *req, uint64_t index)
{
	seam_answer(SEAM_DAXDEV, req, index, answer_daxdev);
}

const struct fmap_ops map_ops = {
	.get_fmap = get_fmap,
	.get_daxdev = get_daxdev,
};
