// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/famfs_fuse: the directory, and how its files are read.
 *
 * Lines are made one buffer at a time, and between two buffers no lock is held: there can be
 * millions, and readers that never come back.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "core/core.h"
#include "show/internal.h"
#include "show/show.h"
#include "tell/tell.h"

static struct dentry *famfs_debugfs_dir;

/**
 * famfs_walk_whole() - for files whose lines have no parts: go on to the next key after a line
 * @walk: the walk
 *
 * Return: false if there is none.
 */
bool famfs_walk_whole(struct famfs_walk *walk)
{
	if (!walk->at.sub)
		return true;
	walk->at.sub = 0;
	return ++walk->at.key;
}

/* The first line at the place or behind it. famfs_mounts_lock is held. */
static void *famfs_walk_find(struct famfs_walk *walk)
{
	struct famfs_mount *fmnt;

	list_for_each_entry(fmnt, &famfs_mounts, list) {
		if (fmnt->serial < walk->at.mount)
			continue;
		if (fmnt->serial > walk->at.mount)
			walk->at = (struct famfs_place){ .mount = fmnt->serial };
		walk->fmnt = fmnt;
		walk->ops->lock(fmnt);
		if (walk->ops->find(walk))
			return walk;
		walk->ops->unlock(fmnt);
	}
	walk->fmnt = NULL;
	walk->at = (struct famfs_place){ .mount = U64_MAX };
	return NULL;
}

static void *famfs_walk_start(struct seq_file *seq, loff_t *pos)
{
	struct famfs_walk *walk = seq->private;

	mutex_lock(&famfs_mounts_lock);
	/* seq_file asks for the beginning, or for where it was. */
	if (!*pos)
		walk->at = (struct famfs_place){ };
	return famfs_walk_find(walk);
}

static void *famfs_walk_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct famfs_walk *walk = v;

	++*pos;
	walk->at.sub++;
	if (walk->ops->find(walk))
		return walk;
	walk->ops->unlock(walk->fmnt);
	walk->at = (struct famfs_place){ .mount = walk->fmnt->serial + 1 };
	return famfs_walk_find(walk);
}

static void famfs_walk_stop(struct seq_file *seq, void *v)
{
	struct famfs_walk *walk = seq->private;

	if (walk->fmnt)
		walk->ops->unlock(walk->fmnt);
	walk->fmnt = NULL;
	mutex_unlock(&famfs_mounts_lock);
}

static int famfs_walk_show(struct seq_file *seq, void *v)
{
	struct famfs_walk *walk = v;

	walk->ops->show(seq, walk);
	return 0;
}

static const struct seq_operations famfs_walk_seq_ops = {
	.start = famfs_walk_start,
	.next = famfs_walk_next,
	.stop = famfs_walk_stop,
	.show = famfs_walk_show,
};

static int famfs_walk_open(struct inode *inode, struct file *file)
{
	struct famfs_walk *walk = __seq_open_private(file, &famfs_walk_seq_ops, sizeof(*walk));

	if (!walk)
		return -ENOMEM;
	walk->ops = inode->i_private;
	return 0;
}

static const struct file_operations famfs_walk_fops = {
	.owner = THIS_MODULE,
	.open = famfs_walk_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * famfs_seq_mount() - what a mount is called in all files: its device number
 * @seq: where to
 * @fmnt: the mount
 */
void famfs_seq_mount(struct seq_file *seq, const struct famfs_mount *fmnt)
{
	seq_printf(seq, "%u:%u", MAJOR(fmnt->dev), MINOR(fmnt->dev));
}

static int famfs_faults_open(struct inode *inode, struct file *file)
{
	return single_open(file, famfs_faults_show, NULL);
}

static const struct file_operations famfs_faults_fops = {
	.owner = THIS_MODULE,
	.open = famfs_faults_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct {
	const char *name;
	const struct famfs_walk_ops *ops;
} famfs_walks[] = {
	{ "mounts", &famfs_mounts_ops },
	{ "devices", &famfs_devices_ops },
	{ "requests", &famfs_requests_ops },
	{ "maps", &famfs_maps_ops },
	{ "extents", &famfs_extents_ops },
};

/* Failures are ignored: the module works without debugfs, which may be locked down. */
void famfs_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("famfs_fuse", NULL);
	size_t i;

	famfs_debugfs_dir = dir;
	for (i = 0; i < ARRAY_SIZE(famfs_walks); i++)
		debugfs_create_file(famfs_walks[i].name, 0400, dir, (void *)famfs_walks[i].ops,
				    &famfs_walk_fops);
	debugfs_create_file("faults", 0400, dir, NULL, &famfs_faults_fops);
	debugfs_create_file("pins", 0400, dir, NULL, &famfs_waits_fops);
	debugfs_create_file("refusals", 0400, dir, NULL, &famfs_refusals_fops);
}

void famfs_debugfs_exit(void)
{
	debugfs_remove(famfs_debugfs_dir);
}
