// SPDX-License-Identifier: GPL-2.0-only
/* Memory blocks of a device that kmem has. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"
#include "memory.h"

#define MEMORY	"/sys/devices/system/memory"

static void add_range(struct blocks *b, uint64_t size, uint64_t start, uint64_t end)
{
	uint64_t nr;
	char *state, *zones;

	/* kmem takes whole blocks, those that lie in the device. */
	for (nr = (start + size - 1) / size; (nr + 1) * size <= end; nr++) {
		state = sys_read(MEMORY "/memory%" PRIu64 "/state", nr);
		if (!state)
			continue;
		pool_more(b->block, b->n);
		b->block[b->n].nr = nr;
		b->block[b->n].online = strcmp(state, "offline");
		zones = sys_read(MEMORY "/memory%" PRIu64 "/valid_zones", nr);
		b->block[b->n].movable = zones && !strncmp(zones, "Movable", 7);
		b->online += b->block[b->n].online;
		b->n++;
	}
}

/**
 * blocks_load() - the memory blocks that lie in a device
 */
void blocks_load(struct blocks *b, const struct daxdev *d)
{
	uint64_t size, start, end;
	const char *text = sys_read(MEMORY "/block_size_bytes");
	unsigned int i;

	memset(b, 0, sizeof(*b));
	size = text ? strtoull(text, NULL, 16) : 0;
	if (!size)
		return;
	/* A device of several ranges has a directory for each; from the end of one page to its own. */
	for (i = 0; sys_u64(&start, DAX "/devices/%s/mapping%u/start", d->name, i) &&
		    sys_u64(&end, DAX "/devices/%s/mapping%u/end", d->name, i); i++) {
		if (!start || end < start)
			return;
		b->known = true;
		add_range(b, size, start, end + 1);
	}
	if (i || !d->have_resource || !d->size)
		return;
	b->known = true;
	add_range(b, size, d->resource, d->resource + d->size);
}

static int block_state(const struct block *b, const char *state)
{
	return sys_write(state, MEMORY "/memory%" PRIu64 "/state", b->nr);
}

static const char *online_as(const struct block *b)
{
	return b->movable ? "online_movable" : "online_kernel";
}

/* What was online when it was looked at, of the first @n. */
void blocks_restore(const struct blocks *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (b->block[i].online)
			block_state(&b->block[i], online_as(&b->block[i]));
}

/**
 * blocks_offline() - take all of a device's memory back, or none of it
 * @why: set if it fails
 *
 * Where one block is refused, those before it become online again, as they were.
 *
 * Return: 0 or an errno.
 */
int blocks_offline(struct blocks *b, const char **why)
{
	size_t i;
	int err;

	for (i = 0; i < b->n; i++) {
		if (!b->block[i].online)
			continue;
		err = block_state(&b->block[i], "offline");
		if (!err)
			continue;
		blocks_restore(b, i);
		*why = pool_printf("the kernel does not give its memory back (memory%" PRIu64 ": %s): it stays as it is. A line \"blacklist kmem\" in /etc/modprobe.d/no-kmem.conf, and a reboot, keep the kernel from taking it",
				   b->block[i].nr, strerror(err));
		return err;
	}
	return 0;
}

/* Movable, so that it can be taken back. Those that are online stay. */
int blocks_online(struct blocks *b, const char **why)
{
	size_t i;
	int err;

	for (i = 0; i < b->n; i++) {
		if (b->block[i].online)
			continue;
		err = block_state(&b->block[i], "online_movable");
		if (err) {
			*why = pool_printf("memory%" PRIu64 " does not come online: %s", b->block[i].nr,
					   strerror(err));
			return err;
		}
	}
	return 0;
}
