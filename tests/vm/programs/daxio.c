// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: -static */
/*
 * daxio: move bytes to and from a file or a dax character device, by mapping
 * (the default) or by read and write, so that the two ways can be compared.
 *
 *	daxio [options] cat   PATH OFFSET LENGTH		to standard output
 *	daxio [options] put   PATH OFFSET LENGTH		from standard input
 *	daxio [options] fill  PATH OFFSET LENGTH SEED		a pattern made of SEED
 *	daxio [options] check PATH OFFSET LENGTH SEED		that pattern, or status 1
 *	daxio [options] zero  PATH OFFSET LENGTH
 *
 * -r  read(2) and write(2) instead of a mapping
 * -d  O_DIRECT (with -r)
 * -p  private mapping
 * -s  MAP_SYNC mapping
 * -a N  place the mapping at an address that is N bytes past the boundary of a large
 *	 page (2 MiB; default 0): with 4096, no large page can serve it
 * -b N  bytes moved at a time (default 1 MiB)
 *
 * OFFSET, LENGTH and N take K, M, G. The pattern of a byte depends on the seed
 * and on its position relative to the file's start, so a piece in the wrong place is found.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include "check.h"

#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 0x03
#endif

struct job {
	const char *path;
	uint64_t offset;
	uint64_t length;
	uint64_t seed;
	size_t block;
	bool rw;
	bool direct;
	bool private_map;
	bool sync_map;
	size_t skew;
	int fd;
	char *map;		/* of offset, when mapped */
	char *buf;		/* block bytes */
};

static void die(const char *what, const char *path)
{
	fprintf(stderr, "daxio: %s %s: %s\n", what, path, strerror(errno));
	exit(2);
}

static uint64_t size_arg(const char *s)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (*end == 'K')
		v <<= 10, end++;
	else if (*end == 'M')
		v <<= 20, end++;
	else if (*end == 'G')
		v <<= 30, end++;
	if (end == s || *end || errno) {
		fprintf(stderr, "daxio: not a size: %s\n", s);
		exit(2);
	}
	return v;
}

/* More than 2 MiB where pages are larger than 4 KiB. */
static uint64_t large_page(void)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "r");
	uint64_t n;

	if (!f || fscanf(f, "%" SCNu64, &n) != 1)
		n = SZ_2M;
	if (f)
		fclose(f);
	return n;
}

