/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A FUSE server on the bare device: what it says is up to the test, byte by byte.
 * It speaks the fmap protocol and knows only what a test of maps needs: names in
 * the root directory, attributes, open and close.
 */
#ifndef TESTS_VM_HOSTILE_RAWFUSE_H
#define TESTS_VM_HOSTILE_RAWFUSE_H

#include <linux/famfs_fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct rawfuse_ops - a server
 * @lookup:     nodeid of a name in the root directory, 0 if there is none
 * @attr:       fill in mode, size, nlink; everything else is 0. Return 0 or an errno.
 * @get_fmap:   answer it, with any number of rawfuse_reply() calls
 * @get_daxdev: likewise; the index is in->nodeid
 * @released:   optional: RELEASE of a node has been answered
 * @other:      optional: anything the server does not answer itself; return true if
 *              answered, else ENOSYS is sent
 */
struct rawfuse_ops {
	uint64_t (*lookup)(const char *name);
	int (*attr)(uint64_t nodeid, struct fuse_attr *attr);
	void (*get_fmap)(int fd, const struct fuse_in_header *in, uint32_t capacity);
	void (*get_daxdev)(int fd, const struct fuse_in_header *in);
	void (*released)(uint64_t nodeid);
	bool (*other)(int fd, const struct fuse_in_header *in, const void *arg);
};

/* Counted by rawfuse_serve(). In memory shared with whoever wants to know. */
struct rawfuse_counts {
	uint64_t opens;
	uint64_t releases;
	uint64_t reads;		/* READ and WRITE: there must be none */
};

/* rawfuse_mount - open the device, mount, answer INIT with the flag; the session's fd. */
int rawfuse_mount(const char *mountpoint, const char *source);

/* rawfuse_serve - until unmounted. Names and attributes are never cached. */
void rawfuse_serve(int fd, const struct rawfuse_ops *ops, struct rawfuse_counts *counts);

/* rawfuse_reply - @err is positive; 0 or the errno of the write. */
int rawfuse_reply(int fd, uint64_t unique, int err, const void *data, size_t len);

/* rawfuse_reply_raw - with these very numbers in the header. */
int rawfuse_reply_raw(int fd, struct fuse_out_header out, const void *data, size_t len);

/* rawfuse_notify - an unsolicited message; 0 or the errno of the write. */
int rawfuse_notify(int fd, int code, const void *data, size_t len, const void *more, size_t more_len);

#endif
