// SPDX-License-Identifier: GPL-2.0-only
/* Reads a layout spec; README.md says what may stand in one. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

struct parser {
	struct lg_spec *spec;
	struct lg_item *item;
	int line;
};

__attribute__((noreturn))
static void bad(const struct parser *p, const char *what, const char *word)
{
	lg_die("%s:%d: %s%s%s%s", p->spec->path, p->line, what,
	       word ? " '" : "", word ? word : "", word ? "'" : "");
}

/* Next blank-separated word, or the text between two double quotes. */
static char *next_word(struct parser *p, char **s)
{
	char *start;

	while (isspace((unsigned char)**s))
		(*s)++;
	if (!**s)
		return NULL;
	if (**s == '"') {
		start = ++*s;
		*s = strchr(start, '"');
		if (!*s)
			bad(p, "quote is not closed", NULL);
	} else {
		start = *s;
		while (**s && !isspace((unsigned char)**s))
			(*s)++;
	}
	if (**s)
		*(*s)++ = '\0';
	return start;
}

static char *need_word(struct parser *p, char **s, const char *what)
{
	char *w = next_word(p, s);

	if (!w)
		bad(p, "missing", what);
	return w;
}

static char *ident(struct parser *p, char *w)
{
	const char *c = w;

	if (!isalpha((unsigned char)*c) && *c != '_')
		bad(p, "not a name:", w);
	for (; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			bad(p, "not a name:", w);
	return lg_strdup(w);
}

static void end_of_line(struct parser *p, char **s)
{
	char *w = next_word(p, s);

	if (w)
		bad(p, "unexpected", w);
}

static void parse_item(struct parser *p, enum lg_kind kind, char *rest)
{
	struct lg_spec *s = p->spec;
	struct lg_item *it;
	char *w;
	size_t i;

	s->items = lg_grow(s->items, s->nitems, sizeof(*s->items));
	it = &s->items[s->nitems];
	memset(it, 0, sizeof(*it));
	it->kind = kind;
	it->line = p->line;
	it->spec = s;
	it->name = ident(p, need_word(p, &rest, "name"));
	for (i = 0; i < s->nitems; i++)
		if (s->items[i].kind == kind && !strcmp(s->items[i].name, it->name))
			bad(p, "given twice:", it->name);
	while ((w = next_word(p, &rest))) {
		if (!strcmp(w, "optional"))
			it->optional = true;
		else if (!strcmp(w, "facts-only") && (kind == LG_STRUCT || kind == LG_CONST))
			it->facts_only = true;
		else if (!strcmp(w, "public") && kind == LG_STRUCT)
			it->public = true;
		else
			bad(p, "unexpected", w);
	}
	if (it->public && it->facts_only)
		bad(p, "public and facts-only at once:", it->name);
	s->nitems++;
	p->item = it;
}

/* TYPE [| TYPE]..., each with @suffix behind it: normalised, NULL for none */
static char *types_of(char *text, const char *suffix)
{
	char *out = NULL, *alt, *save = NULL;

	for (alt = strtok_r(text, "|", &save); alt; alt = strtok_r(NULL, "|", &save)) {
		char *norm = lg_ctype_norm(lg_printf("%s%s", alt, suffix));

		if (!*norm)
			continue;
		out = out ? lg_printf("%s|%s", out, norm) : norm;
	}
	return out;
}

/* TYPE [| TYPE]... NAME; stars and brackets written at the name are the type's */
static void parse_member(struct parser *p, bool needed, char *rest)
{
	struct lg_item *it = p->item;
	struct lg_member *m;
	char *name, *suffix;
	size_t n;

	n = strlen(rest);
	while (n && isspace((unsigned char)rest[n - 1]))
		rest[--n] = '\0';
	name = rest + n;
	while (name > rest && (isalnum((unsigned char)name[-1]) || name[-1] == '_' ||
			       name[-1] == '[' || name[-1] == ']'))
		name--;
	if (name > rest && !isspace((unsigned char)name[-1]) && !strchr("*)|", name[-1]))
		bad(p, "not a name:", name - 1);
	suffix = strchr(name, '[');
	suffix = lg_strdup(suffix ? suffix : "");
	name[strcspn(name, "[")] = '\0';

	it->members = lg_grow(it->members, it->nmembers, sizeof(*it->members));
	m = &it->members[it->nmembers++];
	memset(m, 0, sizeof(*m));
	m->needed = needed;
	m->line = p->line;
	m->name = ident(p, name);
	for (n = 0; n + 1 < it->nmembers; n++)
		if (!strcmp(it->members[n].name, m->name))
			bad(p, "given twice:", m->name);
	m->types = types_of(lg_printf("%.*s", (int)(name - rest), rest), suffix);
}

static void parse_fact(struct parser *p, char *rest)
{
	struct lg_item *it = p->item;
	struct lg_fact *f;
	char *w;

	it->facts = lg_grow(it->facts, it->nfacts, sizeof(*it->facts));
	f = &it->facts[it->nfacts++];
	memset(f, 0, sizeof(*f));
	f->line = p->line;
	f->name = ident(p, need_word(p, &rest, "fact name"));
	w = need_word(p, &rest, "what the fact asks");
	if (it->kind == LG_ENUM) {
		if (strcmp(w, "enumerator"))
			bad(p, "an enum knows only 'enumerator', not", w);
		f->how = LG_ENUMERATOR;
		f->member = ident(p, need_word(p, &rest, "enumerator"));
		return end_of_line(p, &rest);
	}
	if (it->kind == LG_STRUCT) {
		if (!strcmp(w, "has_member") || !strcmp(w, "no_member_like")) {
			f->how = w[0] == 'h' ? LG_HAS_MEMBER : LG_NO_MEMBER_LIKE;
			f->member = ident(p, need_word(p, &rest, "member"));
			return end_of_line(p, &rest);
		}
		if (strcmp(w, "member"))
			bad(p, "expected 'member', 'has_member' or 'no_member_like', not", w);
		f->member = ident(p, need_word(p, &rest, "member"));
		w = need_word(p, &rest, "type, ret, param or nparams");
	}
	if (!strcmp(w, "nparams") || !strcmp(w, "param")) {
		char *num = need_word(p, &rest, "number"), *end;

		f->how = w[0] == 'n' ? LG_NPARAMS : LG_PARAM;
		f->n = strtoul(num, &end, 10);
		if (*end || f->n > 64)
			bad(p, "not a number:", num);
	} else if (!strcmp(w, "ret")) {
		f->how = LG_RET;
	} else if (!strcmp(w, "type") && it->kind == LG_STRUCT) {
		f->how = LG_TYPE;
	} else {
		bad(p, "unexpected", w);
	}
	if (f->how != LG_NPARAMS) {
		while (isspace((unsigned char)*rest))
			rest++;
		/* quotes around the type are for the reader */
		if (*rest == '"')
			rest = next_word(p, &rest);
		f->type = lg_ctype_norm(rest);
		if (!*f->type)
			bad(p, "missing", "type");
		return;
	}
	end_of_line(p, &rest);
}

static void parse_oneof(struct parser *p, char *rest)
{
	struct lg_spec *s = p->spec;
	struct lg_oneof *o;
	char *w;

	s->oneofs = lg_grow(s->oneofs, s->noneofs, sizeof(*s->oneofs));
	o = &s->oneofs[s->noneofs++];
	memset(o, 0, sizeof(*o));
	o->line = p->line;
	while ((w = next_word(p, &rest))) {
		if (o->n == ARRAY_SIZE(o->names))
			bad(p, "too many alternatives at", w);
		o->names[o->n++] = ident(p, w);
	}
	if (o->n < 2)
		bad(p, "one-of needs at least two names", NULL);
}

static void parse_line(struct parser *p, char *line)
{
	struct lg_spec *s = p->spec;
	char *w = next_word(p, &line);

	if (!w)
		return;
	if (!strcmp(w, "struct"))
		return parse_item(p, LG_STRUCT, line);
	if (!strcmp(w, "func"))
		return parse_item(p, LG_FUNC, line);
	if (!strcmp(w, "enum"))
		return parse_item(p, LG_ENUM, line);
	if (!strcmp(w, "enumerator"))
		return parse_item(p, LG_CONST, line);
	if (!strcmp(w, "one-of"))
		return parse_oneof(p, line);
	if (!strcmp(w, "table")) {
		s->table = ident(p, need_word(p, &line, "name"));
		return end_of_line(p, &line);
	}
	if (!strcmp(w, "include")) {
		s->includes = lg_grow(s->includes, s->nincludes, sizeof(*s->includes));
		s->includes[s->nincludes++] = lg_strdup(need_word(p, &line, "header"));
		return end_of_line(p, &line);
	}
	if (!strcmp(w, "module")) {
		while ((w = next_word(p, &line))) {
			if (s->nmodules == LG_MAX_MODS)
				bad(p, "too many modules at", w);
			s->modules[s->nmodules++] = ident(p, w);
		}
		return;
	}
	if (!p->item)
		bad(p, "stands outside of struct, func and enum:", w);
	if (!strcmp(w, "fact") && p->item->kind != LG_CONST)
		return parse_fact(p, line);
	if (p->item->kind == LG_STRUCT && (!strcmp(w, "need") || !strcmp(w, "want")))
		return parse_member(p, *w == 'n', line);
	if (p->item->kind == LG_FUNC && (!strcmp(w, "need") || !strcmp(w, "want"))) {
		if (p->item->types)
			bad(p, "given twice:", w);
		p->item->wanted = *w == 'w';
		if (p->item->wanted && !p->item->optional)
			bad(p, "only an optional function can have", w);
		p->item->types = types_of(line, "");
		if (!p->item->types)
			bad(p, "missing", "type");
		return;
	}
	if (p->item->kind == LG_FUNC && !strcmp(w, "proto"))
		p->item->proto = true;
	else if (p->item->kind == LG_ENUM && !strcmp(w, "define"))
		p->item->define = true;
	else
		bad(p, "unknown directive", w);
	end_of_line(p, &line);
}

/**
 * lg_spec_parse - read one spec file
 * @path: file name, also used in messages
 *
 * Context: exits with one line (file, line number, reason) on any mistake.
 * Return: the spec, alive until exit.
 */
struct lg_spec *lg_spec_parse(const char *path)
{
	struct lg_spec *s = lg_alloc(sizeof(*s));
	struct parser p = { .spec = s };
	char *text = lg_read_file(path, NULL);
	const char *base = strrchr(path, '/');

	s->path = path;
	if (!text)
		lg_die("cannot read spec %s", path);
	base = base ? base + 1 : path;
	s->table = lg_printf("%.*s", (int)strcspn(base, "."), base);
	while (text) {
		char *eol = strchr(text, '\n');

		if (eol)
			*eol = '\0';
		p.line++;
		text[strcspn(text, "#")] = '\0';
		parse_line(&p, text);
		text = eol ? eol + 1 : NULL;
	}
	return s;
}
