// SPDX-License-Identifier: GPL-2.0-only
/* Reads the text of a manifest.  README.md has the grammar. */
#include "manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "manifest_priv.h"

#define NAME_LEN_MAX	255

#define fail(p, ...)	manifest_fail_at(p, (p)->line, __VA_ARGS__)

/* Cuts "DEV:OFFSET:LEN" up.  @word is spoilt. */
static int parse_extent(struct manifest_parser *p, char *word,
			struct fmap_extent *e)
{
	char *off = strchr(word, ':'), *len = off ? strchr(off + 1, ':') : NULL;
	struct manifest_range *r;
	uint64_t dev, end;

	if (!len)
		return fail(p, "\"%s\": an extent is DEVICE:OFFSET:LENGTH", word);
	*off++ = '\0';
	*len++ = '\0';
	if (manifest_uint(word, 10, UINT16_MAX, &dev))
		return fail(p, "bad device index \"%s\" (0 to 65535)", word);
	if (manifest_size(off, &e->offset))
		return fail(p, "bad offset \"%s\"", off);
	if (manifest_size(len, &e->len))
		return fail(p, "bad length \"%s\"", len);
	e->dev = (uint32_t)dev;
	if (!p->m->allow_invalid) {
		if (!e->len)
			return fail(p, "extent of length 0");
		if (__builtin_add_overflow(e->offset, e->len, &end) ||
		    end > MANIFEST_DEVICE_MAX)
			return fail(p, "extent ends beyond 2^56");
		if (e->offset % MANIFEST_ALIGN || e->len % MANIFEST_ALIGN)
			return fail(p, "extent is not aligned to %d bytes",
				    MANIFEST_ALIGN);
	}

	if (!(p->nranges & (p->nranges - 1))) {
		r = realloc(p->ranges, (p->nranges ? p->nranges * 2 : 1) * sizeof(*r));
		if (!r)
			return fail(p, "out of memory");
		p->ranges = r;
	}
	p->ranges[p->nranges++] = (struct manifest_range) {
		.start = e->offset, .len = e->len,
		.dev = e->dev, .line = p->line,
	};
	return 0;
}

static int add_extent(struct manifest_parser *p, char *word)
{
	struct manifest_node *n = &p->m->nodes[p->file];
	struct fmap_extent *ext;

	if (n->nstripe)
		return fail(p, "a file has either extents or stripes");
	if (!(n->next & (n->next - 1))) {
		ext = realloc(n->ext, (n->next ? n->next * 2 : 1) * sizeof(*ext));
		if (!ext)
			return fail(p, "out of memory");
		n->ext = ext;
	}
	if (parse_extent(p, word, &n->ext[n->next]))
		return -1;
	n->next++;
	return 0;
}

static int parse_strips(struct manifest_parser *p, char *list,
			struct fmap_stripe *s)
{
	struct fmap_extent *strips;
	char *c, *save = NULL;
	size_t n = 1;

	for (c = list; *c; c++)
		n += *c == ',';
	strips = calloc(n, sizeof(*strips));
	if (!strips)
		return fail(p, "out of memory");
	s->strips = strips;
	for (c = strtok_r(list, ",", &save); c; c = strtok_r(NULL, ",", &save))
		if (parse_extent(p, c, &strips[s->nstrips++]))
			return -1;
	return 0;
}

static int parse_stripe(struct manifest_parser *p, char *line,
			struct fmap_stripe *s)
{
	bool have_bytes = false;
	uint64_t v;
	char *word;

