/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other ways to answer GET_FMAP than this server's own: as servers of the first
 * generation do, and wrong ones, for tests of the kernel side.
 */
#ifndef FMAPD_FORMS_H
#define FMAPD_FORMS_H

#include <stdbool.h>
#include <stdint.h>

struct fmap_map;
struct fmap_req;

/**
 * struct form_options - what answers look like
 * @first_generation: no size in the header, whatever room there is
 * @announce: to be asked for again with this much room, by the first answer and
 *            by those to a larger request; 0: no
 * @claim:    size that the header of a whole map says; 0: the true one
 */
struct form_options {
	bool first_generation;
	uint32_t announce[2];
	uint32_t claim;
};

/**
 * forms_reply - answer with a map in the form that was asked for
 * @o:    form
 * @req:  the request
 * @room: what the request has room for
 * @map:  the true map
 */
void forms_reply(const struct form_options *o, struct fmap_req *req,
		 uint32_t room, const struct fmap_map *map);

#endif /* FMAPD_FORMS_H */
