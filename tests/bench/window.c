// SPDX-License-Identifier: GPL-2.0-only
/* Parts of files, mapped where large pages fit, or where they cannot. */
#include <sys/stat.h>
#include "measure.h"

/*
 * window_open - at most @most bytes in the middle of a file, or at the start of a device.
 * Both ends are multiples of 2 MiB.
 */
void window_open(struct window *w, const char *path, int prot, uint64_t most)
{
	struct stat st;

	w->fd = open_or_die(path, O_RDWR);
	w->prot = prot;
	w->at = 0;
	w->len = most;
	check(!fstat(w->fd, &st), "%s", path);
	w->device = !S_ISREG(st.st_mode);
	if (!w->device) {
		uint64_t size = (uint64_t)st.st_size / SZ_2M * SZ_2M;

		check(size, "%s is too small", path);
		if (w->len > size)
			w->len = size;
		w->at = (size - w->len) / 2 / SZ_2M * SZ_2M;
	}
}

/* window_map - at an address that is @skew bytes past a multiple of 2 MiB, with nothing around. */
void window_map(struct window *w, size_t skew)
{
	size_t room = w->len + 2 * SZ_2M;
	char *area = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	check(area != MAP_FAILED && !munmap(area, room), "address space");
	area = (char *)(((uintptr_t)area + SZ_2M - 1) / SZ_2M * SZ_2M);
	w->p = mmap(area + skew, w->len, w->prot, MAP_SHARED | MAP_FIXED, w->fd, (off_t)w->at);
	check(w->p != MAP_FAILED, "map");
}

void window_unmap(struct window *w)
{
	check(!munmap(w->p, w->len), "munmap");
}
