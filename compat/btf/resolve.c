// SPDX-License-Identifier: GPL-2.0-only
/* Finds what a spec names in the kernel's BTF, or says what is missing. */
#include <string.h>
#include "layoutgen.h"

#define MAX_ANON_DEPTH	8

static const char *const kind_name[] = { "struct", "function", "enum", "enumerator" };

static bool kind_fits(const struct tinfo *t, enum lg_kind kind)
{
	switch (kind) {
	case LG_STRUCT:
		return t->kind == K_STRUCT;
	case LG_FUNC:
		return t->kind == K_FUNC;
	case LG_ENUM:
	case LG_CONST:
		return (t->kind == K_ENUM || t->kind == K_ENUM64) && t->vlen;
	}
	return false;
}

/* Its value, if *@value is wanted, as far as the load-time check looks at it. */
static bool find_enumerator(const struct famfs_btf_view *btf, const struct tinfo *t,
			    const char *name, uint32_t *value)
{
	struct raw_enumerator e;
	uint32_t i;

	for (i = 0; i < t->vlen; i++) {
		famfs_btf_enumerator_at(t, i, &e);
		if (strcmp(famfs_btf_str_at(btf, e.name_off), name))
			continue;
		if (value)
			*value = e.lo;
		return true;
	}
	return false;
}

/* An enumerator is found by its own name, whether its enum has one or not. */
static bool name_fits(const struct famfs_btf_view *btf, const struct tinfo *t,
		      const struct lg_item *it)
{
	if (it->kind == LG_CONST)
		return find_enumerator(btf, t, it->name, NULL);
	return !strcmp(famfs_btf_str_at(btf, t->t.name_off), it->name);
}

static bool find_member(const struct famfs_btf_view *btf, uint32_t id, const char *name,
			struct lg_member *out)
{
	struct famfs_btf_found f;

	if (!famfs_btf_find_member(btf, id, name, &f))
		return false;
	out->present = true;
	out->type_id = f.type;
	out->bit_off = f.bit_off;
	out->bitfield = f.bitfield;
	out->bit_size = f.bit_size;
	out->unaligned = !f.bitfield && f.bit_off / 8 % lg_alignof(btf, f.type);
	return true;
}

/* The reason to refuse a type that something of a kind nobody here knows belongs to. */
static char *check_kinds(const struct lg_item *it, const struct famfs_btf_view *btf, uint32_t id,
			 const char *member)
{
	uint32_t unknown;

	famfs_btf_sig_of(btf, id, &unknown);
	if (!unknown)
		return NULL;
	return lg_printf("%s %s%s%s%s has a type of BTF kind %u, which is unknown here: update famfs",
			 kind_name[it->kind], it->name, member ? " member '" : "",
			 member ? member : "", member ? "'" : "", unknown);
}

/* *@steps bounds the work on BTF that names a struct as its own member. */
static bool member_like(const struct famfs_btf_view *btf, uint32_t id, const char *part, int depth,
			int *steps)
{
	struct raw_member m;
	struct tinfo t, inner;
	uint32_t i, off, bits;

	if (!famfs_btf_type_at(btf, id, &t))
		return false;
	for (i = 0; i < t.vlen && --*steps > 0; i++) {
		const char *n;

		famfs_btf_member_at(&t, i, &m, &off, &bits);
		n = famfs_btf_str_at(btf, m.name_off);
		if (strstr(n, part))
			return true;
		id = lg_strip(btf, m.type);
		if (!*n && depth < MAX_ANON_DEPTH && famfs_btf_type_at(btf, id, &inner) &&
		    (inner.kind == K_STRUCT || inner.kind == K_UNION) &&
		    member_like(btf, id, part, depth + 1, steps))
			return true;
	}
	return false;
}

/* NULL when every member is as the spec wants it, else the reason. */
static char *resolve_members(struct lg_item *it, const struct famfs_btf_view *btf, uint32_t id,
			     const struct tinfo *t)
{
	char *why;
	size_t i;

	it->size = t->t.size;
	it->align = lg_alignof(btf, id);
	for (i = 0; i < it->nmembers; i++) {
		struct lg_member *m = &it->members[i];

		m->present = false;
		if (!find_member(btf, id, m->name, m)) {
			if (!m->needed)
				continue;
			return lg_printf("struct %s has no member '%s'", it->name, m->name);
		}
		why = check_kinds(it, btf, m->type_id, m->name);
		if (why)
			return why;
		if (m->types && !lg_ctype_matches(btf, m->type_id, m->types))
			return lg_printf("struct %s member '%s' is '%s', expected '%s'", it->name,
					 m->name, lg_ctype(btf, m->type_id, "", NULL), m->types);
	}
	return NULL;
}

