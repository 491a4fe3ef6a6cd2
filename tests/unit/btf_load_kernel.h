/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as compat/btf/btf_load_check.c sees: files that a test has put below
 * its own directory for /sys/kernel/btf, memory, and the kernel's log. Included before it.
 */
#ifndef TEST_BTF_LOAD_KERNEL_H
#define TEST_BTF_LOAD_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define SZ_64M		(64 << 20)
#define GFP_KERNEL	0
#define __GFP_NOWARN	0

extern char test_btf_dir[];	/* stands for /sys/kernel/btf */
extern char test_log[1024];	/* what was logged */
extern bool test_no_memory;	/* for the next whole file */

static inline void *ERR_PTR(long err) { return (void *)err; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p) { return (unsigned long)p >= (unsigned long)-4095; }

struct inode { loff_t size; };
struct file { int fd; struct inode inode; };
static inline struct inode *file_inode(struct file *file) { return &file->inode; }
static inline loff_t i_size_read(const struct inode *inode) { return inode->size; }

static inline struct file *filp_open(const char *path, int flags, int mode)
{
	static const char sys[] = "/sys/kernel/btf";
	struct file *file = calloc(1, sizeof(*file));
	char name[512];
	struct stat st;

	(void)mode;
	if (strncmp(path, sys, strlen(sys)))
		abort();
	snprintf(name, sizeof(name), "%s%s", test_btf_dir, path + strlen(sys));
	file->fd = open(name, flags);
	if (file->fd < 0 || fstat(file->fd, &st)) {
		free(file);
		return ERR_PTR(-errno);
	}
	file->inode.size = st.st_size;
	return file;
}

static inline void filp_close(struct file *file, void *id)
{
	(void)id;
	close(file->fd);
	free(file);
}

static inline ssize_t kernel_read(struct file *file, void *buf, size_t len, loff_t *pos)
{
	ssize_t n = pread(file->fd, buf, len, *pos);

	if (n > 0)
		*pos += n;
	return n < 0 ? -errno : n;
}

static inline void *__vmalloc(size_t size, int gfp)
{
	(void)gfp;
	return test_no_memory ? NULL : malloc(size);
}

static inline void vfree(const void *p) { free((void *)p); }
static inline void *kvmalloc(size_t size, int gfp) { (void)gfp; return malloc(size); }
static inline void kvfree(const void *p) { free((void *)p); }

struct new_utsname { char release[65]; };
static inline struct new_utsname *utsname(void)
{
	static struct new_utsname u = { "9.9-test" };

	return &u;
}

__attribute__((format(printf, 1, 2)))
static inline int pr_err(const char *fmt, ...)
{
	size_t n = strlen(test_log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(test_log + n, sizeof(test_log) - n, fmt, ap);
	va_end(ap);
	return 0;
}

#endif /* TEST_BTF_LOAD_KERNEL_H */
