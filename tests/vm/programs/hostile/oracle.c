// SPDX-License-Identifier: GPL-2.0-only
/* See oracle.h. */
#include <linux/famfs_fuse.h>
#include "../check.h"
#include "oracle.h"

typedef unsigned __int128 wide;

/*
 * Ends beyond this are beyond every device there is: whether such an extent of a
 * device that cannot be had is refused for the one or the other is all the same.
 */
#define NO_DEVICE_ENDS_HERE	((wide)1 << 44)

/* One simple extent or strip. */
struct piece {
	uint32_t index;
	int dev;		/* -1 if it cannot be had */
	uint64_t start, len;
	uint64_t used;		/* bytes of it that hold the file's, whole pages */
};

struct reading {
	const unsigned char *p;
	size_t left;
	struct piece *piece;
	size_t n;
	wide covered;		/* bytes of the file so far */
	unsigned int bad;	/* reasons to refuse the message */
	unsigned int maybe;	/* what the protocol's text leaves open */
};

static bool take(struct reading *r, void *to, size_t n)
{
	if (r->left < n)
		return false;
	memcpy(to, r->p, n);
	r->p += n;
	r->left -= n;
	return true;
}

static bool read_piece(struct reading *r, struct piece **out)
{
	struct fuse_famfs_simple_ext ext;
	struct piece *pc = &r->piece[r->n];

	if (!take(r, &ext, sizeof(ext)))
		return false;
	r->n++;
	*pc = (struct piece){ ext.se_devindex, -1, ext.se_offset, ext.se_len, ext.se_len };
	if (!ext.se_len || ext.se_offset % PAGE || ext.se_len % PAGE || (wide)ext.se_offset + ext.se_len >= (wide)1 << 64)
		r->bad |= V_EINVAL;
	*out = pc;
	return true;
}

static bool read_simple(struct reading *r)
{
	struct piece *pc;

	if (!read_piece(r, &pc))
		return false;
	r->covered += pc->len;
	return true;
}

/* Bytes that the chunks put on strip @s, counted from the last chunk backwards. */
static wide share_of(const struct fuse_famfs_iext *ie, uint32_t s, wide *whole_chunks)
{
	wide chunks = ((wide)ie->ie_nbytes + ie->ie_chunk_size - 1) / ie->ie_chunk_size;
	wide mine = chunks / ie->ie_nstrips + (s < chunks % ie->ie_nstrips ? 1 : 0);

	*whole_chunks = mine * ie->ie_chunk_size;
	if (chunks && (chunks - 1) % ie->ie_nstrips == s)
		return *whole_chunks - (chunks * ie->ie_chunk_size - ie->ie_nbytes);
	return *whole_chunks;
}

static bool read_stripe(struct reading *r)
{
	struct fuse_famfs_iext ie;
	bool chunked;
	uint32_t s;

	/* An extent that does not begin on a page cannot be mapped. */
	if (r->covered % PAGE)
		r->bad |= V_EINVAL;
	if (!take(r, &ie, sizeof(ie)))
		return false;
	chunked = ie.ie_nstrips && ie.ie_chunk_size;
	if (!chunked || ie.ie_chunk_size % PAGE || !ie.ie_nbytes)
		r->bad |= V_EINVAL;
	if (ie.ie_nbytes % PAGE)
		r->maybe |= V_EINVAL;
	r->covered += ie.ie_nbytes;
	for (s = 0; s < ie.ie_nstrips; s++) {
		struct piece *pc;
		wide share, chunks;

		if (!read_piece(r, &pc))
			return false;
		if (!chunked)
			continue;
		share = share_of(&ie, s, &chunks);
		if (share > pc->len)
			r->bad |= V_EINVAL;
		else if (chunks > pc->len)
			r->maybe |= V_EINVAL;
		pc->used = share > pc->len ? pc->len : (uint64_t)((share + PAGE - 1) / PAGE * PAGE);
	}
	return true;
}

