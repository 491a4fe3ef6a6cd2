/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: writing GET_FMAP messages, and a model that says where a byte of
 * the file is by reading the message from its start each time.
 *
 * The model shares no code with what it judges.
 */
#ifndef TESTS_FMAP_MSG_H
#define TESTS_FMAP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>
#include <linux/famfs_fuse.h>

#define KiB	1024ULL
#define MiB	(1024 * KiB)
#define GiB	(1024 * MiB)

struct msg {
	u8 *buf;
	size_t len;
	size_t cap;
};

void msg_start(struct msg *m, u32 ext_type, u64 file_size);
void msg_simple(struct msg *m, u32 dev, u64 off, u64 len);
void msg_iext(struct msg *m, u32 nstrips, u32 chunk, u64 nbytes);
void msg_strip(struct msg *m, u32 dev, u64 off, u64 len);
void msg_free(struct msg *m);

static inline struct fuse_famfs_fmap_header *msg_hdr(struct msg *m)
{
	return (void *)m->buf;
}

/* The @i-th struct of 24 bytes behind the header. */
static inline void *msg_at(struct msg *m, size_t i)
{
	return m->buf + 32 + i * 24;
}

struct place {
	u32 dev;
	u64 off;
};

/* Where a byte of a valid message's file is; false if no extent has it. */
bool model_locate(const void *msg, u64 pos, struct place *place);
/* Do the extents or strips of a valid message contain @len bytes at @place? */
bool model_declared(const void *msg, size_t msg_len, struct place place,
		    u64 len);

/* A small generator with fixed results on every machine. */
struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 to @n - 1 */
static inline u64 rng_below(struct rng *r, u64 n)
{
	return rng_next(r) % n;
}

/* A random valid message of at most some 100 pages, ready to parse. */
void msg_random(struct msg *m, struct rng *r, u32 page_size);

#endif
