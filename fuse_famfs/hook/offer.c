// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is offered the protocol.
 *
 * A server that speaks it says where in a device the bytes of a file are, and so can
 * reach all of the device's memory, for itself and for everybody who may open its
 * files. That is root's to decide, of the initial user namespace, and of nobody who
 * acts through a program of root's.
 *
 * A capability of the task in mount(2) says little: fusermount3 is set-user-ID root and
 * has them all, on behalf of whoever runs it. What a set-user-ID program does not change
 * is the real user, and what fusermount3 does not leave to its caller is the mount's
 * `user_id`. So every one of these has to be root:
 *
 *  - the mount's owner (`user_id`);
 *  - whoever mounts: real, effective and file-system id, and whoever made the context;
 *  - whoever opened the session, which may have been passed on to a helper;
 *  - later, whoever answers INIT (negotiate.c), as the session may be passed on, too.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/user_namespace.h>
#include "core/core.h"
#include "hook/internal.h"
#include "tell/tell.h"

enum famfs_offer {
	FAMFS_OFFER_AUTO,	/* mounts that name a dax device or a famfs server */
	FAMFS_OFFER_ALL,	/* every plain mount that is allowed to */
	FAMFS_OFFER_NONE,
};

static const char * const famfs_offer_names[] = {
	[FAMFS_OFFER_AUTO] = "auto",
	[FAMFS_OFFER_ALL] = "all",
	[FAMFS_OFFER_NONE] = "none",
};

static int famfs_offer_policy = FAMFS_OFFER_AUTO;

static int famfs_offer_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(famfs_offer_names, val);

	if (i < 0)
		return i;
	WRITE_ONCE(famfs_offer_policy, i);
	return 0;
}

static int famfs_offer_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  famfs_offer_names[READ_ONCE(famfs_offer_policy)]);
}

static const struct kernel_param_ops famfs_offer_ops = {
	.set = famfs_offer_set,
	.get = famfs_offer_get,
};
module_param_cb(offer, &famfs_offer_ops, NULL, 0644);
MODULE_PARM_DESC(offer, "which FUSE mounts are offered the famfs protocol: auto (source names a dax device, or subtype begins with famfs or fmap), all or none");

/* "/dev/dax" NUMBER "." NUMBER, which is what famfs user space puts there. */
static bool famfs_source_is_dax(const char *source)
{
	unsigned int region, id;
	int end = 0;

	if (!source || sscanf(source, "/dev/dax%u.%u%n", &region, &id, &end) != 2)
		return false;
	return end && !source[end];
}

static bool famfs_subtype_is_ours(const char *subtype)
{
	return subtype && (!strncmp(subtype, "famfs", 5) ||
			   !strncmp(subtype, "fmap", 4));
}

/**
 * famfs_named() - does the mount itself say that it is famfs
 * @fsc: its context
 *
 * Context: any.
 * Return: true if it does.
 */
bool famfs_named(struct fs_context *fsc)
{
	return famfs_source_is_dax(fsc->source) ||
	       famfs_subtype_is_ours(compat_fuse_subtype(fsc));
}

/**
 * famfs_source_name() - what a mount is called in the log
 * @name: set to it, escaped: the source is whatever the mounter typed
 * @size: bytes of @name
 * @fsc: its context
 *
 * Context: any.
 */
void famfs_source_name(char *name, size_t size, const struct fs_context *fsc)
{
	snprintf(name, size, "%*pE", fsc->source ? (int)strnlen(fsc->source, 40) : 0,
		 fsc->source);
}

/* Why this mount must not be offered the protocol; NULL: it may. */
static const char *famfs_objection(struct fs_context *fsc, const struct cred *opener)
{
	if (READ_ONCE(famfs_offer_policy) == FAMFS_OFFER_NONE)
		return "the parameter offer is none";
	if (fsc->user_ns != &init_user_ns)
		return "it is mounted in a user namespace";
	if (!compat_fuse_is_plain_mount(fsc))
		return "it is no mount of a new session with a directory as its root";
	if (!compat_fuse_owner_is_root(fsc))
		return "its owner (user_id) is not root";
	if (!famfs_is_root(current_cred()) || !famfs_is_root(fsc->cred))
		return "it is not root who mounts (a set-user-ID program acts for its user)";
	if (!opener || !famfs_is_root(opener))
		return "its session was not opened by root";
	if (!capable(CAP_SYS_RAWIO))
		return "whoever mounts lacks CAP_SYS_RAWIO";
	return NULL;
}

/**
 * famfs_offers() - is the protocol to be offered to a mount
 * @fsc: its context, all of its parameters parsed
 * @opener: with which credentials its session was opened, NULL if that is not known
 *
 * Tells in the log why not, if the mount says that it is famfs.
 *
 * Context: mount(2) or fsconfig(2), in the task that mounts.
 * Return: true if it is.
 */
bool famfs_offers(struct fs_context *fsc, const struct cred *opener)
{
	bool named = famfs_named(fsc);
	const char *objection;

	if (!named && READ_ONCE(famfs_offer_policy) != FAMFS_OFFER_ALL)
		return false;
	objection = famfs_objection(fsc, opener);
	if (objection && named) {
		char name[64];

		famfs_source_name(name, sizeof(name), fsc);
		/* One entry for all that users try, or they would push out the others. */
		famfs_refuse_mount(name, famfs_is_root(fsc->cred) ? fsc->source : NULL, 0,
				   "an ordinary FUSE mount: not offered the famfs protocol, as %s",
				   objection);
	}
	return !objection;
}