/* All that can be said without knowing any device. */
static void read_message(struct reading *r, const void *msg, size_t len)
{
	struct fuse_famfs_fmap_header hdr;
	bool whole = true;
	uint32_t i;

	r->p = msg;
	r->left = len;
	if (len > MSG_MAX)
		r->bad |= V_EFBIG;
	if (!take(r, &hdr, sizeof(hdr))) {
		r->bad |= V_EINVAL;
		return;
	}
	if (hdr.reserved0 > MSG_MAX)
		r->bad |= V_EFBIG;
	else if (hdr.reserved0 && hdr.reserved0 != len)
		r->bad |= V_EINVAL;
	if (hdr.fmap_version != 1 || !hdr.nextents) {
		r->bad |= V_EINVAL;
		return;
	}
	for (i = 0; i < hdr.nextents && whole; i++) {
		if (hdr.ext_type == FUSE_FAMFS_EXT_SIMPLE)
			whole = read_simple(r);
		else if (hdr.ext_type == FUSE_FAMFS_EXT_INTERLEAVE)
			whole = read_stripe(r);
		else
			whole = false;
	}
	if (!whole || r->left || r->covered < hdr.file_size)
		r->bad |= V_EINVAL;
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->dev < 0 && x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static bool same_device(const struct piece *a, const struct piece *b)
{
	return a->dev == b->dev && (a->dev >= 0 || a->index == b->index);
}

/* Two extents of one file over the same memory. */
static void look_for_overlap(struct reading *r)
{
	wide declared_to = 0, used_to = 0;
	size_t i;

	qsort(r->piece, r->n, sizeof(*r->piece), by_place);
	for (i = 0; i < r->n; i++) {
		const struct piece *pc = &r->piece[i];

		if (i && !same_device(pc, pc - 1))
			declared_to = used_to = 0;
		if (pc->used && used_to > pc->start)
			r->bad |= V_EINVAL;
		else if (declared_to > pc->start)
			r->maybe |= V_EINVAL;
		if (declared_to < (wide)pc->start + pc->len)
			declared_to = (wide)pc->start + pc->len;
		if (pc->used && used_to < (wide)pc->start + pc->used)
			used_to = (wide)pc->start + pc->used;
	}
}

static void look_at_device(struct reading *r, struct piece *pc, const struct scene *scene)
{
	unsigned int got = scene->resolve(pc->index, &pc->dev), i;
	wide end = (wide)pc->start + pc->len;

	if (!(got & V_OK)) {
		pc->dev = -1;
		r->bad |= got;
		if (end > NO_DEVICE_ENDS_HERE)
			r->bad |= V_EINVAL;
		return;
	}
	r->maybe |= got & ~V_OK;
	if (end > scene->dev_size[pc->dev])
		r->bad |= V_EINVAL;
	for (i = 0; i < scene->nowned; i++) {
		const struct range *o = &scene->owned[i];

		if (o->dev != pc->dev || o->start >= end || o->end <= pc->start)
			continue;
		if (pc->used && o->start < (wide)pc->start + pc->used)
			r->bad |= V_EBUSY;
		else
			r->maybe |= V_EBUSY;
	}
}

unsigned int judge(const void *msg, size_t len, const struct scene *scene)
{
	struct reading r = { 0 };
	size_t i;

	r.piece = malloc((len / sizeof(struct fuse_famfs_simple_ext) + 1) * sizeof(*r.piece));
	check(r.piece, "memory");
	read_message(&r, msg, len);
	/* What is wrong by itself is refused as that, before any device is asked for. */
	if (!r.bad) {
		for (i = 0; i < r.n; i++)
			look_at_device(&r, &r.piece[i], scene);
		look_for_overlap(&r);
	}
	free(r.piece);
	if (r.bad)
		return r.bad | r.maybe;
	return V_OK | r.maybe;
}

void add_owned(struct scene *scene, const void *msg, size_t len)
{
	struct reading r = { 0 };
	size_t i;

	check(judge(msg, len, scene) == V_OK, "an honest map");
	r.piece = malloc(len * sizeof(*r.piece));
	check(r.piece, "memory");
	read_message(&r, msg, len);
	for (i = 0; i < r.n; i++) {
		struct range *o = &scene->owned[scene->nowned++];

		check(scene->nowned <= sizeof(scene->owned) / sizeof(*o), "room");
		scene->resolve(r.piece[i].index, &o->dev);
		o->start = r.piece[i].start;
		o->end = o->start + r.piece[i].used;
	}
	free(r.piece);
}

void where_is(const void *msg, uint64_t pos, uint32_t *index, uint64_t *offset)
{
	struct fuse_famfs_fmap_header hdr;
	struct fuse_famfs_simple_ext ext;
	struct fuse_famfs_iext ie;
	const unsigned char *p = msg;

	memcpy(&hdr, p, sizeof(hdr));
	for (p += sizeof(hdr); hdr.nextents; hdr.nextents--) {
		memcpy(&ie, p, sizeof(ie));
		memcpy(&ext, p, sizeof(ext));
		p += sizeof(ext);
		if (hdr.ext_type == FUSE_FAMFS_EXT_INTERLEAVE) {
			if (pos < ie.ie_nbytes) {
				uint64_t chunk = pos / ie.ie_chunk_size;

				memcpy(&ext, p + sizeof(ext) * (chunk % ie.ie_nstrips), sizeof(ext));
				*index = ext.se_devindex;
				*offset = ext.se_offset + chunk / ie.ie_nstrips * ie.ie_chunk_size +
					  pos % ie.ie_chunk_size;
				return;
			}
			pos -= ie.ie_nbytes;
			p += sizeof(ext) * ie.ie_nstrips;
			continue;
		}
		if (pos < ext.se_len) {
			*index = ext.se_devindex;
			*offset = ext.se_offset + pos;
			return;
		}
		pos -= ext.se_len;
	}
	check(0, "the map has no byte %#llx", (unsigned long long)pos);
}

unsigned int verdict_of_errno(int err)
{
	switch (err) {
	case 0:
		return V_OK;
	case EINVAL:
		return V_EINVAL;
	case ENODEV:
		return V_ENODEV;
	case EBUSY:
		return V_EBUSY;
	case EFBIG:
		return V_EFBIG;
	case EIO:
		return V_EIO;
	}
	return V_OTHER;
}

const char *verdict_name(unsigned int bit)
{
	static const char *const names[V_KINDS] = { "accepted", "EINVAL", "ENODEV", "EBUSY", "EFBIG", "EIO", "other" };

	return names[__builtin_ctz(bit)];
}
