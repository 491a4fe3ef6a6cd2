// SPDX-License-Identifier: GPL-2.0-only
/* See mutate.h. Whether a result is still valid is not known here: oracle.c says. */
#include <linux/famfs_fuse.h>
#include "../check.h"
#include "mutate.h"
#include "oracle.h"

#define HDR	sizeof(struct fuse_famfs_fmap_header)
#define REC	sizeof(struct fuse_famfs_simple_ext)	/* also of an interleaved extent */

static const struct scene *scene;

uint64_t rnd(struct rng *r)
{
	return pattern_word(r->seed, r->n++);
}

uint64_t below(struct rng *r, uint64_t n)
{
	return rnd(r) % n;
}

void flip(struct rng *r, unsigned char *data, size_t len)
{
	unsigned int n = 1 + (unsigned int)below(r, 6);

	while (n--)
		data[below(r, len)] ^= (unsigned char)(below(r, 2) ? 1ULL << below(r, 8) : 1 + below(r, 255));
}

/* ---- what is done to them ------------------------------------------------------ */

static void set_whole(struct answer *to, uint32_t whole)
{
	memcpy(to->data + offsetof(struct fuse_famfs_fmap_header, reserved0), &whole, sizeof(whole));
}

static struct fuse_famfs_fmap_header header_of(const struct answer *to)
{
	struct fuse_famfs_fmap_header hdr;

	memcpy(&hdr, to->data, HDR);
	return hdr;
}

/* Else a wrong length would be all that is seen of many attacks. */
static void maybe_tell_length(struct rng *r, struct answer *to)
{
	if (to->len >= HDR && below(r, 4))
		set_whole(to, below(r, 2) ? to->len : 0);
}

static uint64_t interesting(struct rng *r, uint64_t old)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 31, 32, 33, 255, 256, 4095, 4096, 4097, 8191, 8192, 65535, 65536,
		(2ULL << 20) - 1, 2ULL << 20, (2ULL << 20) + 1, (1ULL << 31) - 1, 1ULL << 31, (1ULL << 32) - PAGE,
		(1ULL << 32) - 1, 1ULL << 32, 1ULL << 44, 1ULL << 52, 1ULL << 56, (1ULL << 56) - PAGE,
		INT64_MAX, 1ULL << 63, (1ULL << 63) - PAGE, UINT64_MAX, -PAGE, -2 * PAGE, -(2ULL << 20),
	};

	switch (below(r, 16)) {
	case 0:
		return scene->dev_size[0] - below(r, 3) * PAGE;
	case 1:
		return scene->dev_size[1] + below(r, 2) * PAGE;
	case 2:
		return old + 1;
	case 3:
		return old - 1;
	case 4:
		return old + PAGE;
	case 5:
		return old - PAGE;
	case 6:
		return below(r, 2) ? old * 2 : old / 2;
	case 7:
		return rnd(r) >> below(r, 64);
	}
	return values[below(r, sizeof(values) / sizeof(values[0]))];
}

/* One field of the header or of any extent. */
static void change_field(struct rng *r, struct answer *to)
{
	static const unsigned char in_header[][2] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 4, 4 }, { 8, 4 }, { 12, 4 },
						      { 16, 8 }, { 16, 8 }, { 24, 8 } };
	static const unsigned char in_record[][2] = { { 0, 4 }, { 4, 4 }, { 8, 8 }, { 8, 8 }, { 16, 8 } };
	size_t at, records = (to->len - HDR) / REC;
	const unsigned char *f;
	uint64_t v = 0;

	if (!records || !below(r, 3)) {
		f = in_header[below(r, 9)];
		at = f[0];
	} else {
		f = in_record[below(r, 5)];
		at = HDR + below(r, records) * REC + f[0];
	}
	memcpy(&v, to->data + at, f[1]);
	v = interesting(r, v);
	memcpy(to->data + at, &v, f[1]);
}

