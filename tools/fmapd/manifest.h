/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manifest: the tree of files that fmapd serves, and where each file lies in
 * dax memory.  The text format is described in README.md.
 *
 * Nodes are numbered in the order of the manifest, which makes inode numbers
 * that stay the same as long as the manifest does.  After it is read, a node's
 * mode, owner and times change, under the lock of whoever changes them, and so do
 * its counts; all else only by manifest_renew() and manifest_settle(), while nobody
 * else looks.
 */
#ifndef FMAPD_MANIFEST_H
#define FMAPD_MANIFEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "fmap.h"

/* Node 0 is the root directory. */
#define MANIFEST_ROOT	0
/* No such node. */
#define MANIFEST_NONE	UINT32_MAX

/* Extents have to be multiples of this, in bytes; 2 MiB lets a CPU map more. */
#define MANIFEST_ALIGN	4096
/* No kernel half takes a device that ends later. */
#define MANIFEST_DEVICE_MAX	(1ULL << 56)

/**
 * struct manifest_device - a device as the manifest names it
 * @index: its number in the manifest
 * @path:  absolute
 * @line:  where it is declared
 * @same:  one index for all names of the same device; @index, where extents may overlap
 * @end:   where the last of its extents ends, bytes; 0 where they are not checked
 * @end_line: line of that extent
 * @gone:  a manifest before this one has named it, and the kernel may have it under this number
 */
struct manifest_device {
	uint32_t index;
	char *path;
	unsigned int line;
	uint32_t same;
	uint64_t end;
	unsigned int end_line;
	bool gone;
};

/**
 * struct manifest_facts - what this machine knows of a device
 * @type:      S_IF* of what is at the path; 0: nothing is
 * @rdev:      number of a character or block device
 * @size:      bytes, 0 if unknown
 * @name:      as the kernel calls it (dax0.0), "" if it knows none of that number
 * @driver:    that has it, "" for none
 * @subsystem: "dax" for a dax device
 * @holder:    of a device in famfs mode: MAJOR:MINOR of the mount that has it, "raw", "none", or
 *             "" if that is not told
 */
struct manifest_facts {
	mode_t type;
	dev_t rdev;
	uint64_t size;
	char name[64];
	char driver[64];
	char subsystem[64];
	char holder[32];
};

/**
 * struct manifest_node - a file or a directory
 * @name:    last part of the path; "" for the root
 * @mode:    type and permissions
 * @parent:  node; the root is its own
 * @child:   directory: first entry or MANIFEST_NONE
 * @last:    directory: last entry
 * @sibling: next entry of the parent or MANIFEST_NONE
 * @nentries: directory: subdirectories, for st_nlink
 * @line:    where the manifest names it; 0 for a root it does not name
 * @ro:      file: may not be opened for writing
 * @type:    file: what the kernel is told
 * @size:    file: bytes
 * @ext:     file: its simple extents, @next of them, or NULL
 * @stripe:  file: its interleaved extents, @nstripe of them, or NULL
 * @said_mode: mode, and @said_uid and @said_gid owner, as the manifest says
 * @generation: tells files apart that have the same number one after the other
 * @nlookup: times that the kernel was told of it and has not forgotten
 * @opens:   times that it is open
 * @gone:    no manifest names it any more: it has no name, and lives until it is forgotten
 * @later:   a node whose map, size and type are to be this one's once the kernel has forgotten
 *           it, or NULL
 */
struct manifest_node {
	char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec atime, mtime, ctime;
	uint32_t parent, child, last, sibling;
	uint32_t nentries;
	unsigned int line;
	bool ro;
	enum fmap_file_type type;
	uint64_t size;
	struct fmap_extent *ext;
	size_t next;
	struct fmap_stripe *stripe;
	size_t nstripe;
	mode_t said_mode;
	uid_t said_uid;
	gid_t said_gid;
	uint64_t generation;
	atomic_uint_least64_t nlookup, opens;
	bool gone;
	struct manifest_node *later;
};

/**
 * struct manifest - what was read
 * @nodes:   the tree, @nnodes of them
 * @devices: by ascending index, @ndevices of them
 * @used:    bytes of device memory that the extents name
 * @allow_overlap: extents may share memory
 * @allow_invalid: maps were not checked (for tests of the kernel's checks)
 * @hash:    (parent, name) -> node, open addressing, @nhash slots
 * @nlater:  nodes with a map to come
 * @ngone:   nodes without a name
 */