/* The same for a function's prototype. */
static char *resolve_func(const struct lg_item *it, const struct famfs_btf_view *btf, uint32_t id)
{
	char *why = check_kinds(it, btf, id, NULL), *have;
	struct tinfo proto;

	if (why || !it->types || !lg_func_proto(btf, id, &proto))
		return why;
	have = lg_ctype_proto(btf, &proto);
	if (lg_one_of(have, it->types))
		return NULL;
	return lg_printf("function %s is '%s', expected '%s'", it->name, have, it->types);
}

/* What two definitions of one name must have in common to count as one. */
static char *fingerprint(const struct lg_item *it, const struct famfs_btf_view *btf, uint32_t id)
{
	char *s = lg_printf("%u", it->size);
	size_t i;

	if (it->kind == LG_FUNC)
		return lg_ctype(btf, id, "", NULL);
	if (it->kind == LG_CONST)
		return lg_printf("%u", it->value);
	for (i = 0; i < it->nmembers; i++) {
		const struct lg_member *m = &it->members[i];

		if (m->present)
			s = lg_printf("%s %s@%u:%u %s", s, m->name, m->bit_off, m->bit_size,
				      lg_ctype(btf, m->type_id, "", NULL));
	}
	return s;
}

/*
 * Looks in @b, the kernel's part of @btf or the module's.  A definition without the needed
 * members is some other subsystem's struct of the same name; the ones that have them must agree.
 */
static char *resolve_in(struct lg_item *it, struct famfs_btf_view *btf,
			const struct famfs_btf_blob *b)
{
	char *why = NULL, *first_fp = NULL;
	struct famfs_btf_walk w;
	struct tinfo t;

	famfs_btf_walk_start(&w, b);
	while (famfs_btf_walk_next(&w, &t)) {
		char *err = NULL, *fp;

		if (!kind_fits(&t, it->kind) || !name_fits(btf, &t, it))
			continue;
		if (it->kind == LG_STRUCT)
			err = resolve_members(it, btf, w.id, &t);
		else if (it->kind == LG_FUNC)
			err = resolve_func(it, btf, w.id);
		else if (it->kind == LG_CONST)
			find_enumerator(btf, &t, it->name, &it->value);
		if (err) {
			if (!why && !it->wanted)
				why = err;
			continue;
		}
		fp = fingerprint(it, btf, w.id);
		if (first_fp && strcmp(fp, first_fp))
			lg_die("%s %s is ambiguous: the BTF holds different definitions",
			       kind_name[it->kind], it->name);
		if (!first_fp) {
			it->present = true;
			it->btf = btf;
			it->id = w.id;
		}
		first_fp = fp;
	}
	if (it->present) {
		if (it->kind == LG_STRUCT && famfs_btf_type_at(btf, it->id, &t))
			resolve_members(it, btf, it->id, &t);
		return NULL;
	}
	return why;
}

static void resolve_item(struct lg_kernel *k, struct lg_item *it)
{
	char *why = NULL, *no_btf = NULL;
	size_t i;

	for (i = 0; i < it->spec->nmodules && !it->present && !why; i++) {
		struct lg_module *mod = lg_kernel_module(k, it->spec->modules[i]);

		if (!no_btf)
			no_btf = mod->why;
		if (!mod->btf)
			continue;
		why = resolve_in(it, mod->btf, &mod->btf->mod);
		it->module = it->present ? it->spec->modules[i] : NULL;
	}
	if (!it->present && !why)
		why = resolve_in(it, k->base, &k->base->base);
	if (why)
		lg_die("%s", why);
	if (it->present || it->optional)
		return;
	if (no_btf)
		lg_die("%s", no_btf);
	lg_die("%s %s is not in the BTF (%s)", kind_name[it->kind], it->name, k->origin);
}

static bool proto_fact(const struct lg_item *it, const struct lg_fact *f, uint32_t id)
{
	struct raw_param p;
	struct tinfo proto;

	if (!lg_func_proto(it->btf, id, &proto))
		lg_die("%s %s member '%s' is '%s', expected a pointer to a function",
		       kind_name[it->kind], it->name, f->member ? f->member : "",
		       lg_ctype(it->btf, id, "", NULL));
	switch (f->how) {
	case LG_NPARAMS:
		return proto.vlen == f->n;
	case LG_PARAM:
		if (f->n >= proto.vlen)
			return false;
		famfs_btf_param_at(&proto, f->n, &p);
		return lg_ctype_matches(it->btf, p.type, f->type);
	case LG_RET:
		return lg_ctype_matches(it->btf, proto.t.size, f->type);
	default:
		return false;
	}
}