	while ((word = manifest_word(p, &line))) {
		if (!strncmp(word, "chunk=", 6)) {
			if (manifest_size(word + 6, &v) || v > UINT32_MAX ||
			    (!p->m->allow_invalid && (!v || v % MANIFEST_ALIGN)))
				return fail(p, "bad chunk size \"%s\" (a multiple of %d below 4G)",
					    word + 6, MANIFEST_ALIGN);
			s->chunk = (uint32_t)v;
		} else if (!strncmp(word, "bytes=", 6)) {
			if (manifest_size(word + 6, &s->nbytes) ||
			    s->nbytes > INT64_MAX)
				return fail(p, "bad number of bytes \"%s\"", word + 6);
			have_bytes = true;
		} else if (!strncmp(word, "strips=", 7)) {
			if (s->strips)
				return fail(p, "strips= twice");
			if (parse_strips(p, word + 7, s))
				return -1;
		} else {
			return fail(p, "stripe does not know \"%s\"", word);
		}
	}
	if (p->err[0])
		return -1;
	if (!s->nstrips)
		return fail(p, "stripe without strips=");
	if (!p->m->allow_invalid && (!s->chunk || !have_bytes || !s->nbytes))
		return fail(p, "stripe without %s", s->chunk ? "bytes=" : "chunk=");
	return 0;
}

static int do_stripe(struct manifest_parser *p, char *line)
{
	struct fmap_stripe s = { 0 }, *all;
	struct manifest_node *n;

	if (p->file == MANIFEST_NONE)
		return fail(p, "stripe without a file before it");
	n = &p->m->nodes[p->file];
	if (n->next)
		return fail(p, "a file has either extents or stripes");
	all = realloc(n->stripe, (n->nstripe + 1) * sizeof(*all));
	if (!all)
		return fail(p, "out of memory");
	n->stripe = all;
	if (parse_stripe(p, line, &s)) {
		free((void *)s.strips);
		return -1;
	}
	n->stripe[n->nstripe++] = s;
	return 0;
}

static int do_extent(struct manifest_parser *p, char *line)
{
	char *word = manifest_word(p, &line);

	if (p->file == MANIFEST_NONE)
		return fail(p, "extent without a file before it");
	if (!word)
		return fail(p, "an extent is DEVICE:OFFSET:LENGTH");
	for (; word; word = manifest_word(p, &line))
		if (add_extent(p, word))
			return -1;
	return p->err[0] ? -1 : 0;
}

static int do_device(struct manifest_parser *p, char *line)
{
	char *index = manifest_word(p, &line), *path = manifest_word(p, &line);
	struct manifest_device *d;
	size_t i = p->m->ndevices;
	uint64_t v;

	if (p->err[0])
		return -1;
	if (!path || manifest_word(p, &line))
		return fail(p, "usage: device INDEX PATH");
	if (manifest_uint(index, 10, UINT16_MAX, &v))
		return fail(p, "bad device index \"%s\" (0 to 65535)", index);
	if (path[0] != '/' || strlen(path) > 255)
		return fail(p, "\"%s\": a device is an absolute path of at most 255 bytes",
			    path);
	if (manifest_device(p->m, v))
		return fail(p, "device %" PRIu64 " is already declared in line %u", v,
			    manifest_device(p->m, v)->line);

	d = realloc(p->m->devices, (i + 1) * sizeof(*d));
	if (!d)
		return fail(p, "out of memory");
	p->m->devices = d;
	path = strdup(path);
	if (!path)
		return fail(p, "out of memory");
	for (; i && d[i - 1].index > v; i--)
		d[i] = d[i - 1];
	d[i] = (struct manifest_device) {
		.index = (uint32_t)v, .path = path, .line = p->line, .same = (uint32_t)v,
	};
	p->m->ndevices++;
	return 0;
}

/* Finds the directory a path is in; *@last is the last part of the path. */
static int parse_path(struct manifest_parser *p, char *path, uint32_t *dir,
		      char **last)
{
	uint32_t node = MANIFEST_ROOT;
	char *slash;

	if (*path == '/')
		path++;
	for (;;) {
		slash = strchr(path, '/');
		if (slash)
			*slash = '\0';
		if (!*path || !strcmp(path, ".") || !strcmp(path, ".."))
			return fail(p, "a path has no empty parts, \".\" or \"..\"");
		if (strlen(path) > NAME_LEN_MAX)
			return fail(p, "name longer than %d bytes", NAME_LEN_MAX);
		if (!slash)
			break;
		node = manifest_find(p->m, node, path);
		if (node == MANIFEST_NONE)
			return fail(p, "there is no directory \"%s\" (declare it first)",
				    path);
		if (!S_ISDIR(p->m->nodes[node].mode))
			return fail(p, "\"%s\" is not a directory", path);
		path = slash + 1;
	}
	*dir = node;
	*last = path;
	return 0;
}

