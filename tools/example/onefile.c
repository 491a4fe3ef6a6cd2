// SPDX-License-Identifier: GPL-2.0-only
/* onefile DEVICE MOUNTPOINT: the first 64 MiB of a dax device as the file "data". */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fmap.h>
#include <fuse_lowlevel.h>
#include <string.h>
#define SIZE (64UL << 20)

static const struct stat root = { .st_ino = 1, .st_mode = S_IFDIR | 0755, .st_nlink = 1 };
static const struct stat data = { .st_ino = 2, .st_mode = S_IFREG | 0600, .st_nlink = 1,
				  .st_size = SIZE };

static void lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fuse_entry_param e = { .ino = 2, .attr = data };

	if (dir == 1 && !strcmp(name, "data"))
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, ENOENT);
}
static void getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	fuse_reply_attr(req, ino == 1 ? &root : &data, 1);
}
static void get_fmap(struct fmap_req *req, uint64_t ino, uint32_t room)
{
	struct fmap_extent whole = { .dev = 0, .offset = 0, .len = SIZE };
	struct fmap_map *map = fmap_map_simple(FMAP_FILE_REG, SIZE, &whole, 1);

	(void)ino, (void)room;	/* there is one file, and its map is short */
	fmap_reply_map(req, map);
	fmap_map_free(map);
}
static void get_daxdev(struct fmap_req *req, uint64_t index)
{
	(void)index;	/* our map names no other than 0 */
	fmap_reply_daxdev(req, fmap_req_userdata(req));
}
int main(int argc, char **argv)
{
	const struct fuse_lowlevel_ops ops = { .lookup = lookup, .getattr = getattr };
	const struct fmap_ops fops = { .get_fmap = get_fmap, .get_daxdev = get_daxdev };
	struct fmap_mount how = { .source = argv[1], .subtype = "fmap-onefile" };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	struct fmap_session *fs = fmap_session_new(se, &fops, argv[1], 0);
	int fd = argc == 3 && fs ? fmap_mount(argv[2], &how) : -EINVAL;

	return fmap_session_attach(fs, fd) || fmap_session_loop(fs, 1);
}
