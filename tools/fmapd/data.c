// SPDX-License-Identifier: GPL-2.0-only
/*
 * --serve-data: READ and WRITE from memory, as an ordinary FUSE server has
 * them.  Files keep their size; they start as zeroes and end with the server.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fmapd.h"

/* Called with the lock held.  Return: the content, or NULL. */
static char *content(struct fmapd *d, uint32_t node)
{
	void *p;

	if (!d->data)
		d->data = calloc(d->m->nnodes, sizeof(*d->data));
	if (!d->data)
		return NULL;
	if (!d->data[node]) {
		if (d->m->nodes[node].size > SIZE_MAX)
			return NULL;
		p = mmap(NULL, d->m->nodes[node].size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p != MAP_FAILED)
			d->data[node] = p;
	}
	return d->data[node];
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	uint64_t end = d->m->nodes[node_of(ino)].size;
	const char *p;

	(void)fi;
	if (off < 0 || (uint64_t)off >= end) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (size > end - (uint64_t)off)
		size = (size_t)(end - (uint64_t)off);
	pthread_mutex_lock(&d->data_lock);
	p = content(d, node_of(ino));
	if (p)
		fuse_reply_buf(req, p + off, size);
	else
		fuse_reply_err(req, ENOMEM);
	pthread_mutex_unlock(&d->data_lock);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	uint64_t end = d->m->nodes[node_of(ino)].size;
	char *p;

	(void)fi;
	if (off < 0 || (uint64_t)off >= end) {
		fuse_reply_err(req, EFBIG);
		return;
	}
	if (size > end - (uint64_t)off)
		size = (size_t)(end - (uint64_t)off);
	pthread_mutex_lock(&d->data_lock);
	p = content(d, node_of(ino));
	if (p)
		memcpy(p + off, buf, size);
	pthread_mutex_unlock(&d->data_lock);
	if (p)
		fuse_reply_write(req, size);
	else
		fuse_reply_err(req, ENOMEM);
}

void data_free(struct fmapd *d)
{
	size_t i;

	for (i = 0; d->data && i < d->m->nnodes; i++)
		if (d->data[i])
			munmap(d->data[i], d->m->nodes[i].size);
	free(d->data);
}
