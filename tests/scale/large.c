// SPDX-License-Identifier: GPL-2.0-only
/* Large files. */
#include <inttypes.h>
#include <sys/stat.h>
#include "scale.h"

struct mapped {
	int fd;
	uint64_t size;
	volatile char *p;
};

/* What is mapped so that it can be written to counts as written to. */
static void map_file(struct mapped *m, const char *path, int prot)
{
	struct stat st;

	m->fd = open_or_die(path, O_RDWR);
	check(!fstat(m->fd, &st), "%s", path);
	m->size = (uint64_t)st.st_size;
	/* So that pages of every size fit. */
	m->p = mmap((void *)(64ULL << 40), m->size, prot, MAP_SHARED | MAP_FIXED_NOREPLACE,
		    m->fd, 0);
	check(m->p != MAP_FAILED, "mmap of %s", path);
}

void verb_touch(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 0), piece = strtoull(args[2], NULL, 0), i;
	int write = strcmp(args[3], "read"), one = !strcmp(args[3], "msync");
	struct mapped m;
	char sum = 0;

	map_file(&m, args[0], write ? PROT_READ | PROT_WRITE : PROT_READ);
	for (i = 0; i < n; i++) {
		volatile char *at = m.p + scatter(i, m.size / piece) * piece;

		if (write)
			*at = (char)(i + 1);
		else
			sum ^= *at;
	}
	for (i = write ? n : 0; i--;) {
		uint64_t where = scatter(i, m.size / piece) * piece;
		char c;

		/* Where it was written twice the last one counts. */
		check(pread(m.fd, &c, 1, (off_t)where) == 1 && c == m.p[where], "at %" PRIu64, where);
	}
	if (one)
		check(!msync((void *)(m.p + scatter(0, m.size / piece) * piece), SZ_4K, MS_SYNC), "msync");
	else if (write)
		check(!fsync(m.fd), "fsync");
	check(!munmap((void *)m.p, m.size), "munmap");
	close(m.fd);
}

void verb_rw(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 0), i;
	struct stat st;
	int fd = open_or_die(args[0], O_RDWR);
	char page[SZ_4K], back[SZ_4K];

	check(!fstat(fd, &st), "%s", args[0]);
	for (i = 0; i < n; i++) {
		off_t at = (off_t)(scatter(i, (uint64_t)st.st_size / SZ_4K) * SZ_4K);

		pattern_fill(page, 7, (uint64_t)at, sizeof(page));
		check(pwrite(fd, page, sizeof(page), at) == sizeof(page), "pwrite");
		check(pread(fd, back, sizeof(back), at) == sizeof(back), "pread");
		check(!memcmp(page, back, sizeof(page)), "what is read at %jd", (intmax_t)at);
	}
	close(fd);
}

void verb_all(char **args)
{
	uint64_t piece = strtoull(args[1], NULL, 0), at;
	struct mapped m;
	char sum = 0;

	map_file(&m, args[0], PROT_READ);
	for (at = 0; at < m.size; at += piece)
		sum ^= m.p[at];
	check(!munmap((void *)m.p, m.size), "munmap");
	close(m.fd);
}
