/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfmap: the fmap protocol for any FUSE server on stock libfuse 3.14+.
 *
 * libfuse knows nothing of the protocol and need not: libfmap sits on the
 * session's file descriptor, sets the flag in the INIT reply, answers GET_FMAP
 * and GET_DAXDEV through the server's callbacks, and hands every other request
 * to libfuse unchanged.
 *
 *	se = fuse_session_new(&args, &ll_ops, sizeof(ll_ops), mydata);
 *	fs = fmap_session_new(se, &fmap_ops, mydata, 0);
 *	fd = fmap_mount(mountpoint, &(struct fmap_mount){
 *			.source = "/dev/dax0.0", .subtype = "fmapd" });
 *	fmap_session_attach(fs, fd);	(instead of fuse_session_mount)
 *	fmap_session_loop(fs, 10);	(instead of fuse_session_loop[_mt])
 *	fmap_session_destroy(fs);	(before fuse_session_destroy)
 *	fuse_session_destroy(se);	(closes fd)
 *
 * Functions return 0 or a negative errno unless said otherwise.  All of them
 * may be called from any thread.
 */
#ifndef FMAP_H
#define FMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fuse_session;
struct fmap_session;
struct fmap_req;
struct fmap_map;

/* ---- sessions ---- */

/**
 * struct fmap_ops - what a server implements
 * @get_fmap:   where is inode @ino?  @size is the room for the reply in bytes;
 *              fmap_reply_map() takes care of it.
 * @get_daxdev: which device has @index?
 * @negotiated: optional: INIT has been answered, and the kernel and the server
 *              agree on the protocol or they do not.  Called once.  No GET_FMAP
 *              is passed on before it returns: this is where to register
 *              devices, and where to give up the privileges that mounting and
 *              that took: fmap_session_loop() calls it on its own thread, and
 *              starts others later.  It must not wait for files of its own mount.
 * @reserved:   NULL
 *
 * @get_fmap and @get_daxdev must see to it that each @req is answered exactly
 * once, by any fmap_reply_*(), at once or later, from any thread.  They run on
 * a thread that would otherwise read the next request: do not block there.
 */
struct fmap_ops {
	void (*get_fmap)(struct fmap_req *req, uint64_t ino, uint32_t size);
	void (*get_daxdev)(struct fmap_req *req, uint64_t index);
	void (*negotiated)(void *userdata, bool agreed);
	void (*reserved[5])(void);
};

/* fmap_session_new() flag: only count requests, do not ask for the protocol. */
#define FMAP_PASSIVE	(1U << 0)
/*
 * Let the mount be idmapped if the protocol is agreed, where the kernel knows that
 * (6.12 and later, and the mount has default_permissions, as fmap_mount() makes
 * it).  The user and group of a request that creates nothing are then not told
 * to the server.
 */
#define FMAP_IDMAP	(1U << 1)

/**
 * enum fmap_state - how far the negotiation has come
 * @FMAP_PENDING:     INIT has not been answered yet
 * @FMAP_AGREED:      the protocol is in use
 * @FMAP_NOT_OFFERED: this kernel, or its policy for this mount, does not offer it
 * @FMAP_DECLINED:    it was offered, and the session is FMAP_PASSIVE or
 *                    libfuse answered INIT with an error
 */
enum fmap_state {
	FMAP_PENDING,
	FMAP_AGREED,
	FMAP_NOT_OFFERED,
	FMAP_DECLINED,
};

/**
 * fmap_session_new - prepare the protocol for a libfuse session
 * @se:       the session, not mounted yet
 * @ops:      callbacks, copied
 * @userdata: for fmap_req_userdata() and @ops->negotiated
 * @flags:    0, FMAP_PASSIVE, FMAP_IDMAP
 *
 * Return: the session, or NULL with errno set: EINVAL if a callback is missing or
 * something reserved is not 0.
 */
struct fmap_session *fmap_session_new(struct fuse_session *se,
				      const struct fmap_ops *ops,
				      void *userdata, unsigned int flags);

/**
 * fmap_session_attach - give the session its file descriptor
 * @fs: the session
 * @fd: from fmap_mount(), or anything that speaks FUSE in whole messages
 *
 * Takes the place of fuse_session_mount().  From then on @fd belongs to the
 * libfuse session.
 */
int fmap_session_attach(struct fmap_session *fs, int fd);

