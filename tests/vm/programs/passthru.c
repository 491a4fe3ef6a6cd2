// SPDX-License-Identifier: GPL-2.0-only
/*
 * passthru SOURCE SUBTYPE: a FUSE server that hands a file's reads and writes on
 * to another file, where the kernel can, and says how it went in one line. The
 * line must be the same whether or not famfs_fuse is there.
 */
#include "miniserv.h"

#define SIZE	16384

static const char *bytes_of(int fd, off_t at)
{
	static unsigned char buf[4096], server[4096];

	memset(server, 'S', sizeof(server));
	if (pread(fd, buf, sizeof(buf), at) != sizeof(buf))
		return strerror(errno);
	if (!memcmp(buf, server, sizeof(buf)))
		return "the server's";
	return pattern_differs(buf, 1, (uint64_t)at, sizeof(buf)) < 0 ? "the file's" : "wrong";
}

int main(int argc, char **argv)
{
	struct mini m = { .mnt = "/mnt/passthru", .agree = MINI_PASSTHROUGH };
	static unsigned char buf[SIZE];
	int file, fd, id, err;
	char *p;

	check(argc == 3, "passthru SOURCE SUBTYPE");
	m.source = argv[1];
	m.subtype = argv[2];
	mini_start(&m);

	file = open_or_die("/tmp/passthru-file", O_RDWR | O_CREAT | O_TRUNC);
	pattern_fill(buf, 1, 0, SIZE);
	check(write(file, buf, SIZE) == SIZE, "write");
	id = mini_backing_open(m.fd, file, 0, 0);
	err = errno;
	m.file[0] = (struct mini_file){ .size = SIZE };
	m.file[1] = (struct mini_file){ .size = SIZE };
	if (id > 0) {
		m.file[0].open_flags = MINI_FOPEN_PASSTHROUGH;
		m.file[0].backing_id = id;
		printf("backing file taken, ");
	} else {
		printf("backing file: %s, ", strerror(err));
	}

	fd = mini_file_open(&m, 0, O_RDWR);
	check(fd >= 0, "open");
	printf("bytes are %s, ", bytes_of(fd, 4096));
	if (id > 0) {
		check(pwrite(fd, buf + 8192, 4096, 0) == 4096, "write");
		check(pread(file, buf, 4096, 0) == 4096, "read the file");
		check(pattern_differs(buf, 1, 8192, 4096) < 0, "what was written");
		p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
		check(p != MAP_FAILED, "map");
		check(!memcmp(p, buf, 4096), "mapping");
		munmap(p, SIZE);
		check(!m.count[FUSE_READ] && !m.count[FUSE_WRITE], "the server was asked");
		check(!mini_backing_close(m.fd, (uint32_t)id), "close");
		/* Open files keep it. */
		printf("after closing they are %s, ", bytes_of(fd, 4096));
	}
	close(fd);
	fails_with(mini_backing_close(m.fd, 77), id > 0 ? ENOENT : err);

	fd = mini_file_open(&m, 1, O_RDONLY);
	check(fd >= 0, "open");
	printf("of another file they are %s\n", bytes_of(fd, 4096));
	close(fd);
	mini_end(&m);
	close(file);
	return 0;
}