static void do_nothing(struct rng *r, struct attack *a)
{
	(void)r;
	(void)a;
}

static void do_flip(struct rng *r, struct attack *a)
{
	flip(r, a->first.data, a->first.len);
}

static void do_flip_body(struct rng *r, struct attack *a)
{
	flip(r, a->first.data + HDR, a->first.len - HDR);
}

static void do_truncate(struct rng *r, struct attack *a)
{
	a->first.len = below(r, 4) ? below(r, a->first.len) : a->first.len - 1 - below(r, REC);
	maybe_tell_length(r, &a->first);
}

static void do_extend(struct rng *r, struct attack *a)
{
	uint32_t more = below(r, 2) ? REC * (1 + below(r, 3)) : 1 + below(r, 5000);

	while (more--)
		a->first.data[a->first.len++] = below(r, 2) ? 0 : (unsigned char)rnd(r);
	maybe_tell_length(r, &a->first);
}

static void do_field(struct rng *r, struct attack *a)
{
	change_field(r, &a->first);
}

static void do_fields(struct rng *r, struct attack *a)
{
	unsigned int n = 2 + below(r, 4);

	while (n--)
		change_field(r, &a->first);
}

/* Offset and length, or two lengths, whose sum is small only because it wraps. */
static void do_wrap(struct rng *r, struct attack *a)
{
	size_t records = (a->first.len - HDR) / REC;
	size_t at = HDR + below(r, records) * REC;
	uint64_t wrap = PAGE * (1 + below(r, 4096)), big = -wrap, sum = wrap + PAGE * below(r, 1024);

	if (below(r, 2)) {
		memcpy(a->first.data + at + 8, &big, 8);
		memcpy(a->first.data + at + 16, &sum, 8);
	} else {
		memcpy(a->first.data + at + 8, &sum, 8);
		memcpy(a->first.data + at + 16, &big, 8);
		/* and the next one's length brings the sum back to something small */
		if (at + 2 * REC <= a->first.len)
			memcpy(a->first.data + at + REC + 16, &sum, 8);
	}
	if (below(r, 2)) {
		sum = 1 + below(r, 100) * PAGE;
		memcpy(a->first.data + offsetof(struct fuse_famfs_fmap_header, file_size), &sum, 8);
	}
}

static void do_counts(struct rng *r, struct attack *a)
{
	static const uint32_t huge[] = { 0, 1, 2, 1000, 65536, 1U << 20, 0x0aaaaaab, 0x10000000, 0x15555556, INT32_MAX,
					 1U << 31, 0xaaaaaaab, UINT32_MAX - 1, UINT32_MAX };
	struct fuse_famfs_fmap_header hdr = header_of(&a->first);
	uint32_t n = huge[below(r, sizeof(huge) / sizeof(huge[0]))];
	size_t at = offsetof(struct fuse_famfs_fmap_header, nextents);

	if (hdr.ext_type == FUSE_FAMFS_EXT_INTERLEAVE && below(r, 2))
		at = HDR;	/* ie_nstrips of the first */
	memcpy(a->first.data + at, &n, sizeof(n));
}

static void do_chunk(struct rng *r, struct attack *a)
{
	static const uint32_t odd[] = { 0, 0, 1, 512, 4095, 4097, 5000, 6144, 1U << 31, UINT32_MAX, 0xfffff000 };
	uint32_t type = FUSE_FAMFS_EXT_INTERLEAVE, chunk = odd[below(r, sizeof(odd) / sizeof(odd[0]))];

	memcpy(a->first.data + offsetof(struct fuse_famfs_fmap_header, ext_type), &type, sizeof(type));
	memcpy(a->first.data + HDR + 4, &chunk, sizeof(chunk));
}

static void do_version(struct rng *r, struct attack *a)
{
	static const uint16_t other[] = { 0, 2, 3, 0x0100, 0x0101, 0x8001, 0xffff };

	memcpy(a->first.data + offsetof(struct fuse_famfs_fmap_header, fmap_version), &other[below(r, 7)], 2);
}

