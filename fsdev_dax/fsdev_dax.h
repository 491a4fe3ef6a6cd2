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
struct xarray;

/**
 * struct fsdev_holder_ops - how the driver talks to whoever holds a device
 * @gone: the device is about to be unbound. On return nothing of the holder
 *	uses its memory any more: no mapping, no pin, and every new access
 *	is refused. May sleep, for as long as somebody else pins a page. Called
 *	without locks of this interface held; an fsdev_put() that comes meanwhile
 *	waits for the call to end. What it returns is passed to @left.
 * @poison: bytes of the device have failed, and are refused from now on. On return
 *	no mapping leads to them any more. Called like @gone. Returns 0 or an errno;
 *	sets the cookie for @left.
 * @mount: the device number of the mount that holds the device, for whoever asks. Called with
 *	a lock of this interface held; does not sleep. Not called for those who use it raw.
 * @left: called after @gone and @poison, if there is a cookie, when fsdev_put()
 *	does not wait any more: the place to drop what kept the holder alive. Perhaps
 *	by a worker, some time later.
 */
struct fsdev_holder_ops {
	void *(*gone)(void *holder);
	int (*poison)(void *holder, u64 off, u64 len, int mf_flags, void **cookie);
	dev_t (*mount)(void *holder);
	void (*left)(void *cookie);
};

/* A dax device in whatever mode. */
struct fsdev_mode {
	char name[32];		/* on the bus */
	char driver[32];	/* empty: none, or just changing */
};

/*
 * Number of this interface, of what is in this header. Count it up with every change, in form or
 * in meaning.
 */
#define FSDEV_DAX_ABI	5

/**
 * struct fsdev_interface - all that fsdev_dax exports
 * @abi: FSDEV_DAX_ABI of its build; this and the next two stay as they are for ever
 * @size: bytes of this struct in its build
 * @version: of the module
 * @get: fsdev_get()
 * @get_bdev: fsdev_get_bdev()
 * @put: fsdev_put()
 * @devts: fsdev_devts()
 * @mode: fsdev_mode()
 * @dax_device: constant while the device is held, as are the next four
 * @base: byte of the dax_device at which the device begins: a partition's start
 * @size_of: bytes of the device
 * @is_block: is it a block device?
 * @name: for the log
 * @align: bytes; a page of a block device
 * @folio_order: log2 of the pages of its folios; constant while the device is held
 * @find: fsdev_find()
 * @linear: fsdev_linear()
 * @is_bad: is this byte, from the start of the device, in a bad page? Any context
 * @has_bad: is one of so many bytes? Likewise
 * @good_len: fsdev_good_len()
 *
 * Owner and lifetime: constant, part of the module. Whoever got it by symbol_get() keeps
 * the module loaded until symbol_put(). Nothing is linked to the module, so that one of
 * another build, or the kernel's own of this name, is not called by mistake.
 */
struct fsdev_interface {
	u32 abi;
	u32 size;
	const char *version;

	struct fsdev *(*get)(dev_t devt, void *holder, const struct fsdev_holder_ops *ops);
	struct fsdev *(*get_bdev)(dev_t devt, void *holder, const struct fsdev_holder_ops *ops);
	void (*put)(struct fsdev *fsdev);
	unsigned int (*devts)(dev_t *devts, unsigned int max);
	int (*mode)(dev_t devt, struct fsdev_mode *mode);
	struct dax_device *(*dax_device)(const struct fsdev *fsdev);
	u64 (*base)(const struct fsdev *fsdev);
	u64 (*size_of)(const struct fsdev *fsdev);
	bool (*is_block)(const struct fsdev *fsdev);
	const char *(*name)(const struct fsdev *fsdev);
	u32 (*align)(const struct fsdev *fsdev);
	bool (*linear)(const struct fsdev *fsdev, u64 *phys, const struct xarray **bad);
	unsigned int (*folio_order)(const struct fsdev *fsdev);
	u64 (*find)(const struct fsdev *fsdev, u64 off, u64 *len, bool *bad);
	bool (*is_bad)(const struct fsdev *fsdev, u64 off);
	bool (*has_bad)(const struct fsdev *fsdev, u64 off, u64 len);
	u64 (*good_len)(const struct fsdev *fsdev, u64 off, u64 len);
};

extern const struct fsdev_interface famfs_fsdev_interface;

/* Of famfs_fuse, and only looked for: it is there when that is loaded. */
extern const bool famfs_fuse_is_loaded;

#endif
