// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF types as C text.
 *
 * libbpf's dumper numbers names that occur twice (struct foo___2), prints
 * "()" for "(void)" and wants the whole BTF indexed first; kernel BTF has such
 * duplicates, so the few declarations needed here are written directly.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

#define MAX_DEPTH 24

static char *render(const struct btf *btf, uint32_t id, const char *inner, lg_tag_fn fn,
		    int depth);

static char *join(const char *type, const char *inner)
{
	return *inner ? lg_printf("%s%s%s", type, *inner == '[' ? "" : " ", inner) :
		lg_strdup(type);
}

/**
 * lg_name - string of the BTF, "" when there is none at @off
 * @btf: where it lives
 * @off: name offset of a type, member, parameter or enumerator
 */
const char *lg_name(const struct btf *btf, uint32_t off)
{
	const char *s = btf__name_by_offset(btf, off);

	return s ? s : "";
}

/**
 * lg_strip - follow typedefs, qualifiers and type tags
 * @btf: where @id lives
 * @id: type
 *
 * Return: id of the first type that is something else.
 */
uint32_t lg_strip(const struct btf *btf, uint32_t id)
{
	int i;

	for (i = 0; i < 64; i++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!t || !(btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)))
			break;
		id = t->type;
	}
	return id;
}

/* The prototype behind a FUNC or a pointer to a function, NULL if neither. */
const struct btf_type *lg_func_proto(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, lg_strip(btf, id));

	if (t && (btf_is_func(t) || btf_is_ptr(t)))
		t = btf__type_by_id(btf, lg_strip(btf, t->type));
	return t && btf_is_func_proto(t) ? t : NULL;
}

static char *params(const struct btf *btf, const struct btf_type *t, lg_tag_fn fn, int depth)
{
	const struct btf_param *p = btf_params(t);
	char *s = NULL;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const char *name = lg_name(btf, p[i].name_off);
		char *one;

		if (!p[i].type)		/* clang's (void), or "..." at the end */
			one = lg_strdup(btf_vlen(t) == 1 ? "void" : "...");
		else
			one = render(btf, p[i].type, name, fn, depth);
		s = s ? lg_printf("%s, %s", s, one) : one;
	}
	return s ? s : lg_strdup("void");
}

/* An unnamed struct or union has to be written out. */
static char *anonymous(const struct btf *btf, const struct btf_type *t, lg_tag_fn fn, int depth)
{
	const struct btf_member *m = btf_members(t);
	char *s = lg_strdup(btf_is_union(t) ? "union {" : "struct {");
	int i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = lg_name(btf, m->name_off);
		uint32_t bits = btf_member_bitfield_size(t, i);
		char *one = render(btf, m->type, name, fn, depth);

		s = bits ? lg_printf("%s %s : %u;", s, one, bits) :
			lg_printf("%s %s;", s, one);
	}
	return lg_printf("%s }", s);
}

static char *named(const char *kw, const char *name, const char *inner, lg_tag_fn fn)
{
	if (fn)
		fn(kw, name);
	return join(lg_printf("%s %s", kw, name), inner);
}

static char *render(const struct btf *btf, uint32_t id, const char *inner, lg_tag_fn fn,
		    int depth)
{
	const struct btf_type *t, *to;
	const char *name, *qual = "";
	int tags;

	if (++depth > MAX_DEPTH)
		lg_die("type %u of the BTF nests too deeply", id);
	if (!id)
		return join("void", inner);
	t = btf__type_by_id(btf, id);
	if (!t)
		lg_die("the BTF is damaged: no type %u", id);
	name = lg_name(btf, t->name_off);

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF:
		return join(name, inner);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (!*name)
			return join(anonymous(btf, t, fn, depth), inner);
		return named(btf_is_union(t) ? "union" : "struct", name, inner, fn);
	case BTF_KIND_FWD:
		return named(btf_kflag(t) ? "union" : "struct", name, inner, fn);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (!*name)
			return join(t->size == 8 ? "long long" : t->size == 1 ?
				    "unsigned char" : t->size == 2 ? "unsigned short" :
				    "unsigned int", inner);
		return join(lg_printf("enum %s", name), inner);
	case BTF_KIND_TYPE_TAG:
		return render(btf, t->type, inner, fn, depth);
	case BTF_KIND_CONST:
		qual = "const";
		break;
	case BTF_KIND_VOLATILE:
		qual = "volatile";
		break;
	case BTF_KIND_RESTRICT:
		return render(btf, t->type, inner, fn, depth);
	case BTF_KIND_PTR:
		to = btf__type_by_id(btf, t->type);
		for (tags = 0; to && btf_is_type_tag(to); tags++) {
			if (tags > MAX_DEPTH)
				lg_die("type %u: its tags have no end", id);
			to = btf__type_by_id(btf, to->type);
		}
		inner = lg_printf("*%s", inner);
		if (to && (btf_is_array(to) || btf_is_func_proto(to)))
			inner = lg_printf("(%s)", inner);
		return render(btf, t->type, inner, fn, depth);
	case BTF_KIND_ARRAY:
		return render(btf, btf_array(t)->type,
			      lg_printf("%s[%u]", inner, btf_array(t)->nelems), fn, depth);
	case BTF_KIND_FUNC_PROTO:
		return render(btf, t->type,
			      lg_printf("%s(%s)", inner, params(btf, t, fn, depth)), fn, depth);
	case BTF_KIND_FUNC:
		return render(btf, t->type, inner, fn, depth);
	default:
		lg_die("type %u has BTF kind %u where a C type was expected", id, btf_kind(t));
	}

	/* a qualified pointer wears its qualifier behind the star */
	to = btf__type_by_id(btf, t->type);
	if (to && btf_is_ptr(to))
		return render(btf, t->type, lg_printf(*inner ? "%s %s" : "%s%s", qual, inner),
			      fn, depth);
	return lg_printf("%s %s", qual, render(btf, t->type, inner, fn, depth));
}

