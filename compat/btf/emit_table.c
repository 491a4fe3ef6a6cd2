// SPDX-License-Identifier: GPL-2.0-only
/* Writes famfs_layout_table.h: what the load-time check compares. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

struct table {
	struct famfs_layout_entry *e;
	size_t n;
};

static void add(struct table *t, struct famfs_layout_entry e)
{
	t->e = lg_grow(t->e, t->n, sizeof(*t->e));
	t->e[t->n++] = e;
}

static uint32_t sig_of(const struct lg_item *it, uint32_t id)
{
	uint32_t unknown, sig = famfs_btf_sig_of(it->btf, id, &unknown);

	/* resolve.c has refused those */
	if (unknown)
		lg_die("type %u has BTF kind %u where a C type was expected", id, unknown);
	return sig;
}

static void add_item(struct table *t, const struct lg_item *it)
{
	struct raw_enumerator e;
	struct tinfo bt;
	size_t i;

	if (!famfs_btf_type_at(it->btf, it->id, &bt))
		lg_die("the BTF is damaged: no type %u", it->id);
	switch (it->kind) {
	case LG_FUNC:
		add(t, (struct famfs_layout_entry) {
			.module = it->module, .owner = it->name, .kind = FAMFS_LAYOUT_FUNC,
			.sig = sig_of(it, it->id) });
		break;
	case LG_STRUCT:
		if (it->size > UINT32_MAX / 8)
			lg_die("struct %s is impossibly large", it->name);
		add(t, (struct famfs_layout_entry) {
			.module = it->module, .owner = it->name, .kind = FAMFS_LAYOUT_STRUCT,
			.bit_size = it->facts_only ? 0 : it->size * 8 });
		for (i = 0; i < it->nmembers; i++) {
			const struct lg_member *m = &it->members[i];

			if (m->present)
				add(t, (struct famfs_layout_entry) {
					.module = it->module, .owner = it->name,
					.member = m->name, .kind = FAMFS_LAYOUT_MEMBER,
					.bit_off = m->bit_off, .bit_size = m->bit_size,
					.sig = sig_of(it, m->type_id) });
		}
		break;
	case LG_CONST:
		/* Of an unnamed enum the owner's name is empty. */
		add(t, (struct famfs_layout_entry) {
			.module = it->module, .member = it->name,
			.owner = lg_strdup(famfs_btf_str_at(it->btf, bt.t.name_off)),
			.kind = FAMFS_LAYOUT_ENUMVAL, .sig = it->value });
		break;
	case LG_ENUM:
		for (i = 0; i < bt.vlen; i++) {
			bool used = it->define;
			const char *s;
			size_t j;

			famfs_btf_enumerator_at(&bt, i, &e);
			s = famfs_btf_str_at(it->btf, e.name_off);
			for (j = 0; j < it->nfacts && !used; j++)
				used = !strcmp(it->facts[j].member, s);
			if (used)
				add(t, (struct famfs_layout_entry) {
					.module = it->module, .owner = it->name,
					.member = lg_strdup(s), .kind = FAMFS_LAYOUT_ENUMVAL,
					.sig = e.lo });
		}
		break;
	}
}

static char *quoted(const char *s)
{
	return s ? lg_printf("\"%s\"", s) : lg_strdup("NULL");
}

static void emit_one(FILE *f, const char *name, const struct table *t)
{
	static const char *const kinds[] = {
		"", "FAMFS_LAYOUT_STRUCT", "FAMFS_LAYOUT_MEMBER", "FAMFS_LAYOUT_FUNC",
		"FAMFS_LAYOUT_ENUMVAL",
	};
	size_t i;

	/* read by the module's init alone */
	fprintf(f, "static const struct famfs_layout_entry famfs_layout_%s[] __initconst __maybe_unused = {\n",
		name);
	for (i = 0; i < t->n; i++) {
		const struct famfs_layout_entry *e = &t->e[i];

		fprintf(f, "\t{ %s, %s, %s, %u, %u, 0x%08x, %s },\n", quoted(e->module),
			quoted(e->owner), quoted(e->member), e->bit_off, e->bit_size, e->sig,
			kinds[e->kind]);
	}
	fprintf(f, "};\n\n");
}

/* The kernel-side reader must accept what was just written, on this very BTF. */
static void self_check(struct lg_kernel *k, const struct lg_spec *s, const struct table *t)
{
	char why[200];
	size_t i;

	if (famfs_btf_check(k->base, NULL, t->e, t->n, why, sizeof(why)))
		lg_die("the load-time check would refuse its own kernel: %s", why);
	for (i = 0; i < s->nmodules; i++) {
		struct famfs_btf_view *v = lg_kernel_module(k, s->modules[i])->btf;

		if (v && famfs_btf_check(v, s->modules[i], t->e, t->n, why, sizeof(why)))
			lg_die("the load-time check would refuse its own kernel: %s", why);
	}
}

/**
 * lg_emit_table - write the tables for famfs_layout_check(), one per spec
 * @f: where to
 * @k: kernel they are for
 * @specs: resolved specs
 * @n: how many
 */
void lg_emit_table(FILE *f, const struct lg_kernel *k, struct lg_spec **specs, size_t n)
{
	size_t s, i;

	fprintf(f, "/* Made by layoutgen from the BTF of kernel %s. Do not edit. */\n",
		k->release);
	fprintf(f, "#ifndef FAMFS_LAYOUT_TABLE_H\n#define FAMFS_LAYOUT_TABLE_H\n\n");
	fprintf(f, "#include \"../btf/btf_verify.h\"\n\n");
	for (s = 0; s < n; s++) {
		struct table t = { 0 };

		for (i = 0; i < specs[s]->nitems; i++)
			if (specs[s]->items[i].present)
				add_item(&t, &specs[s]->items[i]);
		self_check((struct lg_kernel *)k, specs[s], &t);
		emit_one(f, specs[s]->table, &t);
	}
	fprintf(f, "#endif /* FAMFS_LAYOUT_TABLE_H */\n");
}
