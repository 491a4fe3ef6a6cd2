// SPDX-License-Identifier: GPL-2.0-only
/* A file of a famfs mount, or a dax device itself, and the CPU's caches. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "coherence.h"

/* What a dax device says of itself: size, align. */
static bool device_says(dev_t dev, const char *what, uint64_t *value)
{
	char path[96];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/%s", major(dev), minor(dev), what);
	f = fopen(path, "re");
	ok = f && fscanf(f, "%" SCNu64, value) == 1;
	if (f)
		fclose(f);
	return ok;
}

/* How many bytes it has, and what mappings are to be multiples of. */
static int measures(const struct area *a, uint64_t *size, uint64_t *unit)
{
	struct stat st;

	if (fstat(a->fd, &st))
		return errno;
	*unit = AREA_UNIT;
	*size = (uint64_t)st.st_size;
	if (S_ISREG(st.st_mode))
		return 0;
	if (!S_ISCHR(st.st_mode))
		return EINVAL;
	/* The driver of devdax mode maps whole units of its alignment, at such addresses. */
	if (!device_says(st.st_rdev, "size", size) || !device_says(st.st_rdev, "align", unit) || !*unit ||
	    *unit & (*unit - 1))
		return ENOTTY;
	return 0;
}

static int map(struct area *a, bool write)
{
	uint64_t size = 0, unit = 1, start, len;
	char *p;
	int err;

	err = measures(a, &size, &unit);
	if (err)
		return err;
	if (a->at > size || a->size > size - a->at)
		return ERANGE;
	start = a->at & -unit;
	len = (a->at + a->size - start + unit - 1) & -unit;
	a->own_len = len + unit;
	a->own = mmap(NULL, a->own_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->own == MAP_FAILED)
		return errno;
	p = (char *)a->own + (-(uintptr_t)a->own & (unit - 1));
	p = mmap(p, len, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED | MAP_FIXED, a->fd, (off_t)start);
	if (p == MAP_FAILED) {
		err = errno;
		munmap(a->own, a->own_len);
		return err;
	}
	a->map = p + (a->at - start);
	return 0;
}

int area_open(struct area *a, bool write)
{
	int err;

	a->fd = open(a->name, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (a->fd < 0)
		return errno;
	err = map(a, write);
	if (err)
		close(a->fd);
	return err;
}

void area_close(struct area *a)
{
	munmap(a->own, a->own_len);
	close(a->fd);
}

int area_pwrite(const struct area *a, const void *buf, size_t len, size_t at)
{
	size_t done = 0;
	ssize_t n;

	for (; done < len; done += (size_t)n) {
		n = pwrite(a->fd, (const char *)buf + done, len - done, (off_t)(a->at + at + done));
		if (n <= 0)
			return n ? errno : EIO;
	}
	return 0;
}

int area_pread(const struct area *a, void *buf, size_t len, size_t at)
{
	size_t done = 0;
	ssize_t n;

	for (; done < len; done += (size_t)n) {
		n = pread(a->fd, (char *)buf + done, len - done, (off_t)(a->at + at + done));
		if (n <= 0)
			return n ? errno : EIO;
	}
	return 0;
}

int area_fsync(const struct area *a)
{
	return fsync(a->fd) ? errno : 0;
}

/* Offsets in an area are of lines; msync wants pages. */
int area_msync(const struct area *a, size_t at, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), in = (uintptr_t)(a->map + at) & (page - 1);

	return msync(a->map + at - in, len + in, MS_SYNC) ? errno : 0;
}

bool can_drop(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

void area_drop(const struct area *a, size_t at, size_t len)
{
	const char *p = a->map + at, *end = p + len;

#if defined(__x86_64__)
	__builtin_ia32_mfence();
	for (; p < end; p += LINE)
		__builtin_ia32_clflush(p);
	__builtin_ia32_mfence();
#elif defined(__aarch64__)
	__asm__ volatile("dsb sy" : : : "memory");
	for (; p < end; p += LINE)
		__asm__ volatile("dc civac, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
#else
	(void)end;
#endif
}
