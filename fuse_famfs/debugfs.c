// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/famfs_fuse/maps: the maps in memory, a line per file.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
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

static void famfs_maps_of(struct seq_file *seq, struct famfs_mount *fmnt)
{
	struct famfs_inode *fi;

	spin_lock(&fmnt->inodes_lock);
	list_for_each_entry(fi, &fmnt->inodes, list) {
		const struct fmap *map = fi->map;

		/* An orphan is no file's any more. */
		if (!fi->inode)
			continue;
		seq_printf(seq, "%u:%u node=%llu type=", MAJOR(fmnt->sb->s_dev),
			   MINOR(fmnt->sb->s_dev),
			   compat_fuse_inode(fi->inode)->nodeid);
		famfs_type_show(seq, map);
		seq_printf(seq, " size=%llu kind=%s extents=%u devices=%u memory=%llu%s\n",
			   map->file_size, famfs_kind_name(map), map->nexts,
			   map->ndevs, map->bytes, fi->dead ? " dead" : "");
	}
	spin_unlock(&fmnt->inodes_lock);
}

static int famfs_maps_show(struct seq_file *seq, void *unused)
{
	struct famfs_mount *fmnt;

	mutex_lock(&famfs_mounts_lock);
	list_for_each_entry(fmnt, &famfs_mounts, list)
		famfs_maps_of(seq, fmnt);
	mutex_unlock(&famfs_mounts_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(famfs_maps);

/* That it fails is no reason not to work: debugfs may be locked down. */
void famfs_debugfs_init(void)
{
	famfs_debugfs_dir = debugfs_create_dir("famfs_fuse", NULL);
	debugfs_create_file("maps", 0400, famfs_debugfs_dir, NULL,
			    &famfs_maps_fops);
}

void famfs_debugfs_exit(void)
{
	debugfs_remove(famfs_debugfs_dir);
}
