// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the log says of what is refused, and of opens that fail. The same is remembered for who
 * comes later (refusals.c).
 *
 * A service that cannot open a file tries again, for ever and several times a second. So a mount
 * remembers what it has said of which device or node: that is said
 * once, until it fails for another reason, and how often it happened when that is over.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include "tell/tell.h"

static const char *famfs_about_name(enum famfs_about about)
{
	return about == FAMFS_ABOUT_NODE ? "node" : "device index";
}

/* The entry of a device or node, or a free one, or NULL. The lock is held. */
static struct famfs_told *famfs_told_find(struct famfs_tell *tell,
					  enum famfs_about about, u64 id)
{
	struct famfs_told *told, *free = NULL;

	for (told = tell->told; told < tell->told + FAMFS_MAX_TOLD; told++) {
		if (!told->times)
			free = free ?: told;
		else if (told->about == about && told->id == id)
			return told;
	}
	return free;
}

/* A failure is over: says how often it happened, if more than once, and frees the entry. */
static void famfs_told_over(struct famfs_tell *tell, struct famfs_told *told,
			    const char *over)
{
	if (told->times > 1)
		pr_warn_ratelimited("%s: %s %llu: failed %u times %s\n", tell->name,
				    famfs_about_name(told->about), told->id,
				    told->times, over);
	tell->used -= !!told->times;
	told->times = 0;
}

/*
 * Something has failed that is asked for again and again. @why is another for another reason.
 * False if the log has it already, or has too much.
 */
static bool famfs_tell(struct famfs_tell *tell, enum famfs_about about, u64 id, u64 why)
{
	struct famfs_told *told;
	bool news = false;

	mutex_lock(&tell->lock);
	WRITE_ONCE(tell->errors, tell->errors + 1);
	told = famfs_told_find(tell, about, id);
	if (!told) {
		if (!tell->untold++)
			pr_warn("%s: more fails than is told of one by one\n", tell->name);
	} else if (told->times && told->why == why) {
		told->times += told->times < U32_MAX;
	} else {
		famfs_told_over(tell, told, "so");
		*told = (struct famfs_told){
			.about = about, .id = id, .why = why, .times = 1,
		};
		tell->used++;
		news = true;
	}
	mutex_unlock(&tell->lock);
	return news;
}

/**
 * famfs_refuse_open() - an open, or a device, has failed: the log's line, and the list's
 * @tell: the mount's
 * @kind: what it is
 * @id: and which: a node or an index
 * @err: errno
 * @fmt: why and what to do, as for printf; with another text it has failed for another reason
 *
 * Context: may sleep.
 */
void famfs_refuse_open(struct famfs_tell *tell, enum famfs_refused kind, u64 id, int err,
		       const char *fmt, ...)
{
	enum famfs_about about = kind == FAMFS_REFUSED_OPEN ? FAMFS_ABOUT_NODE : FAMFS_ABOUT_DEVICE;
	char text[FAMFS_REFUSED_TEXT], what[FAMFS_REFUSED_ABOUT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(what, sizeof(what), "%s %llu", famfs_about_name(about), id);
	famfs_refusal_note(kind, tell->dev, what, abs(err), text);
	if (famfs_tell(tell, about, id, full_name_hash(NULL, text, strlen(text))))
		pr_warn_ratelimited("%s: %s\n", tell->name, text);
}

/**
 * famfs_refuse_mount() - a mount that calls itself famfs is an ordinary one: the same
 * @name: of the mount, for the log
 * @source: what it was mounted from, as the mounter typed it, or NULL
 * @dev: its device number, 0 if it has none yet
 * @fmt: why, as for printf
 *
 * Context: any but interrupts.
 */
void famfs_refuse_mount(const char *name, const char *source, dev_t dev, const char *fmt, ...)
{
	char text[FAMFS_REFUSED_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	famfs_refusal_note(FAMFS_REFUSED_MOUNT, dev, source ?: "", 0, text);
	pr_info_ratelimited("%s: %s\n", name, text);
}

/**
 * famfs_tell_works() - it has not failed this time
 * @tell: the mount's
 * @about: what kind of thing it is
 * @id: and which
 *
 * Context: may sleep.
 */
void famfs_tell_works(struct famfs_tell *tell, enum famfs_about about, u64 id)
{
	struct famfs_told *told;

	if (likely(!READ_ONCE(tell->used)))
		return;
	mutex_lock(&tell->lock);
	told = famfs_told_find(tell, about, id);
	if (told && told->times)
		famfs_told_over(tell, told, "and works now");
	mutex_unlock(&tell->lock);
}

void famfs_tell_init(struct famfs_tell *tell, const char *name, dev_t dev)
{
	tell->name = name;
	tell->dev = dev;
	mutex_init(&tell->lock);
	/* Of a mount that was an ordinary one nobody has seen the end. */
	famfs_refusals_end(dev);
}

/**
 * famfs_tell_end() - the mount ends: how often did what fails fail
 * @tell: of a mount without openers
 */
void famfs_tell_end(struct famfs_tell *tell)
{
	struct famfs_told *told;

	for (told = tell->told; told < tell->told + FAMFS_MAX_TOLD; told++)
		famfs_told_over(tell, told, "until the end of the mount");
	if (tell->untold > 1)
		pr_warn("%s: %llu more failures were not told one by one\n", tell->name,
			tell->untold);
	famfs_refusals_end(tell->dev);
}
