// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/famfs_fuse/maps: the maps in memory, a line per file.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include "debugfs.h"
#include "famfs.h"

static struct dentry *famfs_debugfs_dir;

static const char *famfs_kind_name(const struct fmap *map)
{
	switch (map->kind) {
	case FMAP_ONE:
		return "one";
	case FMAP_UNIFORM:
		return "uniform";
	case FMAP_LIST:
		return "list";
	default:
		return "striped";
	}
}

static void famfs_type_show(struct seq_file *seq, const struct fmap *map)
{
	switch (map->file_type) {
	case FUSE_FAMFS_FILE_REG:
		seq_puts(seq, "regular");
		break;
	case FUSE_FAMFS_FILE_SUPERBLOCK:
		seq_puts(seq, "superblock");
		break;
	case FUSE_FAMFS_FILE_LOG:
		seq_puts(seq, "log");
		break;
	default:
		seq_printf(seq, "%u", map->file_type);
	}
}

static void famfs_map_show(struct seq_file *seq, const struct famfs_mount *fmnt,
			   const struct famfs_inode *fi)
{
	const struct fmap *map = fi->map;

	/* An orphan is no file's any more, and its superblock may be gone. */
	if (!fi->inode)
		return;
	seq_printf(seq, "%u:%u node=%llu type=", MAJOR(fmnt->dev), MINOR(fmnt->dev),
		   compat_fuse_inode(fi->inode)->nodeid);
	famfs_type_show(seq, map);
	seq_printf(seq, " size=%llu kind=%s extents=%u devices=%u memory=%zu%s\n",
		   map->file_size, famfs_kind_name(map), map->nexts, map->ndevs, fmap_bytes(map),
		   fi->dead ? " dead" : "");
}

/*
 * Lines are made one buffer at a time, and between two buffers no lock is held. A place in
 * the file is a mount, by its number in the list, and a file of it, by its id: those that
 * come and go meanwhile move no other file's place, unmounting may.
 */
#define FAMFS_POS_MOUNT		32

struct famfs_maps_at {
	struct famfs_mount *fmnt;	/* its inodes_lock is held, or NULL */
	struct famfs_inode *fi;
};

/*
 * The first file at a place or behind it. famfs_mounts_lock is held.
 * For sparse, inodes_lock comes back held even with no file: it knows no other way.
 */
static void *famfs_maps_find(struct famfs_maps_at *at, loff_t *pos)
	__acquires(inodes_lock)
{
	unsigned int nr = *pos >> FAMFS_POS_MOUNT, i = 0;
	unsigned long id = (u32)*pos;
	struct famfs_mount *fmnt;

	list_for_each_entry(fmnt, &famfs_mounts, list) {
		if (i++ < nr)
			continue;
		spin_lock(&fmnt->inodes_lock);
		at->fi = famfs_inodes_next(fmnt, &id);
		if (at->fi) {
			at->fmnt = fmnt;
			*pos = ((loff_t)(i - 1) << FAMFS_POS_MOUNT) + id - 1;
			return at;
		}
		spin_unlock(&fmnt->inodes_lock);
		id = 0;
	}
	at->fmnt = NULL;
	__acquire(inodes_lock);
	return NULL;
}

static void *famfs_maps_start(struct seq_file *seq, loff_t *pos)
	__acquires(inodes_lock)
{
	mutex_lock(&famfs_mounts_lock);
	return famfs_maps_find(seq->private, pos);
}

static void *famfs_maps_next(struct seq_file *seq, void *v, loff_t *pos)
	__releases(inodes_lock)
	__acquires(inodes_lock)
{
	struct famfs_maps_at *at = v;

	spin_unlock(&at->fmnt->inodes_lock);
	++*pos;
	return famfs_maps_find(at, pos);
}

static void famfs_maps_stop(struct seq_file *seq, void *v)
	__releases(inodes_lock)
{
	struct famfs_maps_at *at = seq->private;

	if (at->fmnt)
		spin_unlock(&at->fmnt->inodes_lock);
	else
		__release(inodes_lock);
	at->fmnt = NULL;
	mutex_unlock(&famfs_mounts_lock);
}

static int famfs_maps_show(struct seq_file *seq, void *v)
{
	struct famfs_maps_at *at = v;

	famfs_map_show(seq, at->fmnt, at->fi);
	return 0;
}

static const struct seq_operations famfs_maps_ops = {
	.start = famfs_maps_start,
	.next = famfs_maps_next,
	.stop = famfs_maps_stop,
	.show = famfs_maps_show,
};

static int famfs_maps_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &famfs_maps_ops, sizeof(struct famfs_maps_at));
}

static const struct file_operations famfs_maps_fops = {
	.owner = THIS_MODULE,
	.open = famfs_maps_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * famfs_seq_string() - print " key=" and a string that anybody may have made
 * @seq: where to
 * @key: as it is
 * @s: the string: what would end the word or the line is escaped, as in /proc/mounts
 */
void famfs_seq_string(struct seq_file *seq, const char *key, const char *s)
{
	seq_puts(seq, key);
	seq_escape_mem(seq, s, strlen(s), ESCAPE_NP | ESCAPE_OCTAL | ESCAPE_APPEND, " \\");
}

/* That it fails is no reason not to work: debugfs may be locked down. */
void famfs_debugfs_init(void)
{
	famfs_debugfs_dir = debugfs_create_dir("famfs_fuse", NULL);
	debugfs_create_file("maps", 0400, famfs_debugfs_dir, NULL,
			    &famfs_maps_fops);
	debugfs_create_file("refusals", 0400, famfs_debugfs_dir, NULL, &famfs_refusals_fops);
}

void famfs_debugfs_exit(void)
{
	debugfs_remove(famfs_debugfs_dir);
}
