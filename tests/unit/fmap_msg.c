// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fmap_msg.h"

static void append(struct msg *m, const void *p, size_t n)
{
	if (m->len + n > m->cap) {
		m->cap = 2 * m->cap + n;
		m->buf = realloc(m->buf, m->cap);
		if (!m->buf)
			abort();
	}
	memcpy(m->buf + m->len, p, n);
	m->len += n;
}

void msg_start(struct msg *m, u32 ext_type, u64 file_size)
{
	struct fuse_famfs_fmap_header hdr = {
		.fmap_version = 1,
		.ext_type = ext_type,
		.file_size = file_size,
	};

	memset(m, 0, sizeof(*m));
	append(m, &hdr, sizeof(hdr));
}

void msg_strip(struct msg *m, u32 dev, u64 off, u64 len)
{
	struct fuse_famfs_simple_ext ext = {
		.se_devindex = dev,
		.se_offset = off,
		.se_len = len,
	};

	append(m, &ext, sizeof(ext));
}

void msg_simple(struct msg *m, u32 dev, u64 off, u64 len)
{
	msg_strip(m, dev, off, len);
	msg_hdr(m)->nextents++;
}

void msg_iext(struct msg *m, u32 nstrips, u32 chunk, u64 nbytes)
{
	struct fuse_famfs_iext iext = {
		.ie_nstrips = nstrips,
		.ie_chunk_size = chunk,
		.ie_nbytes = nbytes,
	};

	append(m, &iext, sizeof(iext));
	msg_hdr(m)->nextents++;
}

void msg_free(struct msg *m)
{
	free(m->buf);
	memset(m, 0, sizeof(*m));
}

/* Fuzzer input has any alignment. */
static struct fuse_famfs_simple_ext ext_at(const u8 *p)
{
	struct fuse_famfs_simple_ext ext;

	memcpy(&ext, p, sizeof(ext));
	return ext;
}

bool model_locate(const void *msg, u64 pos, struct place *place)
{
	struct fuse_famfs_fmap_header hdr;
	struct fuse_famfs_simple_ext ext;
	const u8 *p = msg;
	u32 i;

	memcpy(&hdr, p, sizeof(hdr));
	p += sizeof(hdr);
	for (i = 0; i < hdr.nextents; i++) {
		struct fuse_famfs_iext iext;
		u64 chunk, o = pos;

		if (hdr.ext_type == FUSE_FAMFS_EXT_SIMPLE) {
			ext = ext_at(p);
			p += sizeof(ext);
			if (pos < ext.se_len) {
				place->dev = ext.se_devindex;
				place->off = ext.se_offset + pos;
				return true;
			}
			pos -= ext.se_len;
			continue;
		}

		memcpy(&iext, p, sizeof(iext));
		p += sizeof(iext);
		if (pos < iext.ie_nbytes) {
			chunk = o / iext.ie_chunk_size;
			ext = ext_at(p + chunk % iext.ie_nstrips * sizeof(ext));
			place->dev = ext.se_devindex;
			place->off = ext.se_offset +
				chunk / iext.ie_nstrips * iext.ie_chunk_size +
				o % iext.ie_chunk_size;
			return true;
		}
		pos -= iext.ie_nbytes;
		p += (size_t)iext.ie_nstrips * sizeof(ext);
	}
	return false;
}

bool model_declared(const void *msg, size_t msg_len, struct place place,
		    u64 len)
{
	struct fuse_famfs_fmap_header hdr;
	const u8 *p = msg, *end = p + msg_len;
	u32 strips = 0;

	memcpy(&hdr, p, sizeof(hdr));
	for (p += sizeof(hdr); p < end; p += 24) {
		struct fuse_famfs_simple_ext ext;
		struct fuse_famfs_iext iext;

		if (hdr.ext_type == FUSE_FAMFS_EXT_INTERLEAVE && !strips) {
			memcpy(&iext, p, sizeof(iext));
			strips = iext.ie_nstrips;
			continue;
		}
		strips--;
		ext = ext_at(p);
		if (ext.se_devindex == place.dev &&
		    place.off >= ext.se_offset &&
		    place.off - ext.se_offset < ext.se_len &&
		    len <= ext.se_len - (place.off - ext.se_offset))
			return true;
	}
	return false;
}

/* Hands out device ranges of a random map, none twice. */
struct space {
	struct rng *r;
	u64 page;
	u64 next[6];
	bool scattered;
	u32 used;
};

static void space_strip(struct space *sp, struct msg *m, u64 len)
{
	static const u32 index[6] = { 0, 1, 4095, 7, 0xffffffff, 2 };
	u32 d = rng_below(sp->r, 6);
	u64 off;

	if (sp->scattered) {
		/* Odd times a number modulo 2^12 visits each place once. */
		off = (sp->used++ * 1597 + 11) % 4096 * 1024 * sp->page;
	} else {
		off = sp->next[d];
		sp->next[d] += len;
		if (rng_below(sp->r, 2))
			sp->next[d] += rng_below(sp->r, 4) * sp->page;
	}
	msg_strip(m, index[d], off, len);
}

static void random_stripe(struct msg *m, struct space *sp, u64 *total,
			  bool last)
{
	u32 nstrips = 1 + rng_below(sp->r, rng_below(sp->r, 4) ? 5 : 40);
	u32 chunk = (1 + rng_below(sp->r, 5)) * sp->page;
	u64 pages = 1 + rng_below(sp->r, 40);
	u64 nbytes = pages * sp->page;
	u32 s;

	if (last && rng_below(sp->r, 2))
		nbytes -= rng_below(sp->r, sp->page);
	msg_iext(m, nstrips, chunk, nbytes);
	*total += nbytes;
	for (s = 0; s < nstrips; s++) {
		u64 len = 0, pg;

		/* Count the extent's pages that land on this strip. */
		for (pg = 0; pg < pages; pg++)
			if (pg * sp->page / chunk % nstrips == s)
				len += sp->page;
		if (!len || !rng_below(sp->r, 3))
			len += (1 + rng_below(sp->r, 3)) * sp->page;
		space_strip(sp, m, len);
	}
}

void msg_random(struct msg *m, struct rng *r, u32 page_size)
{
	struct space sp = { .r = r, .page = page_size };
	bool striped = rng_below(r, 2), equal = rng_below(r, 2);
	u32 n = 1 + rng_below(r, rng_below(r, 4) ? 4 : 24), i;
	u64 total = 0, len = (1ULL << rng_below(r, 4)) * page_size;

	sp.scattered = rng_below(r, 2);
	msg_start(m, striped ? FUSE_FAMFS_EXT_INTERLEAVE :
			       FUSE_FAMFS_EXT_SIMPLE, 0);
	if (striped)
		n = 1 + n / 4;
	for (i = 0; i < n; i++) {
		if (striped) {
			random_stripe(m, &sp, &total, i == n - 1);
			continue;
		}
		if (!equal || i == n - 1)
			len = (1 + rng_below(r, 12)) * page_size;
		space_strip(&sp, m, len);
		msg_hdr(m)->nextents++;
		total += len;
	}
	switch (rng_below(r, 4)) {
	case 0:
		msg_hdr(m)->file_size = rng_below(r, total + 1);
		break;
	case 1:
		msg_hdr(m)->file_size = total -
			rng_below(r, total < page_size ? total : page_size);
		break;
	default:
		msg_hdr(m)->file_size = total;
	}
}