static uint32_t new_node(struct manifest_parser *p, char *path, mode_t mode)
{
	uint32_t dir = MANIFEST_ROOT, node;
	char *name = path;

	if (parse_path(p, path, &dir, &name))
		return MANIFEST_NONE;
	node = manifest_find(p->m, dir, name);
	if (node != MANIFEST_NONE) {
		fail(p, "\"%s\" is already declared in line %u", name,
		     p->m->nodes[node].line);
		return MANIFEST_NONE;
	}
	node = manifest_add(p->m, dir, name, mode, p->line);
	if (node == MANIFEST_NONE)
		fail(p, "out of memory");
	return node;
}

static int set_mode(struct manifest_parser *p, struct manifest_node *n,
		    const char *s)
{
	uint64_t v;

	if (manifest_uint(s, 8, 07777, &v))
		return fail(p, "bad mode \"%s\" (octal, at most 7777)", s);
	n->mode = (n->mode & S_IFMT) | (mode_t)v;
	return 0;
}

static int set_owner(struct manifest_parser *p, const char *s, uint32_t *id)
{
	uint64_t v;

	if (manifest_uint(s, 10, UINT32_MAX - 1, &v))
		return fail(p, "bad owner \"%s\" (a number)", s);
	*id = (uint32_t)v;
	return 0;
}

static int do_dir(struct manifest_parser *p, char *line)
{
	char *path = manifest_word(p, &line), *word;
	struct manifest_node *n;
	uint32_t node = MANIFEST_ROOT;
	int i;

	if (p->err[0])
		return -1;
	if (!path)
		return fail(p, "usage: dir PATH [MODE [UID [GID]]]");
	if (!strcmp(path, "/") || !strcmp(path, ".")) {
		n = &p->m->nodes[MANIFEST_ROOT];
		if (n->line)
			return fail(p, "\"/\" is already declared in line %u", n->line);
		n->line = p->line;
	} else {
		node = new_node(p, path, S_IFDIR | 0755);
		if (node == MANIFEST_NONE)
			return -1;
		n = &p->m->nodes[node];
	}
	for (i = 0; (word = manifest_word(p, &line)); i++) {
		if ((i == 0 && set_mode(p, n, word)) ||
		    (i == 1 && set_owner(p, word, &n->uid)) ||
		    (i == 2 && set_owner(p, word, &n->gid)))
			return -1;
		if (i > 2)
			return fail(p, "usage: dir PATH [MODE [UID [GID]]]");
	}
	return p->err[0] ? -1 : 0;
}

static int set_type(struct manifest_parser *p, struct manifest_node *n,
		    const char *s)
{
	if (!strcmp(s, "regular"))
		n->type = FMAP_FILE_REG;
	else if (!strcmp(s, "superblock"))
		n->type = FMAP_FILE_SUPERBLOCK;
	else if (!strcmp(s, "log"))
		n->type = FMAP_FILE_LOG;
	else
		return fail(p, "bad type \"%s\" (regular, superblock or log)", s);
	return 0;
}

