// SPDX-License-Identifier: GPL-2.0-only
/*
 * bigmap: a file of very many extents, its map and its data.
 *
 *	bigmap manifest N DEV		an fmapd manifest with /big of N extents on DEV
 *	bigmap stamp N DEV SEED		a pattern in a sample of the extents, through the
 *					device itself (in device_dax mode)
 *	bigmap raw N DEV SEED		is it there?
 *	bigmap read N FILE SEED		the same by pread, over the seam of two extents
 *	bigmap map N FILE SEED		and by a mapping of the whole file
 *	bigmap write N FILE SEED	the pattern, by pwrite and by mapping in turn
 *	bigmap open N FILE		two opens, and how long each takes
 *
 * One extent in eight has 8 KiB, the others 4 KiB, so that no arithmetic leads to a
 * byte. They lie in the device in another order than in the file. The pattern is
 * that of `daxio`; each sample is two extents that follow one another in the file.
 */
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>
#include "check.h"

#define SAMPLES 400

struct extent {
	uint64_t pos;		/* in the file */
	uint64_t at;		/* in the device */
	uint64_t len;
};

static struct extent *ext;
static uint64_t n, file_size, dev_end;

/* Lengths by a hash, places by a shuffle. */
static void lay_out(void)
{
	uint64_t i, j, was, *order;

	ext = calloc(n, sizeof(*ext));
	order = calloc(n, sizeof(*order));
	check(ext && order, "memory");
	for (i = 0; i < n; i++) {
		ext[i].len = pattern_word(1, i) % 8 ? SZ_4K : 2 * SZ_4K;
		ext[i].pos = file_size;
		file_size += ext[i].len;
		order[i] = i;
	}
	for (i = n - 1; i > 0; i--) {
		j = pattern_word(2, i) % (i + 1);
		was = order[i];
		order[i] = order[j];
		order[j] = was;
	}
	dev_end = SZ_2M;
	for (i = 0; i < n; i++) {
		ext[order[i]].at = dev_end;
		dev_end += ext[order[i]].len;
	}
	free(order);
}

static void print_manifest(const char *dev)
{
	uint64_t i;

	printf("device 0 %s\nfile /big size=%" PRIu64, dev, file_size);
	for (i = 0; i < n; i++)
		printf("%s0:%" PRIu64 ":%" PRIu64, i % 16 ? " " : "\nextent ", ext[i].at, ext[i].len);
	printf("\n");
	check(!fflush(stdout), "write");
}

/* The first extent and the last are in it. */
static const struct extent *sample(unsigned int k)
{
	return &ext[k * (n - 2) / (SAMPLES - 1)];
}

static void compare(const void *p, uint64_t seed, uint64_t pos, uint64_t len)
{
	long diff = pattern_differs(p, seed, pos, len);

	check(diff < 0, "byte %" PRIu64 " of the file is wrong", pos + diff);
}

static char *map_all(const char *path, uint64_t len, int prot)
{
	int fd = open_or_die(path, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	char *p = mmap(NULL, len, prot, MAP_SHARED, fd, 0);

	check(p != MAP_FAILED, "map %" PRIu64 " bytes of %s", len, path);
	close(fd);
	return p;
}

static void use_raw(const char *dev, uint64_t seed, int writing)
{
	char *mem = map_all(dev, (dev_end + SZ_2M - 1) / SZ_2M * SZ_2M, PROT_READ | (writing ? PROT_WRITE : 0));
	unsigned int k, j;

	for (k = 0; k < SAMPLES; k++) {
		for (j = 0; j < 2; j++) {
			const struct extent *e = sample(k) + j;

			if (writing)
				pattern_fill(mem + e->at, seed, e->pos, e->len);
			else
				compare(mem + e->at, seed, e->pos, e->len);
		}
	}
}

static void use_file(const char *path, uint64_t seed, const char *how)
{
	int writing = !strcmp(how, "write"), fd = open_or_die(path, writing ? O_RDWR : O_RDONLY);
	char *mem = map_all(path, file_size, PROT_READ | (writing ? PROT_WRITE : 0));
	char buf[4 * SZ_4K];
	unsigned int k;

	for (k = 0; k < SAMPLES; k++) {
		const struct extent *e = sample(k);
		uint64_t len = e[0].len + e[1].len;

		if (!strcmp(how, "map")) {
			compare(mem + e->pos, seed, e->pos, len);
		} else if (!writing) {
			check(pread(fd, buf, len, (off_t)e->pos) == (ssize_t)len, "pread at %" PRIu64, e->pos);
			compare(buf, seed, e->pos, len);
		} else if (k % 2) {
			pattern_fill(mem + e->pos, seed, e->pos, len);
		} else {
			pattern_fill(buf, seed, e->pos, len);
			check(pwrite(fd, buf, len, (off_t)e->pos) == (ssize_t)len, "pwrite at %" PRIu64, e->pos);
		}
	}
	close(fd);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void time_open(const char *path)
{
	double start = now_ms(), first, second;
	struct stat st;
	int fd;

	fd = open_or_die(path, O_RDONLY);
	first = now_ms() - start;
	check(!fstat(fd, &st) && (uint64_t)st.st_size == file_size, "size of %s", path);
	close(fd);
	start = now_ms();
	fd = open_or_die(path, O_RDONLY);
	second = now_ms() - start;
	close(fd);
	printf("%" PRIu64 " extents: first open %.0f ms, second %.2f ms\n", n, first, second);
}

int main(int argc, char **argv)
{
	uint64_t seed;

	check(argc >= 4, "usage: bigmap VERB N PATH [SEED]");
	n = strtoull(argv[2], NULL, 0);
	check(n > 2 * SAMPLES, "extents");
	seed = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
	lay_out();
	if (!strcmp(argv[1], "manifest"))
		print_manifest(argv[3]);
	else if (!strcmp(argv[1], "open"))
		time_open(argv[3]);
	else if (!strcmp(argv[1], "stamp") || !strcmp(argv[1], "raw"))
		use_raw(argv[3], seed, argv[1][0] == 's');
	else
		use_file(argv[3], seed, argv[1]);
	return 0;
}
