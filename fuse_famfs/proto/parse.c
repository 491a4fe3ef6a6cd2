// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checking a GET_FMAP message.
 *
 * The message comes from a FUSE server and nothing in it is believed. The first
 * pass, in this file, reads the whole message and refuses it without allocating
 * anything; only then does fmap_build() allocate tables, whose size the length
 * of the message bounds. The message must not change in between: it is the
 * kernel's own copy.
 *
 * Fields that are not judged: the reserved ones, which old servers may leave
 * unset, and file_type, which is carried along but changes nothing here. A file
 * of size 0 is fine, but like any other it must name at least one extent.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>

#include "linux/famfs_fuse.h"
#include "proto/parse.h"

/* What is still unread. Copying out spares us the alignment of the buffer. */
struct cursor {
	const u8 *p;
	size_t left;
};

static bool take(struct cursor *cur, void *dst, size_t n)
{
	if (cur->left < n)
		return false;
	memcpy(dst, cur->p, n);
	cur->p += n;
	cur->left -= n;
	return true;
}

static int check_header(const void *msg, size_t len,
			struct fuse_famfs_fmap_header *hdr)
{
	if (len > FMAP_MSG_MAX)
		return -EFBIG;
	if (len < sizeof(*hdr))
		return -EINVAL;
	memcpy(hdr, msg, sizeof(*hdr));
	if (hdr->fmap_version != FUSE_FAMFS_FMAP_VERSION)
		return -EINVAL;
	if (hdr->reserved0 > FMAP_MSG_MAX)
		return -EFBIG;
	return 0;
}

/**
 * fmap_peek() - how long is the whole message
 * @msg: a GET_FMAP reply, possibly its header only
 * @len: its length in bytes
 * @whole: set on success to the whole message's length: @len if @msg is whole,
 *	else the capacity to ask again with, at most FMAP_MSG_MAX
 *
 * Return: 0; -EFBIG if the message is or would be larger than FMAP_MSG_MAX;
 * -EINVAL if @msg is neither whole nor a header alone, or of a wrong version.
 */
int fmap_peek(const void *msg, size_t len, u64 *whole)
{
	struct fuse_famfs_fmap_header hdr;
	int err = check_header(msg, len, &hdr);

	if (err)
		return err;
	if (hdr.reserved0 && hdr.reserved0 != len) {
		if (len != sizeof(hdr) || hdr.reserved0 < len)
			return -EINVAL;
		*whole = hdr.reserved0;
		return 0;
	}
	*whole = len;
	return 0;
}

/* The next bytes of the file: @len of them, on whatever devices. */
static int scan_file_range(struct fmap_scan *scan, u64 len)
{
	if (!len)
		return -EINVAL;
	/* Only the file's last bytes may end inside a page. */
	if (!IS_ALIGNED(scan->total, scan->page_size))
		return -EINVAL;
	if (check_add_overflow(scan->total, len, &scan->total))
		return -EINVAL;
	/* Leave room to round up: file offsets are signed elsewhere. */
	if (scan->total > (u64)S64_MAX - scan->page_size)
		return -EINVAL;
	return 0;
}

/* Of an extent, or of a strip. */
static int scan_dev_range(struct fmap_scan *scan,
			  const struct fuse_famfs_simple_ext *ext)
{
	u64 end;

	if (!ext->se_len ||
	    !IS_ALIGNED(ext->se_offset | ext->se_len, scan->page_size))
		return -EINVAL;
	if (check_add_overflow((u64)ext->se_offset, (u64)ext->se_len, &end) ||
	    end > 1ULL << min(FMAP_DEV_BITS, FMAP_PAGE_BITS + scan->page_shift))
		return -EINVAL;

	if (!scan->naddrs || ext->se_devindex != scan->last_dev)
		scan->dev_runs++;
	scan->last_dev = ext->se_devindex;
	fmap_breathe(scan->naddrs++);
	return 0;
}

