/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the layout generator share. */
#ifndef LAYOUTGEN_H
#define LAYOUTGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "btf_blob.h"
#include "btf_verify.h"

#define LG_MAX_MODS	16
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* util.c ------------------------------------------------------------- */
extern const char *lg_release;	/* kernel named in front of every message */

void lg_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *lg_alloc(size_t n);
void *lg_grow(void *arr, size_t count, size_t size);
char *lg_strdup(const char *s);
char *lg_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *lg_upper(const char *s);
char *lg_read_file(const char *path, size_t *len);
const char *lg_map_file(const char *path, size_t *len);
bool lg_exists(const char *path);
void lg_write_if_changed(const char *path, const char *text, size_t len);

/* spec.c ------------------------------------------------------------- */
enum lg_kind { LG_STRUCT, LG_FUNC, LG_ENUM, LG_CONST };
enum lg_how {
	LG_HAS_MEMBER, LG_NO_MEMBER_LIKE, LG_TYPE, LG_NPARAMS, LG_PARAM, LG_RET, LG_ENUMERATOR,
};

struct lg_member {
	char *name;
	char *types;		/* normalised alternatives joined by '|', or NULL */
	bool needed;
	int line;
	/* filled in by resolve.c */
	bool present;
	bool bitfield;
	bool unaligned;
	uint32_t bit_off, bit_size, type_id;
};

struct lg_fact {
	char *name;
	enum lg_how how;
	char *member;		/* member or enumerator, NULL for a func */
	unsigned int n;
	char *type;		/* normalised */
	int line;
	bool value;
};

struct lg_item {
	enum lg_kind kind;
	char *name;
	bool optional, facts_only, public, proto, define;
	char *types;		/* of a func, like those of a member */
	bool wanted;		/* ... with another prototype it is not this func */
	int line;
	struct lg_member *members;
	size_t nmembers;
	struct lg_fact *facts;
	size_t nfacts;
	struct lg_spec *spec;
	/* filled in by resolve.c */
	bool present;
	struct famfs_btf_view *btf;
	const char *module;	/* whose split BTF has it, or NULL */
	uint32_t id;
	uint32_t size;
	uint32_t align;
	uint32_t value;		/* of an enumerator, its low 32 bits */
	bool emitted;
};

struct lg_oneof {
	char *names[8];
	size_t n;
	int line;
};

struct lg_spec {
	const char *path;
	char *table;
	char *modules[LG_MAX_MODS];
	size_t nmodules;
	char **includes;
	size_t nincludes;
	struct lg_item *items;
	size_t nitems;
	struct lg_oneof *oneofs;
	size_t noneofs;
};

struct lg_spec *lg_spec_parse(const char *path);

/* elf.c -------------------------------------------------------------- */
const char *lg_elf_section(const char *buf, size_t len, const char *name, size_t *size);

/* kimage.c ----------------------------------------------------------- */
const char *lg_btf_in_file(const char *path, size_t *len, const char **why);

/* btf_source.c ------------------------------------------------------- */
struct lg_module {
	char *name;
	char *file;		/* --btf-mod */
	bool tried;
	struct famfs_btf_view *btf;
	char *why;		/* there is the module, but not its BTF: what is wrong */
};

struct lg_kernel {
	const char *kdir;
	const char *release;
	const char *root;	/* what stands in front of /usr, /lib and /boot */
	const char *base_file;	/* --btf */
	struct lg_module mods[LG_MAX_MODS];
	size_t nmods;
	const char *raw;	/* the kernel's BTF, and its bytes */
	size_t rawlen;
	struct famfs_btf_view *base;
	char *origin;
	char *why;		/* what was wrong with the first file that was no use */
};

char *lg_kdir_release(const char *kdir);
void lg_kernel_load(struct lg_kernel *k);
struct lg_module *lg_kernel_module(struct lg_kernel *k, const char *name);

/* ctype.c ------------------------------------------------------------ */
typedef void (*lg_tag_fn)(const char *keyword, const char *tag);
char *lg_ctype(const struct famfs_btf_view *btf, uint32_t id, const char *name, lg_tag_fn fn);
char *lg_ctype_norm(const char *text);
char *lg_ctype_proto(const struct famfs_btf_view *btf, const struct tinfo *proto);
bool lg_one_of(const char *have, const char *alternatives);
bool lg_ctype_matches(const struct famfs_btf_view *btf, uint32_t id, const char *alternatives);
uint32_t lg_strip(const struct famfs_btf_view *btf, uint32_t id);
bool lg_func_proto(const struct famfs_btf_view *btf, uint32_t id, struct tinfo *proto);

/* align.c ------------------------------------------------------------ */
uint32_t lg_alignof(const struct famfs_btf_view *btf, uint32_t id);

/* resolve.c ---------------------------------------------------------- */
void lg_resolve(struct lg_kernel *k, struct lg_spec *s);

/* emit.c, emit_table.c ----------------------------------------------- */
void lg_emit_header(FILE *f, const struct lg_kernel *k, struct lg_spec **specs, size_t n);
void lg_emit_table(FILE *f, const struct lg_kernel *k, struct lg_spec **specs, size_t n);

#endif /* LAYOUTGEN_H */