static int do_file(struct manifest_parser *p, char *line)
{
	char *path = manifest_word(p, &line), *word;
	struct manifest_node *n;
	bool sized = false;
	int ret = 0;

	if (p->err[0])
		return -1;
	if (!path)
		return fail(p, "usage: file PATH size=SIZE [KEY=VALUE...]");
	p->file = new_node(p, path, S_IFREG | 0644);
	if (p->file == MANIFEST_NONE)
		return -1;
	n = &p->m->nodes[p->file];
	while (!ret && (word = manifest_word(p, &line))) {
		if (!strncmp(word, "mode=", 5)) {
			ret = set_mode(p, n, word + 5);
		} else if (!strncmp(word, "uid=", 4)) {
			ret = set_owner(p, word + 4, &n->uid);
		} else if (!strncmp(word, "gid=", 4)) {
			ret = set_owner(p, word + 4, &n->gid);
		} else if (!strncmp(word, "type=", 5)) {
			ret = set_type(p, n, word + 5);
		} else if (!strncmp(word, "extent=", 7)) {
			ret = add_extent(p, word + 7);
		} else if (!strncmp(word, "size=", 5)) {
			if (manifest_size(word + 5, &n->size) ||
			    n->size > INT64_MAX)
				return fail(p, "bad size \"%s\"", word + 5);
			sized = true;
		} else if (!strcmp(word, "ro")) {
			n->ro = true;
		} else if (!strcmp(word, "rw")) {
			n->ro = false;
		} else {
			return fail(p, "file does not know \"%s\"", word);
		}
	}
	if (ret || p->err[0])
		return -1;
	if (!sized)
		return fail(p, "file without size=");
	return 0;
}

/* What clients change later is compared with this when the manifest is read again. */
static void note_said(struct manifest *m)
{
	struct manifest_node *n;

	for (n = m->nodes; n < m->nodes + m->nnodes; n++) {
		n->said_mode = n->mode;
		n->said_uid = n->uid;
		n->said_gid = n->gid;
	}
}

/* The map of a file is complete when something else begins. */
static int end_file(struct manifest_parser *p)
{
	uint32_t file = p->file;

	p->file = MANIFEST_NONE;
	return file == MANIFEST_NONE ? 0 : manifest_check_file(p, file);
}

static int parse_line(struct manifest_parser *p, char *line)
{
	char *word = manifest_word(p, &line);

	if (!word)
		return p->err[0] ? -1 : 0;
	if (!strcmp(word, "extent"))
		return do_extent(p, line);
	if (!strcmp(word, "stripe"))
		return do_stripe(p, line);
	if (end_file(p))
		return -1;
	if (!strcmp(word, "device"))
		return do_device(p, line);
	if (!strcmp(word, "dir"))
		return do_dir(p, line);
	if (!strcmp(word, "file"))
		return do_file(p, line);
	if (!strcmp(word, "allow-overlap"))
		p->m->allow_overlap = true;
	else if (!strcmp(word, "allow-invalid"))
		p->m->allow_invalid = true;
	else
		return fail(p, "unknown word \"%s\"", word);
	return manifest_word(p, &line) ? fail(p, "nothing may follow here") : 0;
}

static int parse(struct manifest_parser *p, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = 0;

	if (manifest_add(p->m, MANIFEST_ROOT, "", S_IFDIR | 0755, 0) != MANIFEST_ROOT)
		return fail(p, "out of memory");
	while (!ret && (len = getline(&line, &room, f)) >= 0) {
		p->line++;
		if (memchr(line, '\0', (size_t)len))
			ret = fail(p, "not a text file");
		else
			ret = parse_line(p, line);
	}
	if (!ret && ferror(f))
		ret = fail(p, "%s", strerror(errno));
	free(line);
	if (!ret)
		ret = end_file(p);
	note_said(p->m);
	return ret ? ret : manifest_check_all(p);
}

struct manifest *manifest_read(FILE *f, const char *name, char *err,
			       size_t errlen)
{
	struct manifest_parser p = {
		.name = name,
		.file = MANIFEST_NONE,
		.err = err,
		.errlen = errlen,
	};

	err[0] = '\0';
	p.m = calloc(1, sizeof(*p.m));
	if (!p.m) {
		fail(&p, "out of memory");
		return NULL;
	}
	if (parse(&p, f)) {
		manifest_free(p.m);
		p.m = NULL;
	}
	free(p.ranges);
	return p.m;
}

struct manifest *manifest_load(const char *path, char *err, size_t errlen)
{
	struct manifest *m;
	FILE *f = fopen(path, "re");

	if (!f) {
		snprintf(err, errlen, "%s: %s", path, strerror(errno));
		return NULL;
	}
	m = manifest_read(f, path, err, errlen);
	fclose(f);
	return m;
}
