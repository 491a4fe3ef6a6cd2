/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a GET_FMAP message to a map. Pure logic as map/ is, and like it built in user space too.
 */
#ifndef FAMFS_PROTO_PARSE_H
#define FAMFS_PROTO_PARSE_H

#include <linux/types.h>
#include "map/map.h"

/* No GET_FMAP message may be larger: bounds what a server can make us hold. */
#define FMAP_MSG_MAX		(16U << 20)

/* Everything the first pass over a message learns; the second pass trusts it. */
struct fmap_scan {
	const u8 *body;		/* the message behind its header */
	size_t body_len;
	u32 page_size;
	u8 page_shift;
	u8 file_type;
	bool striped;		/* the message's ext_type */
	bool uniform;		/* all lengths but the last equal first_len */
	u32 nexts;
	u32 naddrs;
	u32 dev_runs;		/* changes of device from one extent to the next */
	u32 last_dev;
	u64 file_size;
	u64 total;
	u64 first_len;
	u64 last_len;
};

/* parse.c */
int fmap_peek(const void *msg, size_t len, u64 *whole);
int fmap_parse(const void *msg, size_t len, u32 page_size, struct fmap **out);

/* build.c */
struct fmap *fmap_build(const struct fmap_scan *scan);

#endif
