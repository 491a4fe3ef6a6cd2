// SPDX-License-Identifier: GPL-2.0-only
/*
 * byhandle MOUNTPOINT PATH SIZE SEED: remember PATH by its handle, have every
 * cache dropped, open it by the handle: the pattern of SEED is there, by read and
 * by mapping, and what is written is read back through the name.
 */
#include <sys/stat.h>
#include "check.h"

union handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + 128];
};

/* A name that was used lately goes only at the second time. */
static void drop_caches(void)
{
	int fd = open_or_die("/proc/sys/vm/drop_caches", O_WRONLY), i;

	sync();
	for (i = 0; i < 3; i++)
		check(pwrite(fd, "3", 1, 0) == 1, "drop_caches");
	close(fd);
}

static void same_content(int fd, size_t size, uint64_t seed)
{
	char *buf = malloc(size + 1), *map;

	check(buf, "memory");
	check(pread(fd, buf, size + 1, 0) == (ssize_t)size, "read");
	check(pattern_differs(buf, seed, 0, size) < 0, "by read");
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	check(pattern_differs(map, seed, 0, size) < 0, "by mapping");
	munmap(map, size);
	free(buf);
}

int main(int argc, char **argv)
{
	union handle u = { .h.handle_bytes = 128 };
	int mount_id, mnt, fd, round;
	struct stat st;
	uint64_t seed;
	size_t size;
	char *map;

	check(argc == 5, "usage: byhandle MOUNTPOINT PATH SIZE SEED");
	size = strtoull(argv[3], NULL, 0);
	seed = strtoull(argv[4], NULL, 0);
	check(!name_to_handle_at(AT_FDCWD, argv[2], &u.h, &mount_id, 0), "%s", argv[2]);
	mnt = open_or_die(argv[1], O_RDONLY | O_DIRECTORY);
	for (round = 0; round < 2; round++) {
		drop_caches();
		fd = open_by_handle_at(mnt, &u.h, O_RDWR);
		check(fd >= 0, "open by handle, round %d", round);
		check(!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size == (off_t)size, "size %ld",
		      (long)st.st_size);
		same_content(fd, size, seed);
		close(fd);
	}

	/* Written through the handle, read through the name. */
	drop_caches();
	fd = open_by_handle_at(mnt, &u.h, O_RDWR);
	check(fd >= 0, "open by handle to write");
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap to write");
	close(fd);
	drop_caches();
	pattern_fill(map, seed + 1, 0, size);
	fd = open_or_die(argv[2], O_RDONLY);
	same_content(fd, size, seed + 1);
	munmap(map, size);
	close(fd);

	/* A handle of nothing is refused. */
	memset(u.h.f_handle, 0xa5, u.h.handle_bytes);
	fd = open_by_handle_at(mnt, &u.h, O_RDONLY);
	check(fd < 0 && errno == ESTALE, "a made-up handle");
	close(mnt);
	return 0;
}
