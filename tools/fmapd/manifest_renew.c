// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tree that is served becomes what another manifest says.
 *
 * First it is decided, with nothing changed, which of the new nodes is one of the old; what
 * must not be is found there. Then all memory is had. What comes after that cannot fail.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "manifest_priv.h"

/**
 * struct renewal - a manifest on its way in
 * @m:     the tree
 * @next:  the manifest
 * @rules: rules
 * @ch:    for the caller
 * @to:    for each node of @next: its number in @m; MANIFEST_NONE: it has none yet
 * @stays: for each node of @m: it is one of @next's
 * @grows: for each node of @next: its map is another one, and longer
 * @touched: for each node of @m: it has other attributes
 * @later: for those that have to wait: a node for the map to come, to be used in order
 * @nlater: so many
 * @nnew:  nodes of @next that @m has not
 * @nodes: number of nodes afterwards
 * @p:     for messages
 */
struct renewal {
	struct manifest *m, *next;
	const struct manifest_rules *rules;
	struct manifest_changes *ch;
	uint32_t *to;
	bool *stays, *grows, *touched;
	struct manifest_node **later;
	size_t nlater, nnew, nodes;
	struct manifest_parser p;
};

static bool is_open(const struct renewal *r, const struct manifest_node *n)
{
	return r->rules->opens_unknown ? n->nlookup : n->opens;
}

/* Which file of the tree is this one of the manifest?  Return: 0 or -1 */
static int match_file(struct renewal *r, uint32_t node, uint32_t old)
{
	const struct manifest_node *n = &r->next->nodes[node], *o = &r->m->nodes[old];

	if (manifest_map_extends(o, n)) {
		r->grows[node] = !manifest_maps_same(o, n) || o->type != n->type;
		r->nlater += r->grows[node];
		r->to[node] = old;
		return 0;
	}
	if (is_open(r, o))
		return manifest_fail_at(&r->p, n->line,
			"\"%s\" is open, and its bytes would be others or fewer", n->name);
	/* Nobody has these bytes: the name is another file's from now on. */
	return 0;
}

static int match_nodes(struct renewal *r)
{
	uint32_t i, parent, old;

	r->to[MANIFEST_ROOT] = MANIFEST_ROOT;
	r->stays[MANIFEST_ROOT] = true;
	/* Directories come before what is in them. */
	for (i = 1; i < r->next->nnodes; i++) {
		const struct manifest_node *n = &r->next->nodes[i];

		r->to[i] = MANIFEST_NONE;
		parent = r->to[n->parent];
		old = parent == MANIFEST_NONE ? MANIFEST_NONE :
		      manifest_find(r->m, parent, n->name);
		if (old != MANIFEST_NONE && (r->m->nodes[old].mode & S_IFMT) == (n->mode & S_IFMT)) {
			if (S_ISDIR(n->mode))
				r->to[i] = old;
			else if (match_file(r, i, old))
				return -1;
		}
		if (r->to[i] != MANIFEST_NONE)
			r->stays[r->to[i]] = true;
		else
			r->nnew++;
	}
	return 0;
}

static int match_devices(struct renewal *r)
{
	const struct manifest_device *d, *o;
	size_t i;

	for (i = 0; i < r->next->ndevices; i++) {
		d = &r->next->devices[i];
		o = manifest_device(r->m, d->index);
		if (o && !manifest_device_same(o, d))
			return manifest_fail_at(&r->p, d->line,
				"device %" PRIu32 " is %s for as long as this is mounted", d->index,
				o->path);
		if (!o && r->rules->fixed_devices)
			return manifest_fail_at(&r->p, d->line,
				"device %" PRIu32 " is new, and the devices were registered when this was mounted",
				d->index);
	}
	return 0;
}

/* A node that nobody knows any more can be another one. */
static bool is_free(const struct manifest_node *n)
{
	return n->gone && !n->nlookup && !n->opens;
}

static int no_memory(struct renewal *r)
{
	return manifest_fail_at(&r->p, 0, "out of memory");
}

/* What the kernel is told of names that go; it gets no name that it does not know. */
static int list_gone(struct renewal *r)
{
	struct manifest *m = r->m;
	struct manifest_change *c;
	uint32_t i, up;

	r->ch->list = calloc(m->nnodes + 1, sizeof(*r->ch->list));
	if (!r->ch->list)
		return no_memory(r);
	for (i = 1; i < m->nnodes; i++) {
		if (m->nodes[i].gone || r->stays[i])
			continue;
		r->ch->removed++;
		if (!m->nodes[i].nlookup)
			continue;
		c = &r->ch->list[r->ch->n];
		c->name = strdup(m->nodes[i].name);
		if (!c->name)
			return no_memory(r);
		c->gone = true;
		c->node = i;
		c->parent = m->nodes[i].parent;
		for (up = c->parent; up; up = m->nodes[up].parent)
			c->depth++;
		r->ch->n++;
	}
	return 0;
}

