/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The fmap protocol: how a FUSE server hands the kernel a file's location in
 * dax memory, so that the kernel moves the bytes and the server does not.
 *
 * A server that agrees to FUSE_DAX_FMAP at INIT is asked FUSE_GET_FMAP once for
 * each regular file, after its first OPEN, and FUSE_GET_DAXDEV once for each
 * device index that a map names.  All fields are in the byte order of the
 * host, as in every FUSE message.
 *
 * There are two generations.  In the first, GET_FMAP has no argument and the
 * reply is at most FUSE_FAMFS_GEN1_CAPACITY bytes.  In the second, GET_FMAP
 * carries struct fuse_getxattr_in whose size is the room for the reply, and
 * the reply's header says in reserved0 how long the whole message is.
 *
 * Every number here is part of the wire format: nothing may ever change.
 */
#ifndef _UAPI_LINUX_FAMFS_FUSE_H
#define _UAPI_LINUX_FAMFS_FUSE_H

#include <linux/types.h>
#include <linux/ioctl.h>

/*
 * Included here, and not left to the user, so that each #ifndef below sees
 * what this system's header already defines.
 */
#include <linux/fuse.h>

/*
 * A system header that has FUSE_DAX_FMAP brings the rest of the messages with
 * it; defining the structs twice would not compile.
 */
#ifndef FUSE_DAX_FMAP

/*
 * INIT flag, bit 11 of flags2.  Some kernels give the bit another meaning
 * (io-uring buffer pools), which counts in a reply only beside bit 41; a
 * server of this protocol must not set bit 41 because of this flag.
 */
#define FUSE_DAX_FMAP			(1ULL << 43)

/* Opcodes.  Macros, because enumerators could clash with a newer fuse.h. */
#define FUSE_GET_FMAP			54	/* nodeid: the file */
#define FUSE_GET_DAXDEV			55	/* nodeid: the device index */

/* fuse_famfs_fmap_header.file_type */
#define FUSE_FAMFS_FILE_REG		0
#define FUSE_FAMFS_FILE_SUPERBLOCK	1
#define FUSE_FAMFS_FILE_LOG		2

/* fuse_famfs_fmap_header.ext_type */
#define FUSE_FAMFS_EXT_SIMPLE		0
#define FUSE_FAMFS_EXT_INTERLEAVE	1

/**
 * struct fuse_famfs_fmap_header - start of a GET_FMAP reply
 * @file_type:    FUSE_FAMFS_FILE_*
 * @reserved:     0
 * @fmap_version: FUSE_FAMFS_FMAP_VERSION
 * @ext_type:     FUSE_FAMFS_EXT_*: what follows the header
 * @nextents:     how many simple or interleaved extents follow, at least 1
 * @reserved0:    second generation: size in bytes of the whole message, this
 *                header included.  If that is more than the request had room
 *                for, only the header was sent, and the kernel asks once more
 *                with that much room.  0: the message is whole.
 * @file_size:    bytes; the extents cover at least as much
 * @reserved1:    0
 */
struct fuse_famfs_fmap_header {
	__u8	file_type;
	__u8	reserved;
	__u16	fmap_version;
	__u32	ext_type;
	__u32	nextents;
	__u32	reserved0;
	__u64	file_size;
	__u64	reserved1;
};

/**
 * struct fuse_famfs_simple_ext - one contiguous range of a dax device
 * @se_devindex: which device, in the server's own numbering; 0 is the primary
 * @reserved:    0
 * @se_offset:   where it starts, bytes into the device
 * @se_len:      bytes
 */
struct fuse_famfs_simple_ext {
	__u32	se_devindex;
	__u32	reserved;
	__u64	se_offset;
	__u64	se_len;
};

/**
 * struct fuse_famfs_iext - one interleaved extent; its strips follow it
 * @ie_nstrips:    simple extents that follow, which take turns chunk by chunk
 * @ie_chunk_size: bytes on one strip before the next one's turn
 * @ie_nbytes:     bytes of the file that this extent covers
 * @reserved:      0
 *
 * Offset o lies in chunk o / chunk_size; that chunk is on strip
 * chunk % nstrips, at row chunk / nstrips of that strip.
 */
struct fuse_famfs_iext {
	__u32	ie_nstrips;
	__u32	ie_chunk_size;
	__u64	ie_nbytes;
	__u64	reserved;
};

/**
 * struct fuse_daxdev_out - reply to GET_DAXDEV
 * @index:     the index asked for
 * @reserved:  0
 * @reserved2: 0
 * @reserved3: 0
 * @reserved4: 0
 * @name:      path of the dax character device, NUL-terminated
 */
struct fuse_daxdev_out {
	__u16	index;
	__u16	reserved;
	__u32	reserved2;
	__u64	reserved3;
	__u64	reserved4;
	char	name[256];
};

#endif /* FUSE_DAX_FMAP */

#define FUSE_FAMFS_FMAP_VERSION		1

/* Bytes of reply that a kernel of the first generation has room for. */
#define FUSE_FAMFS_GEN1_CAPACITY	4096

/* No GET_FMAP reply may be longer than this. */
#define FUSE_FAMFS_FMAP_MAX		(16U << 20)

/*
 * Devices by file descriptor: two ioctls on the server's session fd.  The
 * numbers are those of FUSE passthrough, which has them on other connections.
 */

/**
 * struct fuse_famfs_backing_map - argument of FUSE_DEV_IOC_BACKING_OPEN
 * @fd:         open file of the device
 * @flags:      FUSE_BACKING_*
 * @backing_id: with FUSE_BACKING_ID_64 the id to register it under, else 0
 *
 * The layout of struct fuse_backing_map, under a name of its own: the last
 * member has another name there, and old systems lack the struct.
 */
struct fuse_famfs_backing_map {
	__s32	fd;
	__u32	flags;
	__u64	backing_id;
};

#ifndef FUSE_DEV_IOC_MAGIC
#define FUSE_DEV_IOC_MAGIC		229
#endif
#ifndef FUSE_DEV_IOC_BACKING_OPEN
#define FUSE_DEV_IOC_BACKING_OPEN	_IOW(FUSE_DEV_IOC_MAGIC, 1, \
					     struct fuse_famfs_backing_map)
#endif
#ifndef FUSE_DEV_IOC_BACKING_CLOSE
#define FUSE_DEV_IOC_BACKING_CLOSE	_IOW(FUSE_DEV_IOC_MAGIC, 2, __u32)
#endif

/* fuse_famfs_backing_map.flags */
#ifndef FUSE_BACKING_IS_DEV
#define FUSE_BACKING_IS_DEV		(1U << 0)	/* fd is a device */
#endif
#ifndef FUSE_BACKING_ID_64
#define FUSE_BACKING_ID_64		(1U << 30)	/* the id is the server's choice */
#endif

#endif /* _UAPI_LINUX_FAMFS_FUSE_H */