static void map_range(struct job *j, bool write)
{
	int prot = PROT_READ | (write ? PROT_WRITE : 0);
	int flags = j->private_map ? MAP_PRIVATE : MAP_SHARED;
	struct stat st;
	uint64_t start, len, unit, large = large_page();
	char *area;

	if (fstat(j->fd, &st))
		die("stat", j->path);
	if (j->sync_map)
		flags = MAP_SHARED_VALIDATE | MAP_SYNC;
	/* A dax device maps in whole units of its alignment. */
	unit = S_ISCHR(st.st_mode) ? large : (uint64_t)sysconf(_SC_PAGESIZE);
	start = j->offset / unit * unit;
	len = (j->offset + j->length - start + unit - 1) / unit * unit;

	/* Address and offset agree modulo a large page's size, or no large page fits. */
	area = mmap(NULL, len + 3 * large, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		die("reserve for", j->path);
	area = (char *)(((uintptr_t)area + large - 1) / large * large) + start % large + j->skew;
	area = mmap(area, len, prot, flags | MAP_FIXED, j->fd, (off_t)start);
	if (area == MAP_FAILED)
		die("mmap", j->path);
	j->map = area + (j->offset - start);
}

static void load(struct job *j, uint64_t done, size_t n)
{
	size_t got = 0;

	if (!j->rw) {
		memcpy(j->buf, j->map + done, n);
		return;
	}
	while (got < n) {
		ssize_t r = pread(j->fd, j->buf + got, n - got, (off_t)(j->offset + done + got));

		if (r < 0)
			die("read", j->path);
		if (r == 0) {
			fprintf(stderr, "daxio: %s ends at %" PRIu64 "\n", j->path, j->offset + done + got);
			exit(2);
		}
		got += (size_t)r;
	}
}

static void store(struct job *j, uint64_t done, size_t n)
{
	size_t put = 0;

	if (!j->rw) {
		memcpy(j->map + done, j->buf, n);
		return;
	}
	while (put < n) {
		ssize_t r = pwrite(j->fd, j->buf + put, n - put, (off_t)(j->offset + done + put));

		if (r < 0)
			die("write", j->path);
		if (r == 0) {
			fprintf(stderr, "daxio: write to %s moved nothing\n", j->path);
			exit(2);
		}
		put += (size_t)r;
	}
}

static void read_stdin(struct job *j, size_t n)
{
	if (fread(j->buf, 1, n, stdin) != n) {
		fprintf(stderr, "daxio: standard input is too short\n");
		exit(2);
	}
}

static void compare(struct job *j, uint64_t pos, size_t n, const unsigned char *want)
{
	size_t i;

	if (!memcmp(j->buf, want, n))
		return;
	for (i = 0; (unsigned char)j->buf[i] == want[i]; i++)
		;
	fprintf(stderr, "daxio: %s differs at %" PRIu64 ": %02x, wanted %02x\n", j->path, pos + i,
		(unsigned char)j->buf[i], want[i]);
	exit(1);
}

static void run(struct job *j, const char *verb)
{
	bool write = strcmp(verb, "cat") && strcmp(verb, "check");
	unsigned char *want = malloc(j->block);
	uint64_t done = 0;

	if (!want || posix_memalign((void **)&j->buf, 4096, j->block))
		die("memory for", j->path);
	j->fd = open(j->path, (write && !j->private_map ? O_RDWR : O_RDONLY) | (j->direct ? O_DIRECT : 0));
	if (j->fd < 0)
		die("open", j->path);
	if (!j->rw)
		map_range(j, write);

	while (done < j->length) {
		uint64_t pos = j->offset + done;
		size_t n = j->block;

		if (n > j->length - done)
			n = j->length - done;
		if (!strcmp(verb, "cat")) {
			load(j, done, n);
			if (fwrite(j->buf, 1, n, stdout) != n)
				die("write", "standard output");
		} else if (!strcmp(verb, "check")) {
			load(j, done, n);
			pattern_fill(want, j->seed, pos, n);
			compare(j, pos, n, want);
		} else {
			if (!strcmp(verb, "put"))
				read_stdin(j, n);
			else if (!strcmp(verb, "fill"))
				pattern_fill(j->buf, j->seed, pos, n);
			else
				memset(j->buf, 0, n);
			store(j, done, n);
		}
		done += n;
	}
	if (fflush(stdout))
		die("write", "standard output");
	free(want);
	free(j->buf);
	close(j->fd);
}

static int usage(void)
{
	fprintf(stderr, "usage: daxio [-rdps] [-a N] [-b N] cat|put|fill|check|zero PATH OFFSET LENGTH [SEED]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct job j = { .block = 1 << 20 };
	const char *verb;
	bool seeded;
	int c;

	while ((c = getopt(argc, argv, "rdpsa:b:")) != -1) {
		switch (c) {
		case 'r':
			j.rw = true;
			break;
		case 'd':
			j.direct = true;
			break;
		case 'p':
			j.private_map = true;
			break;
		case 's':
			j.sync_map = true;
			break;
		case 'a':
			j.skew = size_arg(optarg);
			break;
		case 'b':
			j.block = size_arg(optarg);
			break;
		default:
			return usage();
		}
	}
	if (argc - optind < 4)
		return usage();
	verb = argv[optind];
	if (strcmp(verb, "cat") && strcmp(verb, "put") && strcmp(verb, "fill") && strcmp(verb, "check") &&
	    strcmp(verb, "zero"))
		return usage();
	seeded = !strcmp(verb, "fill") || !strcmp(verb, "check");
	if (argc - optind != (seeded ? 5 : 4) || !j.block)
		return usage();
	j.path = argv[optind + 1];
	j.offset = size_arg(argv[optind + 2]);
	j.length = size_arg(argv[optind + 3]);
	if (seeded)
		j.seed = size_arg(argv[optind + 4]);
	run(&j, verb);
	return 0;
}
