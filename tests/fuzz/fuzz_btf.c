// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the reader of BTF and that of ELF files.
 *
 * Input: four bytes with the length of the kernel's BTF, that BTF, and the BTF of a module.
 * All of it is an ELF file, too.
 *
 * Invariant: nothing outside of it is read, every walk ends, and a view that was accepted
 * finds each of its types by its id, again with the bytes that its kind asks for.
 */
#include <stdlib.h>
#include "layoutgen.h"

#define CHECK(expr)	do { if (!(expr)) __builtin_trap(); } while (0)
#define MAX_TYPES	300

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const struct famfs_layout_entry tab[] = {
	{ NULL, "widget", NULL, 0, 512, 0, FAMFS_LAYOUT_STRUCT },
	{ NULL, "widget", "size", 0, 32, 0, FAMFS_LAYOUT_MEMBER },
	{ NULL, "widget", "deep", 384, 64, 0, FAMFS_LAYOUT_MEMBER },
	{ NULL, "widget_init", NULL, 0, 0, 0, FAMFS_LAYOUT_FUNC },
	{ NULL, "color", "BLUE", 0, 0, 1, FAMFS_LAYOUT_ENUMVAL },
	{ NULL, "", "W_BAD", 0, 0, 3, FAMFS_LAYOUT_ENUMVAL },
	{ "mod", "gadget", NULL, 0, 1024, 0, FAMFS_LAYOUT_STRUCT },
	{ "mod", "gadget", "w", 256, 512, 0, FAMFS_LAYOUT_MEMBER },
};

/* What is read goes somewhere. */
extern volatile unsigned int sink;
volatile unsigned int sink;

static unsigned int sum(const void *data, size_t n)
{
	const u8 *p = data;
	unsigned int s = 0;

	while (n--)
		s += *p++;
	return s;
}

static void look_at(const struct famfs_btf_view *v, const struct famfs_btf_blob *b)
{
	struct famfs_btf_found f;
	struct famfs_btf_walk w;
	struct tinfo ti, again;
	u32 unknown, n = 0;

	famfs_btf_walk_start(&w, b);
	while (famfs_btf_walk_next(&w, &ti) && n++ < MAX_TYPES) {
		CHECK(famfs_btf_type_at(v, w.id, &again));
		CHECK(again.extra == ti.extra && again.kind == ti.kind);
		sink += sum(ti.extra, b->types + w.next - ti.extra);
		sink += famfs_btf_sig_of(v, w.id, &unknown) + famfs_btf_type_bits(v, w.id);
		CHECK(!unknown || unknown >= K_UNKNOWN);
		sink += sum(famfs_btf_str_at(v, ti.t.name_off), 1);
		if (ti.kind == K_STRUCT || ti.kind == K_UNION)
			famfs_btf_find_member(v, w.id, "deep", &f);
	}
	CHECK(n >= MAX_TYPES || n == b->nr);
}

static void in_elf(const u8 *data, size_t size)
{
	size_t n = 0;
	const char *p = lg_elf_section((const char *)data, size, ".BTF", &n);

	if (p)
		sink += sum(p, n);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct famfs_btf_view v;
	char why[200];
	u8 *base, *mod;
	u32 len;

	in_elf(data, size);
	if (size < sizeof(len))
		return 0;
	memcpy(&len, data, sizeof(len));
	data += sizeof(len);
	size -= sizeof(len);
	if (len > size)
		len = size;
	/* copies of just their size, so that the first byte read too many is seen */
	base = malloc(len ? len : 1);
	mod = malloc(size - len ? size - len : 1);
	memcpy(base, data, len);
	memcpy(mod, data + len, size - len);

	why[0] = '\0';
	if (famfs_btf_view_init(&v, base, len, mod, size - len, why, sizeof(why))) {
		CHECK(why[0]);
	} else {
		look_at(&v, &v.base);
		look_at(&v, &v.mod);
	}
	if (!famfs_btf_view_init(&v, base, len, NULL, 0, why, sizeof(why)))
		look_at(&v, &v.base);
	famfs_btf_verify(&v, base, len, "mod", mod, size - len, tab, ARRAY_SIZE(tab), why,
			 sizeof(why));
	free(base);
	free(mod);
	return 0;
}
