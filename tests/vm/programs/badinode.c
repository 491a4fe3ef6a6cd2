// SPDX-License-Identifier: GPL-2.0-only
/*
 * badinode DAXDEV: the server says of files that are open and mapped that they are
 * something else now: of another type, or another file by generation. Whatever is done
 * with the old one fails with EIO; what was mapped stays what it was.
 */
#include "miniserv.h"
#include "touch.h"

#define FILE_SIZE	(64UL << 10)

static struct {
	atomic_uint mode;		/* the type of file 0 */
	atomic_uint generation;		/* of file 1 */
} *sv;

static bool serve(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	struct fuse_attr_out attr = { 0 };
	struct fuse_entry_out entry = { 0 };
	unsigned long n;

	switch (in->opcode) {
	case FUSE_GETATTR:
		mini_attr(m, in->nodeid, &attr.attr);
		if (in->nodeid == 2)
			attr.attr.mode = sv->mode;
		mini_reply(fd, in->unique, 0, &attr, sizeof(attr));
		return true;
	case FUSE_LOOKUP:
		n = strtoul(arg, NULL, 10);
		entry.nodeid = n + 2;
		mini_attr(m, entry.nodeid, &entry.attr);
		if (!n)
			entry.attr.mode = sv->mode;
		else
			entry.generation = sv->generation;
		mini_reply(fd, in->unique, 0, &entry, sizeof(entry));
		return true;
	default:
		return false;
	}
}

/* Everything fails; the first page of the mapping was touched before, the others not. */
static void nothing_works(const struct mini *m, int fd, char *map, const char *when)
{
	char buf[4096] = "?", path[64];
	struct stat st;

	fails_with(pread(fd, buf, 10, 0), EIO);
	fails_with(pread(fd, buf, 10, FILE_SIZE), EIO);
	fails_with(pwrite(fd, buf, 10, 0), EIO);
	fails_with(fstat(fd, &st), EIO);
	fails_with((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), EIO);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fails_with(open(path, O_RDWR), EIO);
	check(!touch_gets(map, 0) && *map == 'D', "%s: what was mapped", when);
	check(touch_gets(map + 4096, 0) == SIGBUS && touch_gets(map + 8192, 1) == SIGBUS,
	      "%s: what was not", when);
	check(!m->count[FUSE_READ] && !m->count[FUSE_WRITE], "%s: the server was asked for data", when);
}

static int use(struct mini *m, int n, char **map)
{
	int fd = mini_file_open(m, n, O_RDWR);

	check(fd >= 0, "open file %d", n);
	check(pwrite(fd, "D", 1, 0) == 1, "write");
	*map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(*map != MAP_FAILED && !touch_gets(*map, 0), "map");
	return fd;
}

static void other_type(struct mini *m)
{
	struct stat st;
	char *map;
	int fd = use(m, 0, &map);

	sv->mode = S_IFIFO | 0644;
	fails_with(fstat(fd, &st), EIO);
	nothing_works(m, fd, map, "another type");
	/* It does not come back: who wants the file has to look it up again. */
	sv->mode = S_IFREG | 0644;
	nothing_works(m, fd, map, "the old type again");
	munmap(map, FILE_SIZE);
	close(fd);
	fd = use(m, 0, &map);
	munmap(map, FILE_SIZE);
	close(fd);
}

static void other_generation(struct mini *m)
{
	struct stat st;
	char path[64], *map, *map2;
	int fd = use(m, 1, &map), fd2;

	sv->generation = 7;
	snprintf(path, sizeof(path), "%s/1", m->mnt);
	check(!stat(path, &st), "stat");
	nothing_works(m, fd, map, "another generation");
	/* The new file is in the same place: as long as that is used, it is not there. */
	fails_with(mini_file_open(m, 1, O_RDWR), EBUSY);
	munmap(map, FILE_SIZE);
	close(fd);
	fd2 = use(m, 1, &map2);
	munmap(map2, FILE_SIZE);
	close(fd2);
}

int main(int argc, char **argv)
{
	struct mini *m = mini_shared(famfs_at("/mnt/bad"));
	pid_t server;

	check(argc == 2, "usage: badinode DAXDEV");
	limit_seconds(60);
	touch_setup();
	sv = mmap(NULL, sizeof(*sv), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(sv != MAP_FAILED, "memory");
	sv->mode = S_IFREG | 0644;
	m->hook = serve;
	m->daxdev[0] = argv[1];
	m->file[0] = (struct mini_file){ .size = FILE_SIZE, .offset = SZ_2M };
	m->file[1] = (struct mini_file){ .size = FILE_SIZE, .offset = 2 * SZ_2M };
	mini_mount(m);
	mini_read_init(m, m->fd);
	mini_answer_init(m, m->fd);
	server = mini_serve_apart(m);
	other_type(m);
	other_generation(m);
	mini_end_apart(m, server);
	return 0;
}
