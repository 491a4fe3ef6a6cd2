// SPDX-License-Identifier: GPL-2.0-only
/* Writes famfs_layout.h: definitions, prototypes and facts of one kernel. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

#define MAX_DEPTH 24
#define INT_SIGNED (1u << 24)	/* in what follows the record of an integer type */

static char **tags;
static size_t ntags;

static void note_tag(const char *kw, const char *tag)
{
	char *t = lg_printf("%s %s", kw, tag);
	size_t i;

	for (i = 0; i < ntags; i++)
		if (!strcmp(tags[i], t))
			return;
	tags = lg_grow(tags, ntags, sizeof(*tags));
	tags[ntags++] = t;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* members that only a fact mentioned have no line and no place in the header */
static bool shown(const struct lg_item *it, const struct lg_member *m)
{
	return m->present && m->line && !it->facts_only;
}

/* what the kernel's own headers define needs no definition of ours */
static bool defined_here(const struct lg_item *it)
{
	return it->kind == LG_STRUCT && it->present && !it->facts_only && !it->public;
}

/*
 * The storage unit is made as small as the field allows: a write to it then
 * touches no neighbour that the stock code may be writing at the same time.
 */
static void emit_bitfield(FILE *f, const struct lg_item *it, const struct lg_member *m)
{
	static const char *const ints[] = { "", "char", "short", "", "int", "", "", "", "long long" };
	char *decl = lg_ctype(it->btf, m->type_id, m->name, note_tag);
	uint32_t unit = famfs_btf_type_bits(it->btf, m->type_id) / 8;
	uint32_t byte, lead, min, encoding;
	struct tinfo t;

	if (unit != 1 && unit != 2 && unit != 4 && unit != 8)
		lg_die("struct %s member '%s': a bit field of this type is not understood",
		       it->name, m->name);
	for (min = 1; min < unit; min *= 2)
		if (m->bit_off % (min * 8) + m->bit_size <= min * 8)
			break;
	if (famfs_btf_type_at(it->btf, lg_strip(it->btf, m->type_id), &t) && t.kind == K_INT &&
	    min < unit) {
		unit = min;
		memcpy(&encoding, t.extra, sizeof(encoding));
		decl = lg_printf("%s %s %s", encoding & INT_SIGNED ? "signed" : "unsigned",
				 ints[min], m->name);
	}
	byte = m->bit_off / (unit * 8) * unit;
	lead = m->bit_off - byte * 8;
	if (lead + m->bit_size > unit * 8)
		lg_die("struct %s member '%s': the bit field crosses its storage unit",
		       it->name, m->name);
	fprintf(f, "\t\tstruct {");
	if (byte)
		fprintf(f, " unsigned char __pad_%s[%u];", m->name, byte);
	if (lead)
		fprintf(f, " unsigned %s : %u;", ints[unit], lead);
	fprintf(f, " %s : %u; };\n", decl, m->bit_size);
}

static void emit_member(FILE *f, const struct lg_item *it, const struct lg_member *m)
{
	if (m->bitfield)
		return emit_bitfield(f, it, m);
	if (m->bit_off % 8)
		lg_die("struct %s member '%s' does not start at a byte", it->name, m->name);
	fprintf(f, "\t\tstruct {");
	if (m->bit_off)
		fprintf(f, " unsigned char __pad_%s[%u];", m->name, m->bit_off / 8);
	fprintf(f, " %s; }%s;\n", lg_ctype(it->btf, m->type_id, m->name, note_tag),
		m->unaligned ? " __attribute__((__packed__))" : "");
}

static void emit_struct(FILE *f, struct lg_item *it, struct lg_spec **specs, size_t n);

/* A struct that another one embeds has to be complete before it. */
static void emit_embedded(FILE *f, const struct lg_item *it, uint32_t id, struct lg_spec **specs,
			  size_t n, int depth)
{
	struct raw_array a;
	const char *name;
	struct tinfo t;
	size_t s, i;

	if (depth > MAX_DEPTH)
		lg_die("struct %s nests too deeply", it->name);
	if (!famfs_btf_type_at(it->btf, lg_strip(it->btf, id), &t))
		return;
	if (t.kind == K_ARRAY) {
		famfs_btf_array_of(&t, &a);
		return emit_embedded(f, it, a.type, specs, n, depth + 1);
	}
	if (t.kind != K_STRUCT && t.kind != K_UNION)
		return;
	name = famfs_btf_str_at(it->btf, t.t.name_off);
	if (!*name) {
		for (i = 0; i < t.vlen; i++) {
			struct raw_member m;
			uint32_t off, bits;

			famfs_btf_member_at(&t, i, &m, &off, &bits);
			emit_embedded(f, it, m.type, specs, n, depth + 1);
		}
		return;
	}
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++) {
			struct lg_item *o = &specs[s]->items[i];

			if (o->kind == LG_STRUCT && !strcmp(o->name, name))
				emit_struct(f, o, specs, n);
		}
}

static void emit_struct(FILE *f, struct lg_item *it, struct lg_spec **specs, size_t n)
{
	size_t i;

	if (!defined_here(it) || it->emitted)
		return;
	it->emitted = true;
	for (i = 0; i < it->nmembers; i++)
		if (shown(it, &it->members[i]))
			emit_embedded(f, it, it->members[i].type_id, specs, n, 0);

	fprintf(f, "struct %s {\n\tunion {\n", it->name);
	if (it->size)
		fprintf(f, "\t\tunsigned char __bytes[%u];\n", it->size);
	for (i = 0; i < it->nmembers; i++)
		if (shown(it, &it->members[i]))
			emit_member(f, it, &it->members[i]);
	fprintf(f, "\t};\n} __attribute__((__aligned__(%u)));\n\n", it->align ? it->align : 1);
}

