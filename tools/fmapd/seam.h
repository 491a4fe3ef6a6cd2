/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where fmapd can be had to answer late and wrongly.  The one that is installed has seam.c, which
 * does nothing of the kind; the one that the lab's tests use has tests/fmapd/seam.c.
 */
#ifndef FMAPD_SEAM_H
#define FMAPD_SEAM_H

#include <getopt.h>
#include <stdint.h>

struct fmap_map;
struct fmap_req;

enum seam_site { SEAM_FMAP, SEAM_DAXDEV, SEAM_SITES };

/* Options beside fmapd's own: what --help says of them, and the list, whose end is a NULL. */
extern const char seam_usage[];
extern const struct option seam_options[];

/* The numbers of these options begin here. */
#define SEAM_OPTIONS	1024

/* seam_set_option - one of them is given.  Return: 0, or -1 if @arg is no good. */
int seam_set_option(int opt, const char *arg);

/* seam_start - before there is a session.  Return: 0 or -1 */
int seam_start(void);

/* seam_stop - the session has ended; all that is still to be answered is. */
void seam_stop(void);

/* seam_init - called before INIT is answered. */
void seam_init(void);

/**
 * seam_answer - answer a request
 * @site:   kind of request
 * @req:    the request
 * @id:     inode or device index
 * @answer: gives the true answer
 */
void seam_answer(enum seam_site site, struct fmap_req *req, uint64_t id,
		 void (*answer)(struct fmap_req *req, uint64_t id));

/* seam_reply_map - answer with a map; @room: what the request has room for. */
void seam_reply_map(struct fmap_req *req, uint32_t room, const struct fmap_map *map);

#endif /* FMAPD_SEAM_H */
