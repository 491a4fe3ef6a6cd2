// SPDX-License-Identifier: GPL-2.0-only
/* Finds what a spec names in the kernel's BTF, or says what is missing. */
#include <string.h>
#include "layoutgen.h"

#define MAX_ANON_DEPTH	8

static const char *const kind_name[] = { "struct", "function", "enum", "enumerator" };

static bool kind_fits(const struct btf_type *t, enum lg_kind kind)
{
	switch (kind) {
	case LG_STRUCT:
		return btf_is_struct(t);
	case LG_FUNC:
		return btf_is_func(t);
	case LG_ENUM:
	case LG_CONST:
		return (btf_is_enum(t) || btf_is_enum64(t)) && btf_vlen(t);
	}
	return false;
}

/* Its value, if *@value is wanted, as far as the load-time check looks at it. */
static bool find_enumerator(const struct btf *btf, const struct btf_type *t, const char *name,
			    uint32_t *value)
{
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum64 *e64 = btf_enum64(t) + i;
		const struct btf_enum *e = btf_enum(t) + i;
		bool wide = btf_is_enum64(t);

		if (strcmp(lg_name(btf, wide ? e64->name_off : e->name_off), name))
			continue;
		if (value)
			*value = wide ? e64->val_lo32 : (uint32_t)e->val;
		return true;
	}
	return false;
}

/* An enumerator is found by its own name, whether its enum has one or not. */
static bool name_fits(const struct btf *btf, const struct btf_type *t, const struct lg_item *it)
{
	if (it->kind == LG_CONST)
		return find_enumerator(btf, t, it->name, NULL);
	return !strcmp(lg_name(btf, t->name_off), it->name);
}

static uint32_t next_named(const struct btf *btf, uint32_t id, const struct lg_item *it)
{
	uint32_t n = btf__type_cnt(btf);

	for (; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (kind_fits(t, it->kind) && name_fits(btf, t, it))
			return id;
	}
	return 0;
}

/* Unnamed structs and unions are looked into, named ones are not. */
static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name,
			uint32_t base, int depth, struct lg_member *out)
{
	const struct btf_member *m = btf_members(t);
	int i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *n = lg_name(btf, m->name_off);
		uint32_t off = base + btf_member_bit_offset(t, i);
		uint32_t bits = btf_member_bitfield_size(t, i);
		const struct btf_type *mt;

		if (*n) {
			int64_t size;

			if (strcmp(n, name))
				continue;
			size = lg_sizeof(btf, m->type);
			out->present = true;
			out->type_id = m->type;
			out->bit_off = off;
			out->bitfield = bits;
			out->bit_size = bits ? bits : size > 0 ? size * 8 : 0;
			out->unaligned = !bits && off / 8 % lg_alignof(btf, m->type);
			return true;
		}
		mt = btf__type_by_id(btf, lg_strip(btf, m->type));
		if (mt && btf_is_composite(mt) && depth < MAX_ANON_DEPTH &&
		    find_member(btf, mt, name, off, depth + 1, out))
			return true;
	}
	return false;
}

static bool member_like(const struct btf *btf, const struct btf_type *t, const char *part, int depth)
{
	const struct btf_member *m = btf_members(t);
	int i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *n = lg_name(btf, m->name_off);
		const struct btf_type *mt;

		if (strstr(n, part))
			return true;
		mt = *n ? NULL : btf__type_by_id(btf, lg_strip(btf, m->type));
		if (mt && btf_is_composite(mt) && depth < MAX_ANON_DEPTH &&
		    member_like(btf, mt, part, depth + 1))
			return true;
	}
	return false;
}

/* NULL when every member is as the spec wants it, else the reason. */
static char *resolve_members(struct lg_item *it, const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	size_t i;

	it->size = t->size;
	it->align = lg_alignof(btf, id);
	for (i = 0; i < it->nmembers; i++) {
		struct lg_member *m = &it->members[i];

		m->present = false;
		if (!find_member(btf, t, m->name, 0, 0, m)) {
			if (!m->needed)
				continue;
			return lg_printf("struct %s has no member '%s'", it->name, m->name);
		}
		if (m->types && !lg_ctype_matches(btf, m->type_id, m->types))
			return lg_printf("struct %s member '%s' is '%s', expected '%s'", it->name,
					 m->name, lg_ctype(btf, m->type_id, "", NULL), m->types);
	}
	return NULL;
}

