// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the first open of a file to a map on its inode.
 */
#include <linux/fs.h>
#include "ask/ask.h"
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "proto/internal.h"
#include "proto/parse.h"
#include "proto/proto.h"
#include "tell/tell.h"

/* First-generation servers send so much and ignore the argument. */
#define FAMFS_FIRST_CAPACITY	FUSE_FAMFS_GEN1_CAPACITY

/*
 * What a request is about: a server may use a node's number again, for another file, when it
 * has been told to forget the node.
 */
static u64 famfs_serial(struct famfs_inode *fi)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	if (!fi->serial)
		fi->serial = atomic64_inc_return(&last);
	return fi->serial;
}

/* Why there is no map, for the log and the list of refusals; NULL: the errno says enough. */
struct famfs_no_map {
	const char *why;
	bool of_device;		/* the device's failure was told already */
};

static const char bad_map[] = "the server's map breaks a rule (docs/protocol.md, Where is this file?)";

static int famfs_ask_map(struct famfs_mount *fmnt, struct famfs_inode *fi, u32 capacity,
			 struct famfs_reply *reply, struct famfs_no_map *no)
{
	struct fuse_getxattr_in in = { .size = capacity };
	struct famfs_request rq = {
		.opcode = FUSE_GET_FMAP,
		.nodeid = compat_fuse_inode(fi->inode)->nodeid,
		.subject = famfs_serial(fi),
		.in = &in,
		.in_len = sizeof(in),
		.out_cap = capacity,
		.out_var = true,
	};
	int err = famfs_request(&fmnt->calls, &rq, reply);

	if (err && reply->ended)
		no->why = "that is the server's answer, or it has ended";
	return err;
}

/*
 * The whole map message of a file. A server whose message does not fit says how
 * long it is, and is asked once more.
 */
static int famfs_fetch(struct famfs_mount *fmnt, struct famfs_inode *fi,
		       struct famfs_reply *reply, struct famfs_no_map *no)
{
	u64 whole;
	int err;

	err = famfs_ask_map(fmnt, fi, FAMFS_FIRST_CAPACITY, reply, no);
	if (err)
		return err;
	err = fmap_peek(reply->data, reply->len, &whole);
	if (!err && whole <= reply->len)
		return 0;
	/* It says that it is longer than it is, and not longer than the room it had. */
	if (!err && whole <= FAMFS_FIRST_CAPACITY)
		err = -EINVAL;
	famfs_reply_free(reply);
	if (err) {
		no->why = bad_map;
		return err;
	}
	return famfs_ask_map(fmnt, fi, whole, reply, no);
}

/* The map of a file, checked, with its devices. Nothing is half done. */
static int famfs_map_load(struct famfs_mount *fmnt, struct famfs_inode *fi,
			  struct fmap **mapp, struct famfs_no_map *no)
{
	struct famfs_reply reply;
	struct fmap *map;
	int err;

	err = famfs_fetch(fmnt, fi, &reply, no);
	if (err)
		return err;
	err = fmap_parse(reply.data, reply.len, PAGE_SIZE, &map);
	famfs_reply_free(&reply);
	if (err) {
		if (err != -ENOMEM)
			no->why = bad_map;
		return err;
	}
	err = famfs_map_bind_devs(fmnt, map, &no->why);
	if (err) {
		no->of_device = err == -ENODEV || err == -EBUSY || err == -EIO;
		fmap_put(map);
		return err;
	}
	*mapp = map;
	return 0;
}

/*
 * The server says that it has no maps at all. True if that can be: the mount is
 * an ordinary one from now on.
 */
static bool famfs_turn_plain(struct famfs_mount *fmnt)
{
	enum famfs_mode was = cmpxchg(&fmnt->mode, FAMFS_UNPROVEN, FAMFS_PLAIN);

	if (was == FAMFS_UNPROVEN)
		famfs_refuse_mount(fmnt->name, fmnt->source, fmnt->dev,
				   "server has no GET_FMAP: an ordinary FUSE mount from now on");
	return was != FAMFS_PROVEN;
}

static int famfs_map_make(struct famfs_mount *fmnt, struct famfs_inode *fi,
			  struct famfs_no_map *no)
{
	struct fmap *map;
	int err;

	/* Another opener may have learnt it while this one waited for map_lock. */
	if (famfs_is_plain(fmnt))
		return FAMFS_NO_MAPS;
	err = famfs_map_load(fmnt, fi, &map, no);
	if ((err == -ENOSYS || err == -EOPNOTSUPP) && famfs_turn_plain(fmnt))
		return FAMFS_NO_MAPS;
	if (err)
		return err;
	if (cmpxchg(&fmnt->mode, FAMFS_UNPROVEN, FAMFS_PROVEN) == FAMFS_PLAIN) {
		fmap_put(map);
		return FAMFS_NO_MAPS;
	}
	err = famfs_claim_map(fmnt, fi, map);
	if (err) {
		if (err == -EBUSY)
			no->why = "another file has a part of its memory, or pages of one are still pinned: close that one, or have the server place them apart";
		fmap_put(map);
		return err;
	}
	fmap_end_merged(map);
	err = famfs_map_install(fmnt, fi, map);
	if (err) {
		famfs_unclaim_map(fi);
		fmap_put(map);
	}
	return err;
}

/* Tells the log how asking for a map ended. */
static void famfs_map_tell(struct famfs_mount *fmnt, u64 nodeid, int err, const char *why)
{
	if (err >= 0)
		famfs_tell_works(&fmnt->tell, FAMFS_ABOUT_NODE, nodeid);
	else if (err != -EINTR)
		famfs_refuse_open(&fmnt->tell, FAMFS_REFUSED_OPEN, nodeid, err,
				  "no map for node %llu: error %d%s%s", nodeid, err,
				  why ? ": " : "", why ?: "");
}

static int famfs_map_alive(struct inode *inode)
{
	return READ_ONCE(famfs_inode_of(inode)->dead) ? -EIO : 0;
}

/**
 * famfs_map_get() - make sure that an inode has its map
 * @inode: an adopted regular file that the server has just opened
 *
 * Context: may sleep, for the server, killably.
 * Return: 0; FAMFS_NO_MAPS if the mount is an ordinary one; or the errno with which
 * the open fails: what the server answered, -EINVAL or -EFBIG for a bad map,
 * -ENODEV or -EBUSY for its devices, -EBUSY if another file has a part of its
 * memory, -EIO if a device was taken away.
 */
int famfs_map_get(struct inode *inode)
{
	struct famfs_mount *fmnt = famfs_mount_of(inode->i_sb);
	struct famfs_inode *fi;
	struct famfs_no_map no = { };
	int err;

	if (likely(famfs_map(inode)))
		return famfs_map_alive(inode);
	fi = famfs_inode_get(inode);
	if (!fi)
		return -ENOMEM;
	if (mutex_lock_killable(&fi->map_lock))
		return -EINTR;
	err = 0;
	if (!fi->map) {
		err = famfs_map_make(fmnt, fi, &no);
		trace_famfs_fmap(fmnt->dev, compat_fuse_inode(inode)->nodeid,
				 fi->map ? fi->map->file_size : 0,
				 fi->map ? fi->map->nexts : 0, err);
		if (!no.of_device)
			famfs_map_tell(fmnt, compat_fuse_inode(inode)->nodeid, err, no.why);
	}
	mutex_unlock(&fi->map_lock);
	/* A device can have gone until the map was there to be told of it. */
	return err ? err : famfs_map_alive(inode);
}