static int have_memory(struct renewal *r)
{
	struct manifest *m = r->m;
	size_t i, spare = 0, hash = m->nhash;
	void *p;

	for (i = 1; i < m->nnodes; i++)
		spare += is_free(&m->nodes[i]);
	r->nodes = m->nnodes + (r->nnew > spare ? r->nnew - spare : 0);
	if (r->nodes >= MANIFEST_NONE)
		return no_memory(r);
	/* manifest_add() is not used on a tree that was renewed: any number of them will do. */
	p = realloc(m->nodes, r->nodes * sizeof(*m->nodes));
	if (!p)
		return no_memory(r);
	m->nodes = p;
	while (hash < r->nodes * 2)
		hash *= 2;
	if (hash != m->nhash) {
		p = realloc(m->hash, hash * sizeof(*m->hash));
		if (!p)
			return no_memory(r);
		m->hash = p;
		m->nhash = hash;
		manifest_hash_rebuild(m);
	}
	p = realloc(m->devices, (m->ndevices + r->next->ndevices + 1) * sizeof(*m->devices));
	if (!p)
		return no_memory(r);
	m->devices = p;
	r->later = calloc(r->nlater + 1, sizeof(*r->later));
	for (i = 0; r->later && i < r->nlater; i++) {
		r->later[i] = calloc(1, sizeof(**r->later));
		if (!r->later[i])
			return no_memory(r);
	}
	return r->later ? list_gone(r) : no_memory(r);
}

/* The map of a node, out of another one, which has none then. */
static void take_map(struct manifest_node *n, struct manifest_node *from)
{
	n->type = from->type;
	n->size = from->size;
	n->ext = from->ext;
	n->next = from->next;
	n->stripe = from->stripe;
	n->nstripe = from->nstripe;
	from->ext = NULL;
	from->stripe = NULL;
	from->next = from->nstripe = 0;
}

static void drop_later(struct manifest *m, struct manifest_node *n)
{
	if (!n->later)
		return;
	manifest_node_free(n->later);
	free(n->later);
	n->later = NULL;
	m->nlater--;
}

static void settle(struct manifest *m, struct manifest_node *n)
{
	struct manifest_node old = { 0 };

	if (!n->later || n->nlookup)
		return;
	take_map(&old, n);
	manifest_node_free(&old);
	take_map(n, n->later);
	n->mtime = n->ctime = n->later->mtime;
	drop_later(m, n);
}

void manifest_settle(struct manifest *m, uint32_t node)
{
	settle(m, &m->nodes[node]);
}

/* One that stays, as the manifest has it now. */
static void renew_node(struct renewal *r, uint32_t node, const struct timespec *now)
{
	struct manifest_node *from = &r->next->nodes[node], *n = &r->m->nodes[r->to[node]];
	bool other = false;

	n->line = from->line;
	if (n->said_mode != from->said_mode) {
		n->mode = from->mode;
		other = true;
	}
	if (n->said_uid != from->said_uid || n->said_gid != from->said_gid) {
		n->uid = from->uid;
		n->gid = from->gid;
		other = true;
	}
	n->said_mode = from->said_mode;
	n->said_uid = from->said_uid;
	n->said_gid = from->said_gid;
	if (other)
		n->ctime = *now;
	other |= n->ro != from->ro;
	n->ro = from->ro;
	r->ch->changed += other;
	r->touched[r->to[node]] |= other;

	if (!S_ISREG(n->mode))
		return;
	if (!r->grows[node]) {
		drop_later(r->m, n);
		return;
	}
	/* The same once more is nothing new. */
	r->ch->grown += !n->later || !manifest_maps_same(n->later, from) ||
			n->later->type != from->type;
	drop_later(r->m, n);
	n->later = r->later[--r->nlater];
	take_map(n->later, from);
	n->later->mtime = *now;
	r->m->nlater++;
	settle(r->m, n);
}

static void add_node(struct renewal *r, uint32_t node, uint32_t *spare, const struct timespec *now)
{
	struct manifest_node *from = &r->next->nodes[node], *n;
	struct manifest *m = r->m;
	uint64_t generation = 1;

	while (*spare < m->nnodes && !is_free(&m->nodes[*spare]))
		++*spare;
	n = &m->nodes[*spare];
	if (*spare == m->nnodes) {
		m->nnodes++;
	} else {
		generation = n->generation + 1;
		manifest_node_free(n);
	}
	*n = *from;
	n->generation = generation;
	n->atime = n->mtime = n->ctime = *now;
	n->parent = r->to[from->parent];
	r->to[node] = *spare;
	r->ch->added++;
	/* What it has is the tree's. */
	from->name = NULL;
	from->ext = NULL;
	from->stripe = NULL;
	from->next = from->nstripe = 0;
}