/* The header's word on the message's length is not true. */
static void do_lie(struct rng *r, struct attack *a)
{
	uint32_t len = a->first.len;

	switch (below(r, 8)) {
	case 0:
		set_whole(&a->first, len + 1 + below(r, 4096));
		break;
	case 1:
		set_whole(&a->first, 1 + below(r, len - 1));
		break;
	case 2:
		set_whole(&a->first, MSG_MAX + 1 + below(r, 100));
		break;
	case 3:
		set_whole(&a->first, UINT32_MAX - below(r, 2));
		break;
	case 4:		/* header only, and it says that it fits */
		a->first.len = HDR;
		set_whole(&a->first, below(r, 2) ? len : 33 + below(r, 4000));
		break;
	case 5:		/* header only, and whole */
		a->first.len = HDR;
		set_whole(&a->first, below(r, 2) ? HDR : 0);
		break;
	case 6:		/* header only, more than is allowed */
		a->first.len = HDR;
		set_whole(&a->first, below(r, 2) ? MSG_MAX + 1 : UINT32_MAX);
		break;
	default:	/* for ever "ask again"; 16 MiB are the costly case */
		a->first.len = HDR;
		set_whole(&a->first, below(r, 16) ? 4097 + below(r, 100000) : MSG_MAX);
	}
	memcpy(a->second.data, a->first.data, a->first.len);
	a->second.len = a->first.len;
}

/* Asked again, with more room, the server says something else. */
static void do_handshake(struct rng *r, struct attack *a)
{
	struct answer *two = &a->second;
	uint32_t room;

	memcpy(two->data, a->first.data, a->first.len);
	two->len = a->first.len;
	a->first.len = HDR;
	room = 4097 + below(r, 60000);
	set_whole(&a->first, room);
	set_whole(two, below(r, 2) ? two->len : 0);
	switch (below(r, 8)) {
	case 0:
		two->err = EIO;
		break;
	case 1:
		two->len = below(r, two->len);
		break;
	case 2:
		flip(r, two->data, two->len);
		break;
	case 3:		/* longer than announced */
		two->len = room + 1 + below(r, 100);
		set_whole(two, two->len);
		break;
	case 4:
		change_field(r, two);
		break;
	case 5:		/* and once more */
		two->len = HDR;
		set_whole(two, room * 2);
		break;
	}
}

/* Over another file, over itself, or over the device's end. */
static void do_overlap(struct rng *r, struct attack *a)
{
	size_t records = (a->first.len - HDR) / REC;
	size_t at = HDR + below(r, records) * REC, from = HDR + below(r, records) * REC;
	uint32_t index = below(r, 2) ? INDEX_A : INDEX_B;
	const struct range *other;
	uint64_t off;

	switch (below(r, 3)) {
	case 0:
		other = &scene->owned[below(r, scene->nowned)];
		index = other->dev == 0 ? INDEX_A : INDEX_B;
		off = other->start + below(r, (other->end - other->start) / PAGE + 2) * PAGE - PAGE;
		break;
	case 1:
		memcpy(&index, a->first.data + from, 4);
		memcpy(&off, a->first.data + from + 8, 8);
		off += (below(r, 5) - 2) * PAGE;
		break;
	default:
		off = scene->dev_size[index] - below(r, 600) * PAGE;
	}
	memcpy(a->first.data + at, &index, 4);
	memcpy(a->first.data + at + 8, &off, 8);
}

static void do_index(struct rng *r, struct attack *a)
{
	static const uint32_t index[] = { 2, 3, 31, 32, 63, 64, 255, 4095, 65535, 65536, 1U << 20, 1U << 31, UINT32_MAX,
					  INDEX_ALIAS, INDEX_ALIAS };
	size_t records = (a->first.len - HDR) / REC;
	unsigned int n = 1 + below(r, 3);

	while (n--)
		memcpy(a->first.data + HDR + below(r, records) * REC, &index[below(r, 15)], 4);
}

