/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mount by a hostile server, with honest files that two other processes read and
 * map all the while, and the stamps in the devices by which every page is known.
 */
#ifndef TESTS_VM_HOSTILE_SESSION_H
#define TESTS_VM_HOSTILE_SESSION_H

#include <sys/types.h>
#include "mutate.h"
#include "oracle.h"
#include "rawfuse.h"

#define HONEST		3
#define HONEST_NODE	10	/* nodeid of /h0 */
#define HOSTILE_NODE	1000	/* nodeid of /x0 */

struct device {
	char path[64];
	dev_t rdev;
	uint64_t size;
};

extern struct device devices[2];
extern struct scene scene;

/* What the processes of a session share. */
struct shared {
	struct rawfuse_counts counts;
	volatile int stop;
	volatile uint64_t passes[2];	/* of the reader and the mapper */
	struct attack attack;
	uint64_t size;			/* that a hostile file's attributes tell */
	unsigned int asked;		/* GET_FMAP for the open under way */
	uint32_t capacity[4];
	unsigned int bad_headers;	/* replies that were none */
	volatile uint64_t released;	/* nodeid that RELEASE was answered for last, of hostile ones */
	uint32_t odd_index;		/* the one with the reply below */
	unsigned int odd_asked;
	struct answer odd;
	struct answer honest[HONEST];
};

extern struct shared *shared;

/* setup - once: devices by path, shared memory. */
void setup(const char *a, const char *b);

/* session_begin - mount; the scene has the honest files' ranges. @both: B is used, too. */
void session_begin(const char *mnt, int both);
/* session_end - stop and judge the others, unmount. */
void session_end(const char *mnt);

/* stamp - write or check the stamps of a device in device_dax mode. */
void stamp(const char *path, int dev, int write);
/* verify_file - the content of an open file against the devices' stamps, by its map. */
void verify_file(int fd, const void *map, uint64_t from, uint64_t to);
/* verify_page - bytes @from to @to of page at @page, taken from the file at @pos. */
void verify_page(const unsigned char *page, const void *map, uint64_t pos, uint64_t from, uint64_t to);

#endif
