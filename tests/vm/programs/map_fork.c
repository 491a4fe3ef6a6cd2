// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_fork PATH: shared and private mappings of a famfs file over fork. PATH has
 * at least 4 MiB with the pattern of seed 1 (as `daxio fill PATH 0 4M 1` puts it);
 * afterwards its first 8 bytes are "CHILDchi".
 */
#include <sys/wait.h>
#include "check.h"

#define LEN (4UL << 20)

static void child_ends_well(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status),
	      "child's status %#x", status);
}

int main(int argc, char **argv)
{
	char *shared, *private, *touched;
	pid_t pid;
	int fd;

	check(argc == 2, "usage: map_fork PATH");
	fd = open_or_die(argv[1], O_RDWR);
	shared = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	touched = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	check(shared != MAP_FAILED && private != MAP_FAILED && touched != MAP_FAILED, "mmap");
	close(fd);
	check(pattern_differs(shared, 1, 0, LEN) < 0, "shared");
	check(pattern_differs(private, 1, 0, LEN) < 0, "private");
	/* A private copy made before the fork belongs to both, and parts at the next write. */
	strcpy(touched + SZ_2M + 5, "before");

	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		check(pattern_differs(shared, 1, 0, LEN) < 0, "shared in the child");
		check(pattern_differs(private, 1, 0, LEN) < 0, "private in the child");
		check(!strcmp(touched + SZ_2M + 5, "before"), "private copy in the child");
		memcpy(shared, "CHILD", 5);
		memcpy(private + SZ_4K, "PRIVATE", 7);
		strcpy(touched + SZ_2M + 5, "child");
		check(pattern_differs(shared + SZ_4K, 1, SZ_4K, LEN - SZ_4K) < 0, "shared after private write");
		_exit(0);
	}
	child_ends_well(pid);
	check(!memcmp(shared, "CHILD", 5), "the child's write in the shared mapping");
	/* An untouched private page shows the file; a written one does not. */
	check(!memcmp(private, "CHILD", 5), "the child's write in the untouched private page");
	check(pattern_differs(private + SZ_4K, 1, SZ_4K, LEN - SZ_4K) < 0, "the child's private write");
	check(!strcmp(touched + SZ_2M + 5, "before"), "the parent's private copy");

	/* The other way: the parent writes while the child lives. */
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		volatile char *p = shared;

		while (p[5] != 'c' || p[6] != 'h' || p[7] != 'i')
			usleep(1000);
		check(!memcmp(private, "CHILDchi", 8), "the parent's write in the child's private mapping");
		/* Mapped again by the child on its own, and unmapped by its exit. */
		fd = open_or_die(argv[1], O_RDONLY);
		p = mmap(NULL, LEN, PROT_READ, MAP_SHARED, fd, 0);
		check(p != MAP_FAILED && p[0] == 'C' && p[7] == 'i', "the child's own mapping");
		_exit(0);
	}
	memcpy(shared + 5, "chi", 3);
	child_ends_well(pid);
	check(!munmap(shared, LEN) && !munmap(private, LEN) && !munmap(touched, LEN), "munmap");
	return 0;
}
