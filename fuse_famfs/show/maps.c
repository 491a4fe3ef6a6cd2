// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: the maps in memory, a line for each file, and their extents, a line each. A place is a
 * file of a mount, by its id: those that come and go meanwhile move no other file's place.
 */
#include <linux/seq_file.h>
#include "core/core.h"
#include "map/map.h"
#include "show/internal.h"

static void famfs_maps_lock(struct famfs_mount *fmnt)
	__acquires(&fmnt->inodes_lock)
{
	spin_lock(&fmnt->inodes_lock);
}

static void famfs_maps_unlock(struct famfs_mount *fmnt)
	__releases(&fmnt->inodes_lock)
{
	spin_unlock(&fmnt->inodes_lock);
}

/* The file at the place or behind it. An orphan is no file's any more. */
static const struct famfs_inode *famfs_maps_file(struct famfs_walk *walk)
{
	unsigned long at = walk->at.key ? walk->at.key - 1 : 0;
	const struct famfs_inode *fi;

	do {
		fi = famfs_inodes_next(walk->fmnt, &at);
	} while (fi && !fi->inode);
	if (fi && at != walk->at.key) {
		walk->at.key = at;
		walk->at.sub = 0;
	}
	walk->item = fi;
	return fi;
}

static bool famfs_maps_find(struct famfs_walk *walk)
{
	return famfs_walk_whole(walk) && famfs_maps_file(walk);
}

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

static void famfs_maps_show(struct seq_file *seq, const struct famfs_walk *walk)
{
	const struct famfs_inode *fi = walk->item;
	const struct fmap *map = fi->map;

	famfs_seq_mount(seq, walk->fmnt);
	seq_printf(seq, " node=%llu ino=%llu opens=%d type=", compat_fuse_inode(fi->inode)->nodeid,
		   (u64)fi->inode->i_ino, atomic_read(&fi->opens));
	famfs_type_show(seq, map);
	seq_printf(seq, " size=%llu kind=%s extents=%u devices=%u memory=%zu%s\n",
		   map->file_size, famfs_kind_name(map), map->nexts, map->ndevs, fmap_bytes(map),
		   fi->dead ? " dead" : "");
}

const struct famfs_walk_ops famfs_maps_ops = {
	.lock = famfs_maps_lock,
	.unlock = famfs_maps_unlock,
	.find = famfs_maps_find,
	.show = famfs_maps_show,
};

static u32 famfs_extents_lines(const struct fmap *map)
{
	return map->kind == FMAP_ONE ? 1 : map->naddrs;
}

static bool famfs_extents_find(struct famfs_walk *walk)
{
	const struct famfs_inode *fi;

	while ((fi = famfs_maps_file(walk))) {
		if (walk->at.sub < famfs_extents_lines(fi->map))
			return true;
		walk->at.key++;
		walk->at.sub = 0;
	}
	return false;
}

/* Which interleaved extent a strip is of. */
static u32 famfs_stripe_of(const struct fmap *map, u32 strip)
{
	u32 from = 0, to = map->nexts;

	while (to - from > 1) {
		u32 mid = from + (to - from) / 2;

		if (map->stripe[mid].first <= strip)
			from = mid;
		else
			to = mid;
	}
	return from;
}

static void famfs_extent_show(struct seq_file *seq, const struct fmap *map, u64 pos, u64 end,
			      u32 slot, u64 dev_off)
{
	seq_printf(seq, " off=%llu len=%llu dev=%llu devoff=%llu", pos, end - pos,
		   map->dev_index[slot], dev_off);
}

/* A striped file has a line for each strip, with off and len of the whole extent. */
static void famfs_extents_show(struct seq_file *seq, const struct famfs_walk *walk)
{
	const struct famfs_inode *fi = walk->item;
	const struct fmap *map = fi->map;
	u32 i = walk->at.sub, e;

	famfs_seq_mount(seq, walk->fmnt);
	seq_printf(seq, " ino=%llu", (u64)fi->inode->i_ino);
	switch (map->kind) {
	case FMAP_ONE:
		famfs_extent_show(seq, map, 0, map->total, 0, map->one_off);
		break;
	case FMAP_STRIPED:
		e = famfs_stripe_of(map, i);
		famfs_extent_show(seq, map, map->stripe[e].start, fmap_stripe_end(map, e),
				  fmap_addr_slot(map->addr[i]), fmap_addr_off(map, map->addr[i]));
		seq_printf(seq, " stripe=%u/%u chunk=%u", i - map->stripe[e].first,
			   map->stripe[e].nstrips, map->stripe[e].chunk);
		break;
	default:
		famfs_extent_show(seq, map, fmap_ext_start(map, i), fmap_ext_end(map, i),
				  fmap_addr_slot(map->addr[i]), fmap_addr_off(map, map->addr[i]));
	}
	seq_putc(seq, '\n');
}

const struct famfs_walk_ops famfs_extents_ops = {
	.lock = famfs_maps_lock,
	.unlock = famfs_maps_unlock,
	.find = famfs_extents_find,
	.show = famfs_extents_show,
};