static void do_noise(struct rng *r, struct attack *a)
{
	size_t i, keep = below(r, 2) ? 0 : HDR;

	a->first.len = keep + below(r, 2000);
	for (i = keep; i < a->first.len; i++)
		a->first.data[i] = (unsigned char)rnd(r);
}

static void do_error(struct rng *r, struct attack *a)
{
	static const int errors[] = { EIO, EINVAL, ENODEV, EBUSY, EFBIG };

	a->first.err = errors[below(r, 5)];
}

static void do_header(struct rng *r, struct attack *a)
{
	a->header = 1 + below(r, HEADER_KINDS - 1);
	if (below(r, 2))
		change_field(r, &a->first);
}

/* Thousands of pages one by one; most such maps have one thing wrong somewhere. */
static void do_long(struct rng *r, struct attack *a)
{
	struct answer *two = &a->second;
	struct fuse_famfs_fmap_header hdr = { .fmap_version = 1 };
	struct fuse_famfs_simple_ext ext = { .se_devindex = INDEX_A, .se_len = PAGE };
	uint64_t free_pages = (scene->dev_size[INDEX_A] - PLAYGROUND) / PAGE;
	uint32_t i;

	/* Every second page, so that no two extents are one. */
	hdr.nextents = 1000 + (uint32_t)below(r, 5000);
	if (hdr.nextents > free_pages / 2)
		hdr.nextents = (uint32_t)(free_pages / 2);
	hdr.file_size = hdr.nextents * PAGE;
	for (i = 0; i < hdr.nextents; i++) {
		ext.se_offset = PLAYGROUND + 2ULL * PAGE * (hdr.nextents - 1 - i);
		memcpy(two->data + HDR + (size_t)i * REC, &ext, REC);
	}
	two->len = HDR + hdr.nextents * REC;
	hdr.reserved0 = two->len;
	memcpy(two->data, &hdr, HDR);
	memcpy(a->first.data, &hdr, HDR);
	a->first.len = HDR;
	if (below(r, 3))
		change_field(r, two);
}

/* Weights are of 1000. */
static const struct {
	const char *name;
	unsigned int weight;
	void (*fn)(struct rng *r, struct attack *a);
} attacks[] = {
	{ "valid", 60, do_nothing },
	{ "bytes flipped", 110, do_flip },
	{ "bytes flipped behind the header", 60, do_flip_body },
	{ "truncated", 80, do_truncate },
	{ "extended", 70, do_extend },
	{ "a field replaced", 180, do_field },
	{ "fields replaced", 60, do_fields },
	{ "sums that wrap", 50, do_wrap },
	{ "counts", 50, do_counts },
	{ "chunk size", 30, do_chunk },
	{ "version", 10, do_version },
	{ "lies about the length", 56, do_lie },
	{ "second reply", 50, do_handshake },
	{ "overlaps", 50, do_overlap },
	{ "device index", 40, do_index },
	{ "noise", 20, do_noise },
	{ "errors", 10, do_error },
	{ "header of the reply", 12, do_header },
	{ "long maps", 2, do_long },
};

#define NATTACKS	(sizeof(attacks) / sizeof(attacks[0]))

unsigned int attack_kinds(void)
{
	return NATTACKS;
}

const char *attack_kind(unsigned int i)
{
	return attacks[i].name;
}

void make_attack(struct rng *r, struct attack *a, const struct scene *meets)
{
	uint64_t n = below(r, 1000);
	unsigned int i;

	scene = meets;
	a->header = HEADER_RIGHT;
	a->second.err = 0;
	make_valid(r, &a->first, scene->dev_size);
	for (i = 0; n >= attacks[i].weight; i++)
		n -= attacks[i].weight;
	memcpy(a->second.data, a->first.data, HDR);
	a->second.len = HDR;
	attacks[i].fn(r, a);
	a->kind = attacks[i].name;
}
