// SPDX-License-Identifier: GPL-2.0-only
/* Builds GET_FMAP messages. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

_Static_assert(sizeof(struct fuse_famfs_fmap_header) == 32, "wire format");
_Static_assert(sizeof(struct fuse_famfs_simple_ext) == 24, "wire format");
_Static_assert(sizeof(struct fuse_famfs_iext) == 24, "wire format");
_Static_assert(sizeof(struct fuse_daxdev_out) == 280, "wire format");
_Static_assert((int)FMAP_FILE_LOG == FUSE_FAMFS_FILE_LOG, "wire format");

/* Extents of either kind have one size, so a message is a header and slots. */
#define SLOT		sizeof(struct fuse_famfs_simple_ext)
#define MAX_SLOTS	((FUSE_FAMFS_FMAP_MAX - \
			  sizeof(struct fuse_famfs_fmap_header)) / SLOT)

_Static_assert(MAX_SLOTS == FMAP_MAP_MAX, "what the header tells");

/* @slots: extents and strips together; @nextents: what the header says. */
static struct fmap_map *new_map(enum fmap_file_type type, uint64_t size,
				uint32_t ext_type, size_t nextents, size_t slots)
{
	struct fuse_famfs_fmap_header hdr = {
		.file_type = (uint8_t)type,
		.fmap_version = FUSE_FAMFS_FMAP_VERSION,
		.ext_type = ext_type,
		.nextents = (uint32_t)nextents,
		.file_size = size,
	};
	struct fmap_map *map;

	map = malloc(sizeof(*map) + sizeof(hdr) + slots * SLOT);
	if (!map)
		return NULL;
	map->len = sizeof(hdr) + slots * SLOT;
	memcpy(map->data, &hdr, sizeof(hdr));
	return map;
}

static unsigned char *put_extents(unsigned char *p,
				  const struct fmap_extent *ext, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, p += SLOT) {
		struct fuse_famfs_simple_ext se = {
			.se_devindex = ext[i].dev,
			.se_offset = ext[i].offset,
			.se_len = ext[i].len,
		};

		memcpy(p, &se, sizeof(se));
	}
	return p;
}

struct fmap_map *fmap_map_simple(enum fmap_file_type type, uint64_t size,
				 const struct fmap_extent *ext, size_t n)
{
	struct fmap_map *map;

	if (!n || n > MAX_SLOTS) {
		errno = n ? EFBIG : EINVAL;
		return NULL;
	}
	map = new_map(type, size, FUSE_FAMFS_EXT_SIMPLE, n, n);
	if (map)
		put_extents(map->data + sizeof(struct fuse_famfs_fmap_header),
			    ext, n);
	return map;
}

struct fmap_map *fmap_map_striped(enum fmap_file_type type, uint64_t size,
				  const struct fmap_stripe *stripe, size_t n)
{
	struct fmap_map *map;
	size_t i, slots = 0;
	unsigned char *p;

	for (i = 0; i < n; i++) {
		if (!stripe[i].nstrips) {
			errno = EINVAL;
			return NULL;
		}
		slots += 1 + (size_t)stripe[i].nstrips;
		if (slots > MAX_SLOTS) {
			errno = EFBIG;
			return NULL;
		}
	}
	if (!n) {
		errno = EINVAL;
		return NULL;
	}
	map = new_map(type, size, FUSE_FAMFS_EXT_INTERLEAVE, n, slots);
	if (!map)
		return NULL;
	p = map->data + sizeof(struct fuse_famfs_fmap_header);
	for (i = 0; i < n; i++) {
		struct fuse_famfs_iext ie = {
			.ie_nstrips = stripe[i].nstrips,
			.ie_chunk_size = stripe[i].chunk,
			.ie_nbytes = stripe[i].nbytes,
		};

		memcpy(p, &ie, sizeof(ie));
		p = put_extents(p + sizeof(ie), stripe[i].strips,
				stripe[i].nstrips);
	}
	return map;
}

const void *fmap_map_data(const struct fmap_map *map, size_t *len)
{
	*len = map->len;
	return map->data;
}

void fmap_map_free(struct fmap_map *map)
{
	free(map);
}
