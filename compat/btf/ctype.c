// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF types as C text: the few declarations that are needed here, each as its owner
 * wrote it.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

#define MAX_DEPTH 24
#define MAX_STEPS (1 << 16)

/* One declaration: where its types live, who is told of tags, and how many steps are left. */
struct render {
	const struct famfs_btf_view *btf;
	lg_tag_fn fn;
	int steps;
};

static char *render(struct render *r, uint32_t id, const char *inner, int depth);

static char *join(const char *type, const char *inner)
{
	return *inner ? lg_printf("%s%s%s", type, *inner == '[' ? "" : " ", inner) :
		lg_strdup(type);
}

/**
 * lg_strip - follow typedefs, qualifiers and type tags
 * @btf: where @id lives
 * @id: type
 *
 * Return: id of the first type that is something else.
 */
uint32_t lg_strip(const struct famfs_btf_view *btf, uint32_t id)
{
	struct tinfo t;
	int i;

	for (i = 0; i < 64 && famfs_btf_type_at(btf, id, &t); i++) {
		if (t.kind != K_CONST && t.kind != K_VOLATILE && t.kind != K_RESTRICT &&
		    t.kind != K_TYPEDEF && t.kind != K_TYPE_TAG)
			break;
		id = t.t.size;
	}
	return id;
}

/**
 * lg_func_proto - the prototype behind a function or a pointer to one
 * @btf: where @id lives
 * @id: type
 * @proto: receives the prototype
 *
 * Return: false if it is neither.
 */
bool lg_func_proto(const struct famfs_btf_view *btf, uint32_t id, struct tinfo *proto)
{
	if (!famfs_btf_type_at(btf, lg_strip(btf, id), proto))
		return false;
	if ((proto->kind == K_FUNC || proto->kind == K_PTR) &&
	    !famfs_btf_type_at(btf, lg_strip(btf, proto->t.size), proto))
		return false;
	return proto->kind == K_FUNC_PROTO;
}

static char *params(struct render *r, const struct tinfo *t, int depth)
{
	struct raw_param p;
	char *s = NULL;
	uint32_t i;

	for (i = 0; i < t->vlen; i++) {
		char *one;

		famfs_btf_param_at(t, i, &p);
		if (!p.type)		/* clang's (void), or "..." at the end */
			one = lg_strdup(t->vlen == 1 ? "void" : "...");
		else
			one = render(r, p.type, famfs_btf_str_at(r->btf, p.name_off), depth);
		s = s ? lg_printf("%s, %s", s, one) : one;
	}
	return s ? s : lg_strdup("void");
}

/* An unnamed struct or union has to be written out. */
static char *anonymous(struct render *r, const struct tinfo *t, int depth)
{
	char *s = lg_strdup(t->kind == K_UNION ? "union {" : "struct {");
	uint32_t i;

	for (i = 0; i < t->vlen; i++) {
		struct raw_member m;
		uint32_t off, bits;
		char *one;

		famfs_btf_member_at(t, i, &m, &off, &bits);
		one = render(r, m.type, famfs_btf_str_at(r->btf, m.name_off), depth);
		s = bits ? lg_printf("%s %s : %u;", s, one, bits) :
			lg_printf("%s %s;", s, one);
	}
	return lg_printf("%s }", s);
}

static char *named(struct render *r, const char *kw, const char *name, const char *inner)
{
	if (r->fn)
		r->fn(kw, name);
	return join(lg_printf("%s %s", kw, name), inner);
}

/* Of an enum without a name: the type that it is stored as. */
static const char *enum_type(uint32_t size)
{
	return size == 8 ? "long long" : size == 1 ? "unsigned char" :
		size == 2 ? "unsigned short" : "unsigned int";
}

/* What a pointer points to, its tags left out. */
static bool pointed_to(struct render *r, uint32_t id, struct tinfo *to)
{
	int tags;

	for (tags = 0; famfs_btf_type_at(r->btf, id, to); tags++) {
		if (to->kind != K_TYPE_TAG)
			return true;
		if (tags > MAX_DEPTH)
			lg_die("type %u: its tags have no end", id);
		id = to->t.size;
	}
	return false;
}