/* The same for a function's prototype. */
static char *resolve_func(const struct lg_item *it, const struct btf *btf, uint32_t id)
{
	const struct btf_type *proto = lg_func_proto(btf, id);
	char *have;

	if (!it->types || !proto)
		return NULL;
	have = lg_ctype_proto(btf, proto);
	if (lg_one_of(have, it->types))
		return NULL;
	return lg_printf("function %s is '%s', expected '%s'", it->name, have, it->types);
}

/* What two definitions of one name must have in common to count as one. */
static char *fingerprint(const struct lg_item *it, const struct btf *btf, uint32_t id)
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
 * Looks from @first on.  A definition without the needed members is some other
 * subsystem's struct of the same name; the ones that have them must agree.
 */
static char *resolve_in(struct lg_item *it, struct btf *btf, uint32_t first)
{
	char *why = NULL, *first_fp = NULL;
	uint32_t id;

	for (id = next_named(btf, first, it); id; id = next_named(btf, id + 1, it)) {
		char *err = NULL, *fp;

		if (it->kind == LG_STRUCT)
			err = resolve_members(it, btf, id);
		else if (it->kind == LG_FUNC)
			err = resolve_func(it, btf, id);
		else if (it->kind == LG_CONST)
			find_enumerator(btf, btf__type_by_id(btf, id), it->name, &it->value);
		if (err) {
			if (!why && !it->wanted)
				why = err;
			continue;
		}
		fp = fingerprint(it, btf, id);
		if (first_fp && strcmp(fp, first_fp))
			lg_die("%s %s is ambiguous: the BTF holds different definitions",
			       kind_name[it->kind], it->name);
		if (!first_fp) {
			it->present = true;
			it->btf = btf;
			it->id = id;
		}
		first_fp = fp;
	}
	if (it->present) {
		if (it->kind == LG_STRUCT)
			resolve_members(it, btf, it->id);
		return NULL;
	}
	return why;
}

static void resolve_item(struct lg_kernel *k, struct lg_item *it)
{
	char *why = NULL;
	size_t i;

	for (i = 0; i < it->spec->nmodules && !it->present && !why; i++) {
		struct btf *btf = lg_kernel_module(k, it->spec->modules[i]);

		if (!btf)
			continue;
		why = resolve_in(it, btf, btf__type_cnt(k->base));
		it->module = it->present ? it->spec->modules[i] : NULL;
	}
	if (!it->present && !why)
		why = resolve_in(it, k->base, 1);
	if (why)
		lg_die("%s", why);
	if (!it->present && !it->optional)
		lg_die("%s %s is not in the BTF (%s)", kind_name[it->kind], it->name, k->origin);
}

static bool proto_fact(const struct lg_item *it, const struct lg_fact *f, uint32_t id)
{
	const struct btf_type *proto = lg_func_proto(it->btf, id);

	if (!proto)
		lg_die("%s %s member '%s' is '%s', expected a pointer to a function",
		       kind_name[it->kind], it->name, f->member ? f->member : "",
		       lg_ctype(it->btf, id, "", NULL));
	switch (f->how) {
	case LG_NPARAMS:
		return btf_vlen(proto) == f->n;
	case LG_PARAM:
		return f->n < btf_vlen(proto) &&
			lg_ctype_matches(it->btf, btf_params(proto)[f->n].type, f->type);
	case LG_RET:
		return lg_ctype_matches(it->btf, proto->type, f->type);
	default:
		return false;
	}
}

static bool fact_holds(const struct lg_item *it, const struct lg_fact *f)
{
	struct lg_member m = { 0 };

	if (!it->present)
		return false;
	if (f->how == LG_ENUMERATOR)
		return find_enumerator(it->btf, btf__type_by_id(it->btf, it->id), f->member,
				       NULL);
	if (it->kind == LG_FUNC)
		return proto_fact(it, f, it->id);
	if (f->how == LG_NO_MEMBER_LIKE)
		return !member_like(it->btf, btf__type_by_id(it->btf, it->id), f->member, 0);
	if (!find_member(it->btf, btf__type_by_id(it->btf, it->id), f->member, 0, 0, &m))
		return false;
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
	if (!find_member(it->btf, btf__type_by_id(it->btf, it->id), f->member, 0, 0, &found))
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
