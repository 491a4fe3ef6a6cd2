// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2) and write(2): moving bytes between a caller's buffer and the memory of a file's
 * devices.
 *
 * The map says where a byte is, the device says at which address, and one copy does the
 * rest. Writes go past the CPU's caches; reads survive memory that fails under them.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>
#include "compat_dax.h"
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "map/map.h"

/* Bytes that are copied before somebody else may have the processor. */
#define FAMFS_COPY_AT_ONCE	SZ_2M

/* A run of bytes of one device, as the kernel sees it. */
struct famfs_run {
	const struct famfs_daxdev *dd;
	pgoff_t pgoff;			/* of the dax device */
	void *addr;
	size_t len;			/* bytes */
	bool bad;			/* can only be written, by whole pages */
};

/* Asks the driver of a block device where bytes are. */
static int famfs_find_block(const struct fmap_seg *seg, size_t len, struct famfs_run *run)
{
	u64 dev_off = run->dd->base + seg->dev_off;
	unsigned int in_page = offset_in_page(dev_off);
	long nr;

	/* The driver refuses a range as a whole if it has a bad page. */
	len = famfs_fsdev_good_len(run->dd->fsdev, seg->dev_off, len);
	run->pgoff = PHYS_PFN(dev_off);
	nr = dax_direct_access(run->dd->dax_dev, run->pgoff, PFN_UP(in_page + len), DAX_ACCESS,
			       &run->addr, NULL);
	run->bad = nr == compat_dax_poison_errno();
	if (unlikely(run->bad))
		nr = dax_direct_access(run->dd->dax_dev, run->pgoff, 1, DAX_RECOVERY_WRITE,
				       &run->addr, NULL);
	if (unlikely(nr < 0))
		return nr == -ENOMEM ? -ENOMEM : -EIO;
	run->addr += in_page;
	run->len = min_t(u64, len, PFN_PHYS(nr) - in_page);
	return 0;
}

/*
 * Where the bytes from @pos on are; at least one of them, and at most @len. A page that is
 * known to be bad is refused, but for a write, which may mend it; and both are for somebody
 * who can wait.
 */
static int famfs_find_run(const struct fmap *map, loff_t pos, size_t len, bool write,
			  bool nowait, struct famfs_run *run)
{
	struct fmap_seg seg;
	u64 found;
	int err;

	err = fmap_resolve(map, pos, &seg);
	if (unlikely(err))
		return err;
	run->dd = famfs_map_dev(map, seg.slot);
	found = min_t(u64, len, seg.len);
	if (likely(!run->dd->block)) {
		run->addr = __va(famfs_dev_find(run->dd, seg.dev_off, &found, &run->bad));
		run->pgoff = PHYS_PFN(seg.dev_off);
		run->len = found;
	} else {
		err = famfs_find_block(&seg, found, run);
		if (unlikely(err))
			return err;
	}
	if (likely(!run->bad))
		return 0;
	if (nowait)
		return -EAGAIN;
	return write ? 0 : -EIO;
}

static size_t famfs_copy_run(const struct famfs_run *run, struct iov_iter *iter, bool write)
{
	if (!write)
		return _copy_mc_to_iter(run->addr, run->len, iter);
	if (likely(!run->bad))
		return _copy_from_iter_flushcache(run->addr, run->len, iter);
	return dax_recovery_write(run->dd->dax_dev, run->pgoff, run->addr, run->len, iter);
}

/* Nothing could be copied: is it the caller's buffer, or the memory? */
static int famfs_copy_error(const struct famfs_run *run, struct iov_iter *iter, bool write)
{
	if (write)
		return run->bad && !fault_in_iov_iter_readable(iter, 1) ? -EIO : -EFAULT;
	return fault_in_iov_iter_writeable(iter, 1) ? -EFAULT : -EIO;
}

/*
 * Read or write what lies inside the file. ki_pos is moved on by what was done, which is
 * returned; or if nothing was: -EIO if the device was taken away or a page of it is bad,
 * -EFAULT for the caller's buffer, -EINTR if the caller was killed.
 */
