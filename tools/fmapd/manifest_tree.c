// SPDX-License-Identifier: GPL-2.0-only
/* The manifest as a data structure: look-up and release. */
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_priv.h"

/* FNV-1a over the parent's number and the name. */
static uint64_t hash_name(uint32_t parent, const char *name)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ parent;

	h *= 0x100000001b3ULL;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3ULL;
	return h ^ (h >> 32);
}

static void hash_insert(struct manifest *m, uint32_t node)
{
	const struct manifest_node *n = &m->nodes[node];
	size_t i = hash_name(n->parent, n->name) & (m->nhash - 1);

	while (m->hash[i] != MANIFEST_NONE)
		i = (i + 1) & (m->nhash - 1);
	m->hash[i] = node;
}

void manifest_hash_rebuild(struct manifest *m)
{
	uint32_t i;

	memset(m->hash, 0xff, m->nhash * sizeof(*m->hash));
	for (i = 1; i < m->nnodes; i++)
		if (!m->nodes[i].gone)
			hash_insert(m, i);
}

static int hash_grow(struct manifest *m)
{
	size_t n = m->nhash ? m->nhash * 2 : 64;
	uint32_t *old = m->hash;

	m->hash = malloc(n * sizeof(*m->hash));
	if (!m->hash) {
		m->hash = old;
		return -1;
	}
	free(old);
	m->nhash = n;
	manifest_hash_rebuild(m);
	return 0;
}

uint32_t manifest_add(struct manifest *m, uint32_t parent, const char *name,
		      mode_t mode, unsigned int line)
{
	struct manifest_node *n, *dir;
	uint32_t node = (uint32_t)m->nnodes;

	/* Powers of two: grow when the array is exactly full. */
	if (!(m->nnodes & (m->nnodes - 1))) {
		n = realloc(m->nodes, (m->nnodes ? m->nnodes * 2 : 1) *
			    sizeof(*n));
		if (!n)
			return MANIFEST_NONE;
		m->nodes = n;
	}
	if ((m->nnodes + 1) * 2 > m->nhash && hash_grow(m))
		return MANIFEST_NONE;

	n = &m->nodes[node];
	memset(n, 0, sizeof(*n));
	n->name = strdup(name);
	if (!n->name)
		return MANIFEST_NONE;
	n->mode = mode;
	n->parent = parent;
	n->child = n->last = n->sibling = MANIFEST_NONE;
	n->line = line;
	n->generation = 1;
	m->nnodes++;
	if (node == MANIFEST_ROOT)
		return node;

	hash_insert(m, node);
	dir = &m->nodes[parent];
	if (dir->child == MANIFEST_NONE)
		dir->child = node;
	else
		m->nodes[dir->last].sibling = node;
	dir->last = node;
	if (S_ISDIR(mode))
		dir->nentries++;
	return node;
}

uint32_t manifest_find(const struct manifest *m, uint32_t parent,
		       const char *name)
{
	size_t i = hash_name(parent, name) & (m->nhash - 1);
	uint32_t node;

	while ((node = m->hash[i]) != MANIFEST_NONE) {
		if (m->nodes[node].parent == parent &&
		    !strcmp(m->nodes[node].name, name))
			break;
		i = (i + 1) & (m->nhash - 1);
	}
	return node;
}

const struct manifest_device *manifest_device(const struct manifest *m,
					      uint64_t index)
{
	size_t lo = 0, hi = m->ndevices;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->devices[mid].index == index)
			return &m->devices[mid];
		if (m->devices[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void manifest_node_free(struct manifest_node *n)
{
	size_t j;

	for (j = 0; j < n->nstripe; j++)
		free((void *)n->stripe[j].strips);
	free(n->stripe);
	free(n->ext);
	free(n->name);
	if (n->later) {
		manifest_node_free(n->later);
		free(n->later);
	}
}

void manifest_free(struct manifest *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->nnodes; i++)
		manifest_node_free(&m->nodes[i]);
	for (i = 0; i < m->ndevices; i++)
		free(m->devices[i].path);
	free(m->devices);
	free(m->nodes);
	free(m->hash);
	free(m);
}
