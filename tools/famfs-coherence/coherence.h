/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * famfs-coherence: what does another host see of what is written here, and when?
 *
 * One thread, one file. struct area owns its descriptor and mapping from area_open() to
 * area_close(). Loads and stores go straight to area.map; whatever else touches the memory goes by
 * the functions of access.c, so that a test can put a model of two hosts' caches in their place.
 */
#ifndef FAMFS_COHERENCE_H
#define FAMFS_COHERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE		64	/* bytes that a CPU writes back at a time */
#define AREA_UNIT	4096u	/* what offsets and sizes are multiples of */

/* Exit codes; famfs-coherence(8) has them. */
enum {
	EXIT_KEPT,	/* what is promised was seen */
	EXIT_BROKEN,	/* it was not, or bytes that nobody wrote */
	EXIT_USAGE,
	EXIT_NOT_HERE,	/* nothing could be told: no file, no other host, no such instruction */
};

struct area {
	const char *name;
	int fd;
	uint64_t at;		/* where it begins in the file */
	size_t size;
	char *map;		/* of these bytes, shared */
	void *own;		/* of access.c, or of what stands for it: all that is mapped */
	size_t own_len;
};

/* access.c; those that return int return 0 or an errno */
int area_open(struct area *a, bool write);	/* if it fails there is nothing to close */
void area_close(struct area *a);
int area_pwrite(const struct area *a, const void *buf, size_t len, size_t at);
int area_pread(const struct area *a, void *buf, size_t len, size_t at);
int area_fsync(const struct area *a);
int area_msync(const struct area *a, size_t at, size_t len);
bool can_drop(void);
/* These bytes leave this host's caches: what was stored is in memory, what is loaded is from there. */
void area_drop(const struct area *a, size_t at, size_t len);

/* How bytes are written, and whether another host is promised to see them then. */
struct way {
	const char *name;
	bool promised, drops;
	int (*run)(const struct area *a, const char *buf, size_t len, size_t at);
};

/* How they are looked at; the same. Who has old bytes in its caches is promised nothing. */
struct look {
	const char *name;
	bool promised, calls;
};

#define NWAYS	5
#define NLOOKS	4
extern const struct way ways[NWAYS];
extern const struct look looks[NLOOKS];

/* ways.c */
int look_at(const struct area *a, const struct look *l, char *buf, size_t len, size_t at);
void load_bytes(char *to, const char *from, size_t len);
void pattern(char *buf, size_t len, uint64_t seed);

/* Of so many lines: how many are as they shall be, as they were, and neither. */
struct lines {
	uint32_t new, old, other;
};

struct lines compare(const char *buf, const char *new, const char *old, size_t len);

double now_us(void);
void *need(size_t size);
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct options {
	const char *file;
	uint64_t at, size, seed;
	bool has_seed;
	uint64_t old;
	bool has_old;
	const struct way *way;
	const struct look *look;	/* NULL: all */
	uint32_t rounds, wait_ms, timeout_s;
	bool json;
};

/* The commands. Return: an exit code. */
int cmd_run(const struct options *o, bool writer);
int cmd_write(const struct options *o);
int cmd_check(const struct options *o);

#endif /* FAMFS_COHERENCE_H */