/**
 * lg_ctype - a declaration of @name with type @id
 * @btf: where @id lives
 * @id: any type, 0 for void
 * @name: identifier, "" for an abstract type
 * @fn: called for every struct or union tag that is mentioned, or NULL
 *
 * Return: text without a semicolon, alive until exit.
 */
char *lg_ctype(const struct btf *btf, uint32_t id, const char *name, lg_tag_fn fn)
{
	return render(btf, id, name, fn, 0);
}

/* "unsigned", "unsigned long", "long unsigned int": one way to write each. */
static char *flush_int(char *out, const int *seen)
{
	enum { UNSIGNED, SIGNED, LONG, SHORT, CHAR, INT };
	char *s = lg_strdup("");
	bool any = false;
	size_t n = strlen(out);
	int i;

	for (i = 0; i < 6; i++)
		any |= seen[i];
	if (!any)
		return out;
	if (seen[UNSIGNED])
		s = lg_printf("%sunsigned ", s);
	for (i = 0; i < seen[LONG]; i++)
		s = lg_printf("%slong ", s);
	if (seen[SHORT])
		s = lg_printf("%sshort", s);
	else if (seen[CHAR])
		s = lg_printf("%schar", s);
	else if (!seen[LONG])
		s = lg_printf("%sint", s);
	while (*s && s[strlen(s) - 1] == ' ')
		s[strlen(s) - 1] = '\0';
	any = n && (isalnum((unsigned char)out[n - 1]) || out[n - 1] == '_');
	return lg_printf("%s%s%s", out, any ? " " : "", s);
}

/**
 * lg_ctype_norm - one spelling for one type
 * @text: C type without a declared name
 *
 * Blanks become exactly one between words and none elsewhere, the parts of
 * integer types get a fixed order.
 */
char *lg_ctype_norm(const char *text)
{
	static const char *const parts[] = {
		"unsigned", "signed", "long", "short", "char", "int"
	};
	char *out = lg_strdup("");
	int seen[6] = { 0 };
	bool was_word = false;

	while (*text) {
		const char *start = text;
		size_t n, i;

		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		while (isalnum((unsigned char)*text) || *text == '_')
			text++;
		n = text - start;
		if (n) {
			for (i = 0; i < 6; i++)
				if (strlen(parts[i]) == n && !strncmp(parts[i], start, n))
					break;
			if (i < 6) {
				seen[i]++;
				was_word = true;
				continue;
			}
		}
		out = flush_int(out, seen);
		memset(seen, 0, sizeof(seen));
		if (!n)
			n = 1, text++, out = lg_printf("%s%c", out, *start);
		else
			out = lg_printf("%s%s%.*s", out, was_word ? " " : "", (int)n, start);
		was_word = isalnum((unsigned char)start[0]) || start[0] == '_';
	}
	return flush_int(out, seen);
}

/**
 * lg_ctype_proto - a function's type, without the names of its parameters
 * @btf: where it lives
 * @proto: what lg_func_proto() found
 *
 * Return: normalised text, alive until exit.
 */
char *lg_ctype_proto(const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_param *p = btf_params(proto);
	char *s = NULL;
	int i;

	for (i = 0; i < btf_vlen(proto); i++) {
		char *one = p[i].type ? lg_ctype(btf, p[i].type, "", NULL) :
			lg_strdup(btf_vlen(proto) == 1 ? "void" : "...");

		s = s ? lg_printf("%s, %s", s, one) : one;
	}
	return lg_ctype_norm(lg_printf("%s (%s)", lg_ctype(btf, proto->type, "", NULL),
				       s ? s : "void"));
}

/* "[3]" and "[4]" are both "[]" for a spec that does not care */
static char *blank_counts(const char *s)
{
	char *out = lg_strdup(s), *o = out;

	for (; *s; s++) {
		*o++ = *s;
		if (*s == '[')
			while (isdigit((unsigned char)s[1]))
				s++;
	}
	*o = '\0';
	return out;
}

/**
 * lg_one_of - is this one of the alternatives of the spec?
 * @have: normalised
 * @alternatives: the same, joined by '|'
 */
bool lg_one_of(const char *have, const char *alternatives)
{
	char *list = lg_strdup(alternatives), *alt, *save = NULL;

	for (alt = strtok_r(list, "|", &save); alt; alt = strtok_r(NULL, "|", &save))
		if (!strcmp(alt, have))
			return true;
	return false;
}

/**
 * lg_ctype_matches - is the type one of those the spec accepts?
 * @btf: where @id lives
 * @id: type
 * @alternatives: normalised types joined by '|'
 */
bool lg_ctype_matches(const struct btf *btf, uint32_t id, const char *alternatives)
{
	char *have = lg_ctype_norm(lg_ctype(btf, id, "", NULL));

	return lg_one_of(have, alternatives) || lg_one_of(blank_counts(have), alternatives);
}