/*
 * Of a struct that is defined here: that it was done right. Of a public one: that the headers
 * are those of the kernel whose BTF this is, or the table would say nothing about the modules.
 */
static void emit_asserts(FILE *f, const struct lg_item *it)
{
	size_t i;

	if (!it->emitted && !(it->public && it->present))
		return;
	fprintf(f, "static_assert(sizeof(struct %s) == %u);\n", it->name, it->size);
	for (i = 0; i < it->nmembers; i++) {
		const struct lg_member *m = &it->members[i];

		if (!shown(it, m) || m->bitfield)
			continue;
		fprintf(f, "static_assert(offsetof(struct %s, %s) == %u);\n", it->name, m->name,
			m->bit_off / 8);
		/* void, functions and flexible arrays have no sizeof */
		if (m->bit_size)
			fprintf(f, "static_assert(sizeof(((struct %s *)0)->%s) == %u);\n",
				it->name, m->name, m->bit_size / 8);
	}
}

static void emit_enum(FILE *f, const struct lg_item *it)
{
	struct raw_enumerator e;
	struct tinfo t;
	uint32_t i;

	if (it->kind == LG_CONST && it->present && !it->facts_only)
		fprintf(f, "enum { %s = %d };\n\n", it->name, (int)it->value);
	if (it->kind != LG_ENUM || !it->define || !it->present ||
	    !famfs_btf_type_at(it->btf, it->id, &t))
		return;
	fprintf(f, "enum %s {\n", it->name);
	for (i = 0; i < t.vlen; i++) {
		famfs_btf_enumerator_at(&t, i, &e);
		if (t.kind == K_ENUM64)
			fprintf(f, "\t%s = 0x%x%08xULL,\n",
				famfs_btf_str_at(it->btf, e.name_off), e.hi, e.lo);
		else
			fprintf(f, "\t%s = %d,\n", famfs_btf_str_at(it->btf, e.name_off),
				(int)e.lo);
	}
	fprintf(f, "};\n\n");
}

static void emit_facts(FILE *f, const struct lg_item *it)
{
	static const char *const kinds[] = { "STRUCT", "FUNC", "ENUM", "ENUMERATOR" };
	const char *kind = kinds[it->kind];
	size_t i;

	if (it->optional && it->present)
		fprintf(f, "#define HAVE_%s_%s 1\n", kind, lg_upper(it->name));
	for (i = 0; i < it->nmembers; i++)
		if (it->members[i].present && it->members[i].line && !it->members[i].needed)
			fprintf(f, "#define HAVE_%s_%s 1\n", lg_upper(it->name),
				lg_upper(it->members[i].name));
	for (i = 0; i < it->nfacts; i++)
		if (it->facts[i].value)
			fprintf(f, "#define %s 1\n", it->facts[i].name);
}

/**
 * lg_emit_header - write the generated header
 * @f: where to
 * @k: kernel it is for
 * @specs: resolved specs
 * @n: how many
 */
void lg_emit_header(FILE *f, const struct lg_kernel *k, struct lg_spec **specs, size_t n)
{
	char *body;
	size_t len, s, i;
	FILE *b = open_memstream(&body, &len);

	if (!b)
		lg_die("out of memory");
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++)
			emit_enum(b, &specs[s]->items[i]);
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++)
			emit_struct(b, &specs[s]->items[i], specs, n);

	fprintf(b, "/*\n * Not for sparse: it lays out some structs otherwise than the compiler that\n"
		" * builds the module, and only the compiler's layout has to be the kernel's.\n */\n"
		"#ifndef __CHECKER__\n");
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++)
			emit_asserts(b, &specs[s]->items[i]);
	fprintf(b, "#endif /* __CHECKER__ */\n\n");

	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++) {
			struct lg_item *it = &specs[s]->items[i];

			if (it->kind == LG_FUNC && it->proto && it->present)
				fprintf(b, "extern %s;\n",
					lg_ctype(it->btf, it->id, it->name, note_tag));
		}
	fclose(b);

	fprintf(f, "/* Made by layoutgen from the BTF of kernel %s. Do not edit. */\n",
		k->release);
	fprintf(f, "#ifndef FAMFS_LAYOUT_H\n#define FAMFS_LAYOUT_H\n\n");
	fprintf(f, "#include <linux/build_bug.h>\n#include <linux/stddef.h>\n#include <linux/types.h>\n");
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nincludes; i++)
			fprintf(f, "#include %s\n", specs[s]->includes[i]);
	fprintf(f, "\n#define FAMFS_LAYOUT_RELEASE \"%s\"\n\n", k->release);
	for (s = 0; s < n; s++)
		for (i = 0; i < specs[s]->nitems; i++)
			emit_facts(f, &specs[s]->items[i]);
	fputc('\n', f);
	if (ntags)
		qsort(tags, ntags, sizeof(*tags), by_text);
	for (i = 0; i < ntags; i++)
		fprintf(f, "%s;\n", tags[i]);
	fprintf(f, "\n%s\n#endif /* FAMFS_LAYOUT_H */\n", body);
	free(body);
}