static void renew_devices(struct manifest *m, struct manifest *next)
{
	struct manifest_device *d, *o;
	size_t i, at;

	for (i = 0; i < m->ndevices; i++)
		m->devices[i].gone = true;
	for (i = 0; i < next->ndevices; i++) {
		d = &next->devices[i];
		o = (struct manifest_device *)manifest_device(m, d->index);
		if (!o) {
			for (at = m->ndevices++; at && m->devices[at - 1].index > d->index; at--)
				m->devices[at] = m->devices[at - 1];
			o = &m->devices[at];
			*o = *d;
			d->path = NULL;
			continue;
		}
		/* What the kernel was told stays the name. */
		o->line = d->line;
		o->same = d->same;
		o->end = d->end;
		o->end_line = d->end_line;
		o->gone = false;
	}
}

/* Lists the entries of directories anew, by number: a place in a directory stays one. */
static void relink(struct renewal *r)
{
	struct manifest *m = r->m;
	struct manifest_node *n, *dir;
	uint32_t i;

	for (i = 0; i < m->nnodes; i++) {
		n = &m->nodes[i];
		n->child = n->last = n->sibling = MANIFEST_NONE;
		n->nentries = 0;
	}
	for (i = 1; i < m->nnodes; i++) {
		n = &m->nodes[i];
		if (n->gone)
			continue;
		dir = &m->nodes[n->parent];
		if (dir->child == MANIFEST_NONE)
			dir->child = i;
		else
			m->nodes[dir->last].sibling = i;
		dir->last = i;
		if (S_ISDIR(n->mode))
			dir->nentries++;
	}
	manifest_hash_rebuild(m);
}

static int compare_changes(const void *pa, const void *pb)
{
	const struct manifest_change *a = pa, *b = pb;

	if (a->gone != b->gone)
		return a->gone ? -1 : 1;
	return a->depth != b->depth ? (a->depth > b->depth ? -1 : 1) : 0;
}

/* A directory in which a name has come or gone. */
static void touch(struct renewal *r, uint32_t dir, const struct timespec *now)
{
	r->m->nodes[dir].mtime = r->m->nodes[dir].ctime = *now;
	r->touched[dir] = true;
}

/* What the kernel may hold of attributes that are others now. */
static void list_touched(struct renewal *r, size_t old)
{
	struct manifest_change *c;
	uint32_t i;

	for (i = 0; i < old; i++) {
		if (!r->touched[i] || r->m->nodes[i].gone ||
		    (i != MANIFEST_ROOT && !r->m->nodes[i].nlookup))
			continue;
		c = &r->ch->list[r->ch->n++];
		*c = (struct manifest_change) { .node = i };
	}
}

static void commit(struct renewal *r)
{
	struct manifest *m = r->m, *next = r->next;
	uint32_t i, spare = 1, old = (uint32_t)m->nnodes;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (i = 1; i < old; i++) {
		if (r->stays[i] || m->nodes[i].gone)
			continue;
		m->nodes[i].gone = true;
		drop_later(m, &m->nodes[i]);
		touch(r, m->nodes[i].parent, &now);
	}
	for (i = 1; i < next->nnodes; i++) {
		if (r->to[i] != MANIFEST_NONE)
			continue;
		add_node(r, i, &spare, &now);
		if (m->nodes[r->to[i]].parent < old)
			touch(r, m->nodes[r->to[i]].parent, &now);
	}
	for (i = 0; i < next->nnodes; i++)
		if (r->to[i] < old && r->stays[r->to[i]])
			renew_node(r, i, &now);
	renew_devices(m, next);
	m->used = next->used;
	m->ngone = m->nnodes - next->nnodes;
	m->allow_overlap = next->allow_overlap;
	m->allow_invalid = next->allow_invalid;
	relink(r);
	list_touched(r, old);
	qsort(r->ch->list, r->ch->n, sizeof(*r->ch->list), compare_changes);
}

int manifest_renew(struct manifest *m, struct manifest *next, const struct manifest_rules *rules,
		   struct manifest_changes *ch, char *err, size_t errlen)
{
	struct renewal r = {
		.m = m, .next = next, .rules = rules, .ch = ch,
		.p = { .name = rules->name, .err = err, .errlen = errlen },
	};
	int ret = -1;
	size_t i;

	err[0] = '\0';
	memset(ch, 0, sizeof(*ch));
	r.to = calloc(next->nnodes, sizeof(*r.to));
	r.grows = calloc(next->nnodes, sizeof(*r.grows));
	r.stays = calloc(m->nnodes, sizeof(*r.stays));
	r.touched = calloc(m->nnodes, sizeof(*r.touched));
	if (!r.to || !r.grows || !r.stays || !r.touched)
		no_memory(&r);
	else
		ret = match_devices(&r) || match_nodes(&r) || have_memory(&r) ? -1 : 0;
	if (!ret)
		commit(&r);
	else
		manifest_changes_free(ch);
	for (i = 0; r.later && i < r.nlater; i++)
		free(r.later[i]);
	free(r.later);
	free(r.touched);
	free(r.stays);
	free(r.grows);
	free(r.to);
	return ret;
}

void manifest_changes_free(struct manifest_changes *ch)
{
	size_t i;

	for (i = 0; i < ch->n; i++)
		free(ch->list[i].name);
	free(ch->list);
	memset(ch, 0, sizeof(*ch));
}
