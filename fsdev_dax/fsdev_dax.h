/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file system needs of a dax device in famfs mode.
 *
 * Older kernels (6.12) have no way to hold a dax device that is not a block
 * device, and on newer ones (7.2) that way belongs to the in-tree driver. So the
 * driver that knows when the device goes away hands it out itself.
 */
#ifndef FSDEV_DAX_H
#define FSDEV_DAX_H

#include <linux/types.h>

struct dax_device;
struct fsdev;

/**
 * struct fsdev_holder_ops - how the driver talks to whoever holds a device
 * @gone: the device is about to be unbound. On return nothing of the holder
 *	uses its memory any more: no mapping, no dax entry, and every new access
 *	is refused. May sleep, for as long as somebody else pins a page. Called
 *	without locks of this interface held; an fsdev_put() that comes meanwhile
 *	waits for the call to end. What it returns is passed to @left.
 * @poison: bytes of the device have failed, and are refused from now on. On return
 *	no mapping leads to them any more. Called like @gone. Returns 0 or an errno;
 *	sets the cookie for @left.
 * @left: called after @gone and @poison, if there is a cookie, when fsdev_put()
 *	does not wait any more: the place to drop what kept the holder alive. Perhaps
 *	by a worker, some time later.
 */
struct fsdev_holder_ops {
	void *(*gone)(void *holder);
	int (*poison)(void *holder, u64 off, u64 len, int mf_flags, void **cookie);
	void (*left)(void *cookie);
};

/* A dax device in whatever mode. */
struct fsdev_mode {
	char name[32];		/* on the bus */
	char driver[32];	/* empty: none, or just changing */
};

int fsdev_mode(dev_t devt, struct fsdev_mode *mode);
struct fsdev *fsdev_get(dev_t devt, void *holder,
			const struct fsdev_holder_ops *ops);
struct fsdev *fsdev_get_bdev(dev_t devt, void *holder,
			     const struct fsdev_holder_ops *ops);
void fsdev_put(struct fsdev *fsdev);
unsigned int fsdev_devts(dev_t *devts, unsigned int max);

struct dax_device *fsdev_dax_device(const struct fsdev *fsdev);
u64 fsdev_base(const struct fsdev *fsdev);
u64 fsdev_size(const struct fsdev *fsdev);
bool fsdev_is_bad(const struct fsdev *fsdev, u64 off);
bool fsdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len);
u64 fsdev_good_len(const struct fsdev *fsdev, u64 off, u64 len);
bool fsdev_is_block(const struct fsdev *fsdev);
u32 fsdev_align(const struct fsdev *fsdev);
const char *fsdev_name(const struct fsdev *fsdev);

#endif