struct manifest {
	struct manifest_node *nodes;
	size_t nnodes;
	struct manifest_device *devices;
	size_t ndevices;
	uint64_t used;
	bool allow_overlap, allow_invalid;
	uint32_t *hash;
	size_t nhash;
	size_t nlater, ngone;
};

/**
 * manifest_read - parse and check
 * @f:      open file
 * @name:   its name, for messages
 * @err:    on failure: "NAME:LINE: reason", without a newline
 * @errlen: room in @err
 *
 * Return: the manifest, for manifest_free(), or NULL.
 */
struct manifest *manifest_read(FILE *f, const char *name, char *err,
			       size_t errlen);

/* manifest_load - the same, from a path. */
struct manifest *manifest_load(const char *path, char *err, size_t errlen);

void manifest_free(struct manifest *m);

/**
 * manifest_find - look a name up in a directory
 * @m:      the manifest
 * @parent: node of the directory
 * @name:   name
 *
 * Return: the node, or MANIFEST_NONE.
 */
uint32_t manifest_find(const struct manifest *m, uint32_t parent,
		       const char *name);

/**
 * manifest_device - the device with an index
 *
 * Return: the device, or NULL.
 */
const struct manifest_device *manifest_device(const struct manifest *m,
					      uint64_t index);

/* manifest_device_look - look what there is for a device now; without @facts->type errno says why. */
void manifest_device_look(const struct manifest_device *dev, struct manifest_facts *facts);

/* manifest_device_size - of that alone the size, bytes; 0 if there is nothing, or it is unknown. */
uint64_t manifest_device_size(const struct manifest_device *dev);

/**
 * manifest_check_ends - do all extents end before their device does, if that is there?
 * @m:      the manifest
 * @name:   its name, for the message
 * @err:    on failure: as that of manifest_read()
 * @errlen: room in @err
 *
 * Return: 0 or -1.
 */
int manifest_check_ends(const struct manifest *m, const char *name, char *err, size_t errlen);

/**
 * struct manifest_change - what the kernel has to be told after manifest_renew()
 * @gone:   the name leads nowhere any more, or to another file; else @node has other attributes
 * @node:   whose
 * @parent: @gone: node of the directory that had the name
 * @depth:  @gone: how many directories are above it
 * @name:   @gone: name, owned
 */
struct manifest_change {
	bool gone;
	uint32_t node, parent, depth;
	char *name;
};

/**
 * struct manifest_changes - what manifest_renew() did
 * @list:    of what the kernel knows, @n of them; of names that go, deeper ones come first
 * @added, @removed: files and directories
 * @grown:   files that have got a longer map, or will
 * @changed: files and directories with another mode or owner
 * @next:    for who keeps several
 */
struct manifest_changes {
	struct manifest_change *list;
	size_t n;
	size_t added, removed, grown, changed;
	struct manifest_changes *next;
};

/**
 * struct manifest_rules - what may change
 * @name:          of the new manifest, for messages
 * @fixed_devices: no device may be added
 * @opens_unknown: what the kernel knows of may be open
 */
struct manifest_rules {
	const char *name;
	bool fixed_devices, opens_unknown;
};

/**
 * manifest_renew - have a tree that is served become what another manifest says
 * @m:      the tree
 * @next:   the manifest, just read; what is taken from it is not in it any more. For
 *          manifest_free().
 * @rules:  rules
 * @ch:     what was done, for manifest_changes_free()
 * @err:    on failure: as that of manifest_read()
 * @errlen: room in @err
 *
 * Files and directories of the same path keep their number and what was changed of them. A file
 * that the kernel knows and whose map has got longer has the old one until manifest_settle().
 * Refused, with @m as it was: other bytes for a file that is open, and another device for a
 * number.
 *
 * Context: nobody else looks at @m.
 * Return: 0 or -1.
 */
int manifest_renew(struct manifest *m, struct manifest *next, const struct manifest_rules *rules,
		   struct manifest_changes *ch, char *err, size_t errlen);

void manifest_changes_free(struct manifest_changes *ch);

/* manifest_settle - what is to come of a node is so now, if the kernel has forgotten it. */
void manifest_settle(struct manifest *m, uint32_t node);

#endif /* FMAPD_MANIFEST_H */