static char *render(struct render *r, uint32_t id, const char *inner, int depth)
{
	const char *name, *qual = "";
	struct raw_array a;
	struct tinfo t, to;

	if (++depth > MAX_DEPTH || --r->steps < 0)
		lg_die("type %u of the BTF nests too deeply", id);
	if (!id)
		return join("void", inner);
	if (!famfs_btf_type_at(r->btf, id, &t))
		lg_die("the BTF is damaged: no type %u", id);
	name = famfs_btf_str_at(r->btf, t.t.name_off);

	switch (t.kind) {
	case K_INT:
	case K_FLOAT:
	case K_TYPEDEF:
		return join(name, inner);
	case K_STRUCT:
	case K_UNION:
		if (!*name)
			return join(anonymous(r, &t, depth), inner);
		return named(r, t.kind == K_UNION ? "union" : "struct", name, inner);
	case K_FWD:
		return named(r, t.kflag ? "union" : "struct", name, inner);
	case K_ENUM:
	case K_ENUM64:
		return join(*name ? lg_printf("enum %s", name) : enum_type(t.t.size), inner);
	case K_TYPE_TAG:
	case K_RESTRICT:
	case K_FUNC:
		return render(r, t.t.size, inner, depth);
	case K_CONST:
		qual = "const";
		break;
	case K_VOLATILE:
		qual = "volatile";
		break;
	case K_PTR:
		inner = lg_printf("*%s", inner);
		if (pointed_to(r, t.t.size, &to) &&
		    (to.kind == K_ARRAY || to.kind == K_FUNC_PROTO))
			inner = lg_printf("(%s)", inner);
		return render(r, t.t.size, inner, depth);
	case K_ARRAY:
		famfs_btf_array_of(&t, &a);
		return render(r, a.type, lg_printf("%s[%u]", inner, a.nelems), depth);
	case K_FUNC_PROTO:
		return render(r, t.t.size, lg_printf("%s(%s)", inner, params(r, &t, depth)),
			      depth);
	default:
		lg_die("type %u has BTF kind %u where a C type was expected", id, t.kind);
	}

	/* a qualified pointer wears its qualifier behind the star */
	if (famfs_btf_type_at(r->btf, t.t.size, &to) && to.kind == K_PTR)
		return render(r, t.t.size, lg_printf(*inner ? "%s %s" : "%s%s", qual, inner),
			      depth);
	return lg_printf("%s %s", qual, render(r, t.t.size, inner, depth));
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
char *lg_ctype(const struct famfs_btf_view *btf, uint32_t id, const char *name, lg_tag_fn fn)
{
	struct render r = { .btf = btf, .fn = fn, .steps = MAX_STEPS };

	return render(&r, id, name, 0);
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
 *
 * Return: that spelling, allocated, never NULL.
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
		if (!n) {
			text++;
			out = lg_printf("%s%c", out, *start);
		} else {
			out = lg_printf("%s%s%.*s", out, was_word ? " " : "", (int)n, start);
		}
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
char *lg_ctype_proto(const struct famfs_btf_view *btf, const struct tinfo *proto)
{
	struct raw_param p;
	char *s = NULL;
	uint32_t i;

	for (i = 0; i < proto->vlen; i++) {
		char *one;

		famfs_btf_param_at(proto, i, &p);
		one = p.type ? lg_ctype(btf, p.type, "", NULL) :
			lg_strdup(proto->vlen == 1 ? "void" : "...");
		s = s ? lg_printf("%s, %s", s, one) : one;
	}
	return lg_ctype_norm(lg_printf("%s (%s)", lg_ctype(btf, proto->t.size, "", NULL),
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
 *
 * Return: true if it is.
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
 *
 * Return: true if it is.
 */
bool lg_ctype_matches(const struct famfs_btf_view *btf, uint32_t id, const char *alternatives)
{
	char *have = lg_ctype_norm(lg_ctype(btf, id, "", NULL));

	return lg_one_of(have, alternatives) || lg_one_of(blank_counts(have), alternatives);
}