static int scan_simple(struct fmap_scan *scan, struct cursor *cur)
{
	struct fuse_famfs_simple_ext ext;
	int err;
	u32 i;

	scan->uniform = true;
	for (i = 0; i < scan->nexts; i++) {
		if (!take(cur, &ext, sizeof(ext)))
			return -EINVAL;
		err = scan_dev_range(scan, &ext);
		if (err)
			return err;
		err = scan_file_range(scan, ext.se_len);
		if (err)
			return err;

		if (!i)
			scan->first_len = ext.se_len;
		else if (scan->last_len != scan->first_len)
			scan->uniform = false;
		scan->last_len = ext.se_len;
	}
	if (!is_power_of_2(scan->first_len))
		scan->uniform = false;
	return 0;
}

static int scan_stripe(struct fmap_scan *scan, struct cursor *cur)
{
	struct fuse_famfs_simple_ext strip;
	struct fuse_famfs_iext iext;
	int err;
	u32 s;

	if (!take(cur, &iext, sizeof(iext)))
		return -EINVAL;
	if (!iext.ie_nstrips || !iext.ie_chunk_size ||
	    !IS_ALIGNED(iext.ie_chunk_size, scan->page_size))
		return -EINVAL;
	err = scan_file_range(scan, iext.ie_nbytes);
	if (err)
		return err;

	for (s = 0; s < iext.ie_nstrips; s++) {
		if (!take(cur, &strip, sizeof(strip)))
			return -EINVAL;
		err = scan_dev_range(scan, &strip);
		if (err)
			return err;
		/* A partial page counts whole; se_len has whole pages only. */
		if (strip.se_len < fmap_strip_used(iext.ie_nbytes,
						   iext.ie_chunk_size,
						   iext.ie_nstrips, s))
			return -EINVAL;
	}
	return 0;
}

static int scan_message(const void *msg, size_t len, struct fmap_scan *scan)
{
	struct fuse_famfs_fmap_header hdr;
	struct cursor cur;
	int err;
	u32 i;

	err = check_header(msg, len, &hdr);
	if (err)
		return err;
	if (hdr.reserved0 && hdr.reserved0 != len)
		return -EINVAL;
	if (hdr.ext_type != FUSE_FAMFS_EXT_SIMPLE &&
	    hdr.ext_type != FUSE_FAMFS_EXT_INTERLEAVE)
		return -EINVAL;
	if (!hdr.nextents)
		return -EINVAL;

	scan->body = (const u8 *)msg + sizeof(hdr);
	scan->body_len = len - sizeof(hdr);
	scan->file_type = hdr.file_type;
	scan->file_size = hdr.file_size;
	scan->striped = hdr.ext_type == FUSE_FAMFS_EXT_INTERLEAVE;
	scan->nexts = hdr.nextents;

	cur.p = scan->body;
	cur.left = scan->body_len;
	if (scan->striped) {
		for (i = 0; i < scan->nexts; i++) {
			err = scan_stripe(scan, &cur);
			if (err)
				return err;
		}
	} else {
		err = scan_simple(scan, &cur);
		if (err)
			return err;
	}
	if (cur.left)
		return -EINVAL;
	if (scan->total < scan->file_size)
		return -EINVAL;
	return 0;
}

/**
 * fmap_parse() - make a map from a whole GET_FMAP message
 * @msg: the message, header first, at any alignment
 * @len: its length in bytes
 * @page_size: mapping unit that everything must be aligned to, a power of two;
 *	PAGE_SIZE, unless the whole mount knows a larger one
 * @out: set to the new map on success; the caller's
 *
 * Beyond what the protocol demands of a message, two extents of one map may not
 * share device memory: the DAX core keeps one file offset per page.
 *
 * What depends on the devices, their size and their alignment, is not known yet:
 * see fmap_check_dev().
 *
 * Context: process context, may sleep.
 * Return: 0; -EFBIG if the message is larger than FMAP_MSG_MAX; -EINVAL if it is
 * invalid; -ENOMEM.
 */
int fmap_parse(const void *msg, size_t len, u32 page_size, struct fmap **out)
{
	struct fmap_scan scan = { .page_size = page_size };
	struct fmap *map;
	int err;

	if (!is_power_of_2(page_size))
		return -EINVAL;
	scan.page_shift = ilog2(page_size);

	err = scan_message(msg, len, &scan);
	if (err)
		return err;

	map = fmap_build(&scan);
	if (!map)
		return -ENOMEM;
	err = fmap_check_self_overlap(map);
	if (err) {
		fmap_put(map);
		return err;
	}
	*out = map;
	return 0;
}
