// SPDX-License-Identifier: GPL-2.0-only
/* Other ways to answer GET_FMAP: see forms.h. */
#include "forms.h"

#include <errno.h>
#include <linux/famfs_fuse.h>
#include <stdlib.h>
#include <string.h>

#include "fmap.h"

/* The map's message with another size in its header, cut off after @len. */
static void reply_with_size(struct fmap_req *req, const struct fmap_map *map,
			    uint32_t size, size_t len)
{
	struct fuse_famfs_fmap_header hdr;
	size_t whole;
	const void *data = fmap_map_data(map, &whole);
	char *copy = malloc(whole);

	if (!copy) {
		fmap_reply_err(req, ENOMEM);
		return;
	}
	memcpy(copy, data, whole);
	memcpy(&hdr, copy, sizeof(hdr));
	hdr.reserved0 = size;
	memcpy(copy, &hdr, sizeof(hdr));
	fmap_reply_raw(req, copy, len < whole ? len : whole);
	free(copy);
}

void forms_reply(const struct form_options *o, struct fmap_req *req,
		 uint32_t room, const struct fmap_map *map)
{
	bool again = room > FUSE_FAMFS_GEN1_CAPACITY;
	size_t len;

	fmap_map_data(map, &len);
	if (o->first_generation) {
		/* Such a server has a buffer of that size, and no more. */
		if (len > FUSE_FAMFS_GEN1_CAPACITY)
			fmap_reply_err(req, EFBIG);
		else
			reply_with_size(req, map, 0, len);
	} else if (o->announce[again]) {
		reply_with_size(req, map, o->announce[again],
				sizeof(struct fuse_famfs_fmap_header));
	} else if (o->claim) {
		reply_with_size(req, map, o->claim, len);
	} else {
		fmap_reply_map(req, map);
	}
}
