/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every file of famfs_fuse begins with. Each folder beside this is a layer, whose header of
 * the same name is all that other layers see of it: docs/architecture.md says which those are.
 *
 * Locks, outermost first:
 *
 *	famfs_mount.reg_lock		one registration by descriptor at a time
 *	famfs_inode.map_lock		one fetch of a map at a time
 *	  famfs_daxdev.lock		one resolution of a device at a time
 *	  famfs_mount.claims_lock	one claim of a map's ranges at a time
 *	  famfs_mount.devs_lock		the table of devices, and their users
 *	  famfs_daxdev.owners_lock	a spinlock: who owns which range
 *	inode->i_rwsem			writes, reads that met one (shared), installing a map
 *	mm->mmap_lock			(the kernel's: mmap, faults, mappings of 1 GiB)
 *	famfs_marks.flush		fsync and msync of one file at a time
 *	  mapping->invalidate_lock	faults (shared), revocation
 *	    famfs_mount.inodes_lock	the list of inodes with a map
 *	famfs_mounts_lock		the list of mounts
 *	  famfs_mount.devs_lock, inodes_lock, famfs_calls.lock
 *	famfs_tables_lock, fuse_inode.lock, inode->i_lock	leaf spinlocks
 *	famfs_calls.lock, compat_fuse_bg()->bg_lock	likewise
 *	famfs_tell.lock			a leaf mutex: what the log was told
 *	famfs_refusals_lock		a leaf spinlock: what was refused lately
 *	famfs_waits_lock		likewise: who waits for pinned pages
 *	famfs_host_lock			a mutex: the inode of mappings' files. The last reference
 *					to a mount takes it, and goes with no lock above held
 *
 * Eviction takes devs_lock, inodes_lock and the owners_lock, and can run in any
 * allocation that reclaims: with none of them is such memory asked for.
 *
 * No lock of ours is ever held while a request to the server is outstanding,
 * except map_lock and famfs_daxdev.lock, which only openers take and whose
 * waiters can be killed. Eviction and umount take neither.
 */
#ifndef FAMFS_H
#define FAMFS_H

#include <linux/printk.h>

#undef pr_fmt
#define pr_fmt(fmt) "famfs_fuse: " fmt

/* One line of what was found otherwise than on all kernels before; %s: what, and what follows. */
#define FAMFS_UNKNOWN_FUSE "this kernel's FUSE does not do as on the kernels that are known: %s\n"

#endif