static bool fact_holds(const struct lg_item *it, const struct lg_fact *f)
{
	struct lg_member m = { 0 };
	int steps = 1 << 16;
	struct tinfo t;
	char *why;

	if (!it->present)
		return false;
	if (f->how == LG_ENUMERATOR)
		return famfs_btf_type_at(it->btf, it->id, &t) &&
			find_enumerator(it->btf, &t, f->member, NULL);
	if (it->kind == LG_FUNC)
		return proto_fact(it, f, it->id);
	if (f->how == LG_NO_MEMBER_LIKE)
		return !member_like(it->btf, it->id, f->member, 0, &steps);
	if (!find_member(it->btf, it->id, f->member, &m))
		return false;
	why = check_kinds(it, it->btf, m.type_id, f->member);
	if (why)
		lg_die("%s", why);
	if (f->how == LG_HAS_MEMBER)
		return true;
	if (f->how == LG_TYPE)
		return lg_ctype_matches(it->btf, m.type_id, f->type);
	return proto_fact(it, f, m.type_id);
}

/*
 * The table for the load-time check is made of members; a fact about a member
 * that the spec does not list otherwise adds that member to it.
 */
static void note_fact_member(struct lg_item *it, const struct lg_fact *f)
{
	struct lg_member *m, found = { 0 };
	size_t i;

	if (it->kind != LG_STRUCT || !it->present || f->how == LG_NO_MEMBER_LIKE)
		return;
	for (i = 0; i < it->nmembers; i++)
		if (!strcmp(it->members[i].name, f->member))
			return;
	if (!find_member(it->btf, it->id, f->member, &found))
		return;
	it->members = lg_grow(it->members, it->nmembers, sizeof(*it->members));
	m = &it->members[it->nmembers++];
	*m = found;
	m->name = f->member;
	m->line = 0;		/* not asked for: no HAVE_, no definition */
}

static bool fact_by_name(const struct lg_spec *s, const char *name)
{
	bool known = false, value = false;
	size_t i, j;

	for (i = 0; i < s->nitems; i++) {
		const struct lg_item *it = &s->items[i];
		char *have = lg_printf("HAVE_%s_%s", kind_name[it->kind], it->name);

		have = lg_upper(it->kind == LG_FUNC ? lg_printf("HAVE_FUNC_%s", it->name) : have);
		if (it->optional && !strcmp(have, name))
			return it->present;
		for (j = 0; j < it->nfacts; j++)
			if (!strcmp(it->facts[j].name, name)) {
				known = true;
				value |= it->facts[j].value;
			}
		for (j = 0; j < it->nmembers; j++)
			if (!strcmp(lg_upper(lg_printf("HAVE_%s_%s", it->name,
						       it->members[j].name)), name))
				return it->members[j].present;
	}
	if (!known)
		lg_die("%s: one-of names '%s', which is no fact of this spec", s->path, name);
	return value;
}

static void check_oneof(const struct lg_spec *s, const struct lg_oneof *o)
{
	char *list = lg_strdup("");
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < o->n; i++) {
		n += fact_by_name(s, o->names[i]);
		list = lg_printf("%s%s%s", list, i ? ", " : "", o->names[i]);
	}
	if (n != 1)
		lg_die("%s:%d: %s of these are true, exactly one was expected: %s", s->path,
		       o->line, n ? "several" : "none", list);
}

/**
 * lg_resolve - settle every item, member and fact of a spec
 * @k: loaded kernel
 * @s: spec; the "filled in" fields are set
 *
 * Exits with one line that names kernel, struct and member when the kernel is
 * not what the spec expects.
 */
void lg_resolve(struct lg_kernel *k, struct lg_spec *s)
{
	size_t i, j;

	for (i = 0; i < s->nitems; i++) {
		struct lg_item *it = &s->items[i];

		resolve_item(k, it);
		for (j = 0; j < it->nfacts; j++)
			it->facts[j].value = fact_holds(it, &it->facts[j]);
		for (j = 0; j < it->nfacts; j++)
			if (it->kind == LG_STRUCT)
				note_fact_member(it, &it->facts[j]);
	}
	for (i = 0; i < s->noneofs; i++)
		check_oneof(s, &s->oneofs[i]);
}