static ssize_t famfs_move(struct kiocb *iocb, struct iov_iter *iter)
{
	const struct famfs_inode *fi = famfs_inode_of(file_inode(iocb->ki_filp));
	bool write = iov_iter_rw(iter) == WRITE;
	size_t done = 0, n;
	struct famfs_run run;
	int err = 0, id;

	/* A device that goes waits for everybody who holds this. */
	id = dax_read_lock();
	while (iov_iter_count(iter)) {
		if (unlikely(READ_ONCE(fi->dead)))
			err = -EIO;
		else
			err = famfs_find_run(fi->map, iocb->ki_pos + done,
					     min_t(size_t, iov_iter_count(iter),
						   FAMFS_COPY_AT_ONCE),
					     write, iocb->ki_flags & IOCB_NOWAIT, &run);
		if (unlikely(err))
			break;
		n = famfs_copy_run(&run, iter, write);
		done += n;
		if (unlikely(n < run.len)) {
			if (!n)
				err = famfs_copy_error(&run, iter, write);
			break;
		}
		if (likely(!iov_iter_count(iter)))
			break;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	dax_read_unlock(id);
	/* A copy from a device that goes meanwhile fails in various ways: all are -EIO. */
	if (err && READ_ONCE(fi->dead))
		err = -EIO;
	iocb->ki_pos += done;
	return done ?: err;
}

/* Reads without a lock: a concurrent write may be seen in part. */
static ssize_t famfs_read_once(struct kiocb *iocb, struct iov_iter *to)
{
	const struct famfs_inode *fi = famfs_inode_of(file_inode(iocb->ki_filp));
	/* The map's size, as the inode's may change after famfs_check(). */
	loff_t size = fi->map->file_size;
	ssize_t ret = famfs_check(fi);

	if (!ret && iocb->ki_pos < size) {
		size_t past = iov_iter_count(to);

		iov_iter_truncate(to, size - iocb->ki_pos);
		past -= iov_iter_count(to);
		ret = famfs_move(iocb, to);
		iov_iter_reexpand(to, iov_iter_count(to) + past);
	}
	return ret;
}

static ssize_t famfs_read_locked(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret;

	/* Killably: stock's fsync holds i_rwsem while it waits for the server. */
	if (!(iocb->ki_flags & IOCB_NOWAIT)) {
		if (down_read_killable(&inode->i_rwsem))
			return -EINTR;
	} else if (!inode_trylock_shared(inode)) {
		return -EAGAIN;
	}
	ret = famfs_read_once(iocb, to);
	inode_unlock_shared(inode);
	return ret;
}

/**
 * famfs_read_iter() - read(2) and its like
 * @iocb: where
 * @to: the caller's buffer
 *
 * A reader takes no lock and writes to no shared memory. It compares the inode's count of writes
 * before and after; if somebody wrote meanwhile it reads once more, with i_rwsem held.
 *
 * Context: may sleep, killably, for whoever writes; not with IOCB_NOWAIT.
 * Return: as read_iter.
 */
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	const struct famfs_inode *fi = famfs_inode_of(file_inode(iocb->ki_filp));
	size_t count = iov_iter_count(to);
	loff_t pos = iocb->ki_pos;
	ssize_t ret;
	u32 writes;

	if (!count)
		return 0;
	/* Pairs with famfs_write_ends(). */
	writes = smp_load_acquire(&fi->writes);
	if (unlikely(writes & 1))
		return famfs_read_locked(iocb, to);
	ret = famfs_read_once(iocb, to);
	/* Pairs with famfs_write_begins(). */
	smp_rmb();
	if (likely(READ_ONCE(fi->writes) == writes))
		return ret;
	iocb->ki_pos = pos;
	iov_iter_revert(to, count - iov_iter_count(to));
	return famfs_read_locked(iocb, to);
}

/* i_rwsem is held. A reader that sees a byte of the write also sees that it began. */
static void famfs_write_begins(struct famfs_inode *fi)
{
	WRITE_ONCE(fi->writes, fi->writes + 1);
	/* For stores past the caches, too, which smp_wmb() does not order. */
	wmb();
}

/* A reader that sees that the write ended sees all of it. */
static void famfs_write_ends(struct famfs_inode *fi)
{
	/* As above. */
	wmb();
	WRITE_ONCE(fi->writes, fi->writes + 1);
}

/* The server is asked about capabilities of the file, unless the answer is known. */
static int famfs_modified(struct kiocb *iocb)
{
	const struct inode *inode = file_inode(iocb->ki_filp);

	if (unlikely(!IS_NOSEC(inode))) {
		if (iocb->ki_flags & IOCB_NOWAIT)
			return -EAGAIN;
	} else if (likely(IS_NOCMTIME(inode))) {
		/* And the times are the server's. */
		return 0;
	}
	return kiocb_modified(iocb);
}

/* The file cannot grow: like a device, it is full at its end. */
static ssize_t famfs_write_checks(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	loff_t size = famfs_map(inode)->file_size;
	ssize_t ret;

	ret = famfs_check(famfs_inode_of(inode));
	if (ret)
		return ret;
	ret = generic_write_checks(iocb, from);
	if (ret <= 0)
		return ret;
	if (iocb->ki_pos >= size)
		return -ENOSPC;
	iov_iter_truncate(from, size - iocb->ki_pos);
	ret = famfs_modified(iocb);
	return ret ? ret : iov_iter_count(from);
}

/**
 * famfs_write_iter() - write(2) and its like
 * @iocb: where
 * @from: the caller's buffer
 *
 * Context: may sleep, killably, for whoever reads or writes, and for the server, which is
 * asked once for the file's capabilities and told of an O_SYNC write; not with IOCB_NOWAIT.
 * Return: as write_iter; -ENOSPC at the end of the file.
 */
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct famfs_inode *fi = famfs_inode_of(inode);
	ssize_t ret;

	if (!(iocb->ki_flags & IOCB_NOWAIT)) {
		if (down_write_killable(&inode->i_rwsem))
			return -EINTR;
	} else if (iocb_is_dsync(iocb)) {
		/* Stock's fsync waits for the server. */
		return -EAGAIN;
	} else if (!inode_trylock(inode)) {
		return -EAGAIN;
	}
	ret = famfs_write_checks(iocb, from);
	if (ret > 0) {
		famfs_write_begins(fi);
		ret = famfs_move(iocb, from);
		famfs_write_ends(fi);
	}
	inode_unlock(inode);
	if (ret > 0)
		ret = generic_write_sync(iocb, ret);
	return ret;
}