/**
 * fmap_session_loop - serve the session until it ends
 * @fs:      the session, attached
 * @threads: how many threads may handle requests at the same time; 1 for the
 *           calling one alone
 *
 * Takes the place of fuse_session_loop() and fuse_session_loop_mt().  These can
 * be called themselves (the latter with clone_fd off) only if libfuse was built
 * with fuse_session_custom_io(), which 3.18 of Debian 14, for one, was not: its
 * loops would wait for ever there.
 *
 * Return: 0, a negative errno, or, as they do, the signal that ended the session (0 instead
 * where libfuse was built without).
 */
int fmap_session_loop(struct fmap_session *fs, unsigned int threads);

/**
 * fmap_session_destroy - end the protocol's part of a session
 * @fs: the session, or NULL
 *
 * Call after the loop has returned and before fuse_session_destroy().
 * Requests that are still unanswered stay valid: answering them later does
 * nothing but free them.
 */
void fmap_session_destroy(struct fmap_session *fs);

/* fmap_session_state - what INIT came to. */
enum fmap_state fmap_session_state(const struct fmap_session *fs);

/* ---- counting requests ---- */

/* Opcodes from here on are counted together.  Later versions may know more. */
#define FMAP_OPCODES	64

/**
 * fmap_session_count - how many requests of a kind the kernel has sent
 * @fs:     the session
 * @opcode: FUSE opcode below FMAP_OPCODES; UINT_MAX for all others together
 */
uint64_t fmap_session_count(const struct fmap_session *fs, unsigned int opcode);

/**
 * fmap_opcode_name - "OPEN" for FUSE_OPEN and so on
 *
 * Return: a string, or NULL for an opcode without a name.
 */
const char *fmap_opcode_name(unsigned int opcode);

/* ---- maps ---- */

/* struct fmap_extent - a range of a device: index, first byte, bytes. */
struct fmap_extent {
	uint32_t dev;
	uint64_t offset;
	uint64_t len;
};

/**
 * struct fmap_stripe - one interleaved extent
 * @chunk:   bytes on one strip before the next one's turn
 * @nbytes:  bytes of the file it covers
 * @strips:  the strips
 * @nstrips: how many
 */
struct fmap_stripe {
	uint32_t chunk;
	uint64_t nbytes;
	const struct fmap_extent *strips;
	uint32_t nstrips;
};

/* Extents, interleaved extents and strips of one map, together. */
#define FMAP_MAP_MAX	699049U

/* What the kernel is told a file is. */
enum fmap_file_type {
	FMAP_FILE_REG,
	FMAP_FILE_SUPERBLOCK,
	FMAP_FILE_LOG,
};

/**
 * fmap_map_simple - a file that is a row of extents
 * @type: kind of file
 * @size: of the file, bytes
 * @ext:  the extents in file order
 * @n:    how many
 *
 * The numbers are not judged here: that is the kernel's work, and the
 * server's.
 *
 * Return: an immutable map for fmap_map_free(), or NULL with errno ENOMEM, or
 * EINVAL if @n is 0, or EFBIG if no message can hold it.
 */
struct fmap_map *fmap_map_simple(enum fmap_file_type type, uint64_t size,
				 const struct fmap_extent *ext, size_t n);

/**
 * fmap_map_striped - a file that is a row of interleaved extents
 * @type:   kind of file
 * @size:   of the file, bytes
 * @stripe: the interleaved extents in file order
 * @n:      how many
 *
 * Return: as fmap_map_simple().
 */
struct fmap_map *fmap_map_striped(enum fmap_file_type type, uint64_t size,
				  const struct fmap_stripe *stripe, size_t n);

/**
 * fmap_map_data - the message as it goes over the wire
 * @map: the map
 * @len: set to its size in bytes
 */
const void *fmap_map_data(const struct fmap_map *map, size_t *len);

/* fmap_map_free - forget a map (or NULL). */
void fmap_map_free(struct fmap_map *map);

/* ---- replies ---- */

/* The userdata of fmap_session_new(). */
void *fmap_req_userdata(const struct fmap_req *req);

/* How many bytes of answer the kernel has room for. */
uint32_t fmap_req_room(const struct fmap_req *req);

/**
 * fmap_reply_map - answer GET_FMAP
 * @req: the request, freed in any case
 * @map: the map, still the caller's; NULL, right after fmap_map_*() has failed,
 *       is answered with its errno
 *
 * A map that the request has no room for is announced by its header, and the
 * kernel asks again with more room.  A kernel of the first protocol
 * generation cannot do that and gets EFBIG.
 *
 * Return: 0, or a negative errno: ENOENT if nobody waits for the answer any
 * more, which is no fault of the server.
 */
