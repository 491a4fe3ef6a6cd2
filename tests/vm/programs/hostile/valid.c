// SPDX-License-Identifier: GPL-2.0-only
/* Valid GET_FMAP messages of all forms: see mutate.h. */
#include <linux/famfs_fuse.h>
#include "../check.h"
#include "mutate.h"
#include "oracle.h"

/* Each extent and strip gets a place of its own. */
#define SLOT	(4ULL << 20)

struct builder {
	struct rng *r;
	struct answer *to;
	const uint64_t *sizes;
	struct fuse_famfs_fmap_header hdr;
	uint64_t covered;
	uint64_t slot, stride;
};

static void put(struct builder *b, const void *data, size_t len)
{
	check(b->to->len + len <= FIRST_ROOM, "room for a valid message");
	memcpy(b->to->data + b->to->len, data, len);
	b->to->len += len;
}

static void put_ext(struct builder *b, uint64_t len)
{
	uint64_t per_dev[2] = { (b->sizes[0] - PLAYGROUND) / SLOT, (b->sizes[1] - PLAYGROUND) / SLOT };
	uint64_t slot = b->slot % (per_dev[0] + per_dev[1]);
	struct fuse_famfs_simple_ext ext = { .se_len = len };

	b->slot += b->stride;
	ext.se_devindex = slot < per_dev[0] ? INDEX_A : INDEX_B;
	if (slot >= per_dev[0])
		slot -= per_dev[0];
	ext.se_offset = PLAYGROUND + slot * SLOT;
	if (below(b->r, 2))
		ext.se_offset += below(b->r, (SLOT - len) / PAGE + 1) * PAGE;
	/* Old servers do not set it. */
	if (!below(b->r, 8))
		ext.reserved = (uint32_t)rnd(b->r);
	put(b, &ext, sizeof(ext));
}

static void simple_body(struct builder *b)
{
	uint32_t i;

	b->hdr.nextents = below(b->r, 4) ? 1 + below(b->r, 6) : 1 + below(b->r, 60);
	for (i = 0; i < b->hdr.nextents; i++) {
		static const uint16_t pages[] = { 1, 2, 3, 16, 511, 512, 512, 513 };
		uint64_t len = PAGE * (below(b->r, 2) ? pages[below(b->r, 8)] : 1 + below(b->r, 600));

		put_ext(b, len);
		b->covered += len;
	}
}

static void stripe_body(struct builder *b)
{
	uint32_t i, s;

	b->hdr.nextents = 1 + below(b->r, 3);
	for (i = 0; i < b->hdr.nextents; i++) {
		static const uint32_t chunks[] = { 4096, 8192, 12288, 65536, 1U << 20, 2U << 20 };
		static const uint32_t strips[] = { 1, 2, 3, 4, 5, 8, 16, 33 };
		struct fuse_famfs_iext ie = {
			.ie_nstrips = strips[below(b->r, b->hdr.nextents == 1 ? 8 : 6)],
			.ie_chunk_size = chunks[below(b->r, 6)],
		};
		uint64_t row = (uint64_t)ie.ie_nstrips * ie.ie_chunk_size;
		uint64_t strip_len = ie.ie_chunk_size * (1 + below(b->r, ie.ie_chunk_size < SLOT / 4 ? 4 : 2));

		/* Whole rows, or a last one with part of its chunks, the last of them cut. */
		ie.ie_nbytes = strip_len / ie.ie_chunk_size * row;
		if (below(b->r, 2))
			ie.ie_nbytes -= below(b->r, row / PAGE) * PAGE;
		b->covered += ie.ie_nbytes;
		put(b, &ie, sizeof(ie));
		for (s = 0; s < ie.ie_nstrips; s++)
			put_ext(b, strip_len + (below(b->r, 4) || strip_len == SLOT ? 0 : PAGE));
	}
}

void make_valid(struct rng *r, struct answer *to, const uint64_t *dev_size)
{
	struct builder b = {
		.r = r,
		.to = to,
		.sizes = dev_size,
		.hdr = { .fmap_version = 1, .file_type = (uint8_t)below(r, 3) },
		.slot = rnd(r) >> 32,
		.stride = 101,	/* a prime: no slot twice before all were had */
	};

	to->err = 0;
	to->len = sizeof(b.hdr);
	if (below(r, 2)) {
		b.hdr.ext_type = FUSE_FAMFS_EXT_INTERLEAVE;
		stripe_body(&b);
	} else {
		simple_body(&b);
	}
	switch (below(r, 4)) {
	case 0:
		b.hdr.file_size = b.covered;
		break;
	case 1:
		b.hdr.file_size = b.covered - below(r, PAGE);
		break;
	case 2:
		b.hdr.file_size = 1 + below(r, b.covered);
		break;
	default:
		b.hdr.file_size = b.covered - below(r, b.covered / PAGE) * PAGE;
	}
	if (below(r, 2))
		b.hdr.reserved0 = to->len;
	if (!below(r, 8))
		b.hdr.reserved1 = rnd(r);
	memcpy(to->data, &b.hdr, sizeof(b.hdr));
}
