// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was refused lately, for whoever asks after the log has gone by: the last so many mounts,
 * opens and devices, each with why and what to do.
 *
 * What is refused again for the same reason is no new entry: it counts, and is the newest again.
 * So one service that tries for ever does not push all others out.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include "tell/tell.h"

#define FAMFS_MAX_REFUSALS	128

/*
 * struct famfs_refusal - one of them, its texts as they are, not escaped
 *
 * Owner and lifetime: the module; the oldest is overwritten. Nothing of it leads to a mount.
 *
 * Lock: famfs_refusals_lock.
 */
struct famfs_refusal {
	u64 serial;		/* ascending by age; 0: not in use */
	u64 times;
	ktime_t when;		/* the last time */
	u64 hash;
	enum famfs_refused kind;
	dev_t dev;		/* of the mount; 0: it was none yet */
	bool ended;		/* that mount is gone, and its number another one's */
	int err;		/* positive; 0: none, the mount is an ordinary one */
	char about[FAMFS_REFUSED_ABOUT];
	char text[FAMFS_REFUSED_TEXT];
};

static struct famfs_refusal famfs_refusals[FAMFS_MAX_REFUSALS];
static DEFINE_SPINLOCK(famfs_refusals_lock);
static u64 famfs_refusals_last;

static const char * const famfs_refused_names[] = {
	[FAMFS_REFUSED_MOUNT] = "mount",
	[FAMFS_REFUSED_OPEN] = "open",
	[FAMFS_REFUSED_DEVICE] = "device",
};

/* The entry of the same refusal, or else the oldest one. The lock is held. */
static struct famfs_refusal *famfs_refusal_place(const struct famfs_refusal *new)
{
	struct famfs_refusal *at, *oldest = famfs_refusals;

	for (at = famfs_refusals; at < famfs_refusals + FAMFS_MAX_REFUSALS; at++) {
		if (at->serial && at->hash == new->hash && at->kind == new->kind &&
		    at->dev == new->dev && !at->ended && at->err == new->err &&
		    !strcmp(at->about, new->about) && !strcmp(at->text, new->text))
			return at;
		if (at->serial < oldest->serial)
			oldest = at;
	}
	oldest->times = 0;
	return oldest;
}

/**
 * famfs_refusal_note() - remember what was refused
 * @kind: what it was
 * @dev: the mount's device number, 0 if there is no mount yet
 * @about: what of it: a source, an index, a node
 * @err: errno, positive; 0 if nothing failed
 * @text: why, and what to do
 *
 * Context: any but interrupts. Needs no memory.
 */
void famfs_refusal_note(enum famfs_refused kind, dev_t dev, const char *about, int err,
			const char *text)
{
	struct famfs_refusal new = { .kind = kind, .dev = dev, .err = err }, *at;

	strscpy(new.about, about, sizeof(new.about));
	strscpy(new.text, text, sizeof(new.text));
	new.hash = full_name_hash(NULL, new.text, strlen(new.text));
	new.when = ktime_get();
	spin_lock(&famfs_refusals_lock);
	at = famfs_refusal_place(&new);
	new.times = at->times + 1;
	new.serial = ++famfs_refusals_last;
	*at = new;
	spin_unlock(&famfs_refusals_lock);
}

/**
 * famfs_refusals_end() - a mount ends, or one begins: its number is that of no other from here on
 * @dev: the mount's device number
 *
 * Context: any but interrupts.
 */
void famfs_refusals_end(dev_t dev)
{
	struct famfs_refusal *at;

	spin_lock(&famfs_refusals_lock);
	for (at = famfs_refusals; at < famfs_refusals + FAMFS_MAX_REFUSALS; at++)
		if (at->dev == dev)
			at->ended = true;
	spin_unlock(&famfs_refusals_lock);
}

/* A reader's state: the newest entry when the reading began, and when that was. */
struct famfs_refusals_read {
	u64 last;
	ktime_t now;
};

/*
 * Streamed, oldest first: a place in the file is a serial number, and what is refused again
 * meanwhile comes later, but not more than there was when the reading began.
 */
static void *famfs_refusals_find(const struct famfs_refusals_read *read, loff_t *pos)
{
	struct famfs_refusal *at, *found = NULL;

	for (at = famfs_refusals; at < famfs_refusals + FAMFS_MAX_REFUSALS; at++)
		if (at->serial > *pos && at->serial <= read->last &&
		    (!found || at->serial < found->serial))
			found = at;
	if (found)
		*pos = found->serial - 1;
	return found;
}

static void *famfs_refusals_start(struct seq_file *seq, loff_t *pos)
	__acquires(famfs_refusals_lock)
{
	struct famfs_refusals_read *read = seq->private;

	spin_lock(&famfs_refusals_lock);
	if (!*pos)
		*read = (struct famfs_refusals_read){ famfs_refusals_last, ktime_get() };
	return famfs_refusals_find(read, pos);
}

static void *famfs_refusals_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return famfs_refusals_find(seq->private, pos);
}

static void famfs_refusals_stop(struct seq_file *seq, void *v)
	__releases(famfs_refusals_lock)
{
	spin_unlock(&famfs_refusals_lock);
}

static int famfs_refusals_show(struct seq_file *seq, void *v)
{
	const struct famfs_refusals_read *read = seq->private;
	const struct famfs_refusal *at = v;

	seq_printf(seq, "ago_ms=%lld kind=%s dev=", ktime_ms_delta(read->now, at->when),
		   famfs_refused_names[at->kind]);
	if (at->dev)
		seq_printf(seq, "%u:%u", MAJOR(at->dev), MINOR(at->dev));
	else
		seq_putc(seq, '-');
	if (at->dev)
		seq_printf(seq, " ended=%d", at->ended);
	famfs_seq_string(seq, " about=", at->about);
	seq_printf(seq, " errno=%d times=%llu", at->err, at->times);
	famfs_seq_string(seq, " text=", at->text);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations famfs_refusals_ops = {
	.start = famfs_refusals_start,
	.next = famfs_refusals_next,
	.stop = famfs_refusals_stop,
	.show = famfs_refusals_show,
};

static int famfs_refusals_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &famfs_refusals_ops,
				sizeof(struct famfs_refusals_read));
}

const struct file_operations famfs_refusals_fops = {
	.owner = THIS_MODULE,
	.open = famfs_refusals_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