int fmap_reply_map(struct fmap_req *req, const struct fmap_map *map);

/**
 * fmap_reply_daxdev - answer GET_DAXDEV
 * @req:  the request, freed in any case
 * @path: of the dax character device, at most 255 bytes
 *
 * Return: as fmap_reply_map(); ENAMETOOLONG if the kernel got that instead.
 */
int fmap_reply_daxdev(struct fmap_req *req, const char *path);

/**
 * fmap_reply_err - refuse either request
 * @req: the request, freed in any case
 * @err: positive errno: ENODEV for a device that cannot be had; ENOSYS to say
 *       that the operation does not exist here
 */
int fmap_reply_err(struct fmap_req *req, int err);

/**
 * fmap_reply_raw - answer with these very bytes, to test a kernel with
 * @req:  the request, freed in any case
 * @data: the message after the FUSE header
 * @len:  bytes
 */
int fmap_reply_raw(struct fmap_req *req, const void *data, size_t len);

/* ---- devices by file descriptor ---- */

/*
 * Instead of answering GET_DAXDEV with a name, a server can register an open
 * device under the number that its maps use.  The kernel takes hold of the
 * device itself: @fd may be closed afterwards.  It takes CAP_SYS_RAWIO.
 */

/**
 * fmap_device_open - register a device under a number of the server's choice
 * @fs: a session that has agreed; the earliest place is @negotiated
 * @fd: dax character device in famfs mode, or block device that can do dax, open
 *	for reading and writing
 * @id: what maps call it in fmap_extent.dev, hence below 2^32
 *
 * Return: 0, or a negative errno: EBUSY if somebody holds the device, EEXIST if
 * the number is taken, EINVAL if it is too large or @fd is no device or one
 * without dax, EACCES if it is not open for both, ENODEV if it is not in famfs
 * mode, EOPNOTSUPP if it is durable only after requests to it or is built on
 * other disks, EPERM without CAP_SYS_RAWIO; ENOTCONN if the protocol is not agreed; ENOTTY if this kernel
 * half has only GET_DAXDEV.
 */
int fmap_device_open(struct fmap_session *fs, int fd, uint64_t id);

/**
 * fmap_device_open_any - register a device under a number the kernel chooses
 * @fs: as fmap_device_open()
 * @fd: as fmap_device_open()
 * @id: set to the number, at least 1
 *
 * Return: as fmap_device_open(), except EEXIST.
 */
int fmap_device_open_any(struct fmap_session *fs, int fd, uint32_t *id);

/**
 * fmap_device_close - give a registered device back
 * @fs: the session
 * @id: its number
 *
 * Not needed before unmounting, which gives back all of them.
 *
 * Return: 0, or a negative errno: EBUSY while a file's map refers to it, ENOENT
 * if there is no such device.
 */
int fmap_device_close(struct fmap_session *fs, uint32_t id);

/* ---- mounting ---- */

/**
 * struct fmap_mount - how to mount
 * @source:      shown in /proc/mounts; a kernel that offers the protocol by
 *               policy looks here for a dax device
 * @subtype:     the type becomes "fuse.SUBTYPE"; the policy looks here too
 * @options:     more options, comma-separated, or NULL: those that mount(8) knows
 *               for any file system, the rest is passed on.  What is only for
 *               mount(8) itself or for others (defaults, nofail, x-*, ...) is
 *               left out.  nosuid and nodev unless suid and dev are given
 * @allow_other: let other users in
 * @reserved:    0
 */
struct fmap_mount {
	const char *source;
	const char *subtype;
	const char *options;
	bool allow_other;
	uintptr_t reserved[4];
};

/**
 * fmap_mount - open the FUSE device and mount
 * @mountpoint: directory
 * @m:          what and how
 *
 * Needs CAP_SYS_ADMIN.  The mount exists when this returns, and waits for the
 * session to be served.
 *
 * Return: the session's file descriptor, at least 3, or a negative errno: EINVAL
 * without source or subtype, or if something reserved is not 0.
 */
int fmap_mount(const char *mountpoint, const struct fmap_mount *m);

#ifdef __cplusplus
}
#endif

#endif /* FMAP_H */
