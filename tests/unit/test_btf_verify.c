// SPDX-License-Identifier: GPL-2.0-only
/* The load-time check against good, changed, damaged and hostile BTF. */
#include <check.h>
#include <stdio.h>
#include "btf_blob.h"
#include "btf_verify.h"
#include "test_btf_synth.h"

#define MAX_TAB 24

struct blob {
	struct writer *w;
	void *raw;
	uint32_t len;
};

static struct famfs_btf_view view;
static struct famfs_layout_entry tab[MAX_TAB];
static size_t ntab;
static char why[160];

static struct blob raw_of(struct writer *w)
{
	struct blob b = { .w = w };

	b.raw = w_raw(w, &b.len);
	return b;
}

static void drop(struct blob b)
{
	free(b.raw);
	free(b.w);
}

static struct blob base_of(struct synth s)
{
	return raw_of(synth_base(&s));
}

static void add(const char *module, const char *owner, const char *member, u32 off, u32 bits,
		u32 sig, u8 kind)
{
	ck_assert(ntab < MAX_TAB);
	tab[ntab++] = (struct famfs_layout_entry) {
		module, owner, member, off, bits, sig, kind
	};
}

static u32 type_sig(u32 id)
{
	u32 unknown, sig = famfs_btf_sig_of(&view, id, &unknown);

	ck_assert_uint_eq(unknown, 0);
	return sig;
}

static u32 member_sig(const char *member)
{
	struct famfs_btf_found f;

	ck_assert(famfs_btf_find_member(&view, synth_ids.widget, member, &f));
	return type_sig(f.type);
}

/* The table that a build on the plain kernel would have written. */
static void make_table(void)
{
	struct blob b = base_of((struct synth) { 0 });

	ntab = 0;
	ck_assert_int_eq(famfs_btf_view_init(&view, b.raw, b.len, NULL, 0, why, sizeof(why)), 0);
	add(NULL, "widget", NULL, 0, 64 * 8, 0, FAMFS_LAYOUT_STRUCT);
	add(NULL, "widget", "size", 0, 32, member_sig("size"), FAMFS_LAYOUT_MEMBER);
	add(NULL, "widget", "ready", 66, 1, member_sig("ready"), FAMFS_LAYOUT_MEMBER);
	add(NULL, "widget", "list", 128, 128, member_sig("list"), FAMFS_LAYOUT_MEMBER);
	add(NULL, "widget", "deep", 48 * 8, 64, type_sig(synth_ids.u64_id), FAMFS_LAYOUT_MEMBER);
	add(NULL, "widget", "end", 56 * 8, 64, member_sig("end"), FAMFS_LAYOUT_MEMBER);
	add(NULL, "widget_init", NULL, 0, 0, type_sig(synth_ids.widget_init), FAMFS_LAYOUT_FUNC);
	add(NULL, "color", "BLUE", 0, 0, 1, FAMFS_LAYOUT_ENUMVAL);
	add(NULL, "", "W_BAD", 0, 0, 3, FAMFS_LAYOUT_ENUMVAL);
	drop(b);
}

/* NULL when the kernel is accepted, else the line it is refused with. */
static const char *verdict(struct synth s)
{
	struct blob b = base_of(s);
	int err;

	why[0] = '\0';
	err = famfs_btf_verify(&view, b.raw, b.len, NULL, NULL, 0, tab, ntab, why, sizeof(why));
	drop(b);
	if (err)
		ck_assert_msg(why[0], "refused without a reason");
	return err ? why : NULL;
}

#define REFUSED(line, ...) \
	ck_assert_str_eq(verdict((struct synth) { __VA_ARGS__ }) ?: "accepted", line)
#define ACCEPTED(...) \
	ck_assert_str_eq(verdict((struct synth) { __VA_ARGS__ }) ?: "accepted", "accepted")

START_TEST(good)
{
	ACCEPTED(0);
	/* type ids and string offsets are nobody's business */
	ACCEPTED(.shift = 17);
	ACCEPTED(.shift = FAMFS_BTF_MARKS * 3 + 5);
	/* somebody else's struct of the same name */
	ACCEPTED(.other_widget = true);
	ACCEPTED(.same_widget = true);
	ACCEPTED(.two_widgets = true);
}
END_TEST

START_TEST(changed)
{
	REFUSED("struct widget member 'list' is at bit 192, 128 bits long, not at 128, 128",
		.moved = true);
	REFUSED("struct widget has no member 'list'", .renamed = true);
	REFUSED("struct widget member 'size' is at bit 0, 64 bits long, not at 0, 32",
		.retyped = true);
	REFUSED("struct widget is not in its BTF", .no_widget = true);
	REFUSED("struct widget is 72 bytes long, not 64", .grown = true);
	REFUSED("struct widget member 'ready' is at bit 67, 1 bits long, not at 66, 1",
		.bit_moved = true);
	REFUSED("struct widget member 'end' has another type", .end_two = true);
	REFUSED("function widget_init has another prototype", .func_void = true);
	REFUSED("enumerator BLUE has another value", .color_changed = true);
	REFUSED("enumerator W_BAD has another value", .state_changed = true);
	REFUSED("no unnamed enum has the enumerator W_BAD", .no_state = true);
}
END_TEST

/* Records of a kind that came after this was written. */
START_TEST(unknown_kinds)
{
	ACCEPTED(.stranger = true, .described = true);
	ACCEPTED(.stranger = true, .described = true, .shift = FAMFS_BTF_MARKS * 2);
	/* known by the kernel's layout section, asked for by nobody */
	ACCEPTED(.early_strange = true, .described = true);
	ACCEPTED(.described = true);
	REFUSED("struct widget member 'list' has a type of BTF kind 23, which is unknown here: update famfs",
		.list_strange = true, .described = true);
	REFUSED("the prototype of function widget_init has a type of BTF kind 23, which is unknown here: update famfs",
		.init_strange = true, .described = true);
	/* and other differences are still found */
	REFUSED("struct widget is 72 bytes long, not 64", .grown = true, .stranger = true,
		.described = true);
	REFUSED("the BTF of the kernel has a type of kind 23 (number 8), which is unknown here, and does not tell its size: update famfs",
		.stranger = true);
}
END_TEST

/* The verdict on a blob that is not as a kernel's; @w and @raw are freed. */
static const char *verdict_on(struct writer *w, void *raw, uint32_t len)
{
	void *copy = malloc(len);	/* of exactly its size, for ASan */
	int err;

	memcpy(copy, raw, len);
	err = famfs_btf_verify(&view, copy, len, NULL, NULL, 0, tab, ntab, why, sizeof(why));
	free(copy);
	free(raw);
	free(w);
	return err ? why : "accepted";
}

static struct writer *described(void)
{
	return synth_base(&(struct synth) { .stranger = true, .described = true });
}

static const char *written(struct writer *w)
{
	uint32_t len;
	void *raw = w_raw(w, &len);

	return verdict_on(w, raw, len);
}

START_TEST(layout_section)
{
	static const char damaged[] = "the BTF of the kernel is damaged or in an unknown format";
	static const char no_size[] =
		"the BTF of the kernel has a type of kind 23 (number 8), which is unknown here, and does not tell its size: update famfs";
	static const char cut[] = "the BTF of the kernel is damaged at type number 8";
	static const struct { uint32_t off, len; } bad[] = {
		{ 0, 95 }, { 0, 2 }, { 0, 1 }, { 0, 1 << 20 }, { 0, 0xfffffffc }, { 1, 96 }, { 6, 96 },
		{ 1 << 20, 96 }, { 0xfffffffc, 96 }, { 0xfffffffc, 8 }, { 0x7ffffffc, 0x80000004 },
	};
	struct writer *w;
	uint32_t i, at;

	ck_assert_str_eq(written(described()), "accepted");
	/* of no use: it is too short for the kind, or says nothing that can be */
	w = described();
	w->kinds = NEW_KIND;
	ck_assert_str_eq(written(w), no_size);
	w = described();
	w_describe(w, NEW_KIND, 8, 3);
	ck_assert_str_eq(written(w), no_size);
	w = described();
	w_describe(w, NEW_KIND, 6, 4);
	ck_assert_str_eq(written(w), no_size);
	/* longer than the section of types */
	w = described();
	w_describe(w, NEW_KIND, 252, 252);
	for (at = 0; w->words[at] >> 24 != NEW_KIND; at++)
		;
	w->words[at] |= 0xffffff;
	ck_assert_str_eq(written(w), cut);
	/* a kind of number 0 is none, whatever is said of it */
	w = described();
	w->words[at] &= 0xffffff;
	ck_assert_str_eq(written(w), cut);
	/* not in the blob */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		w = described();
		w->layout_off = bad[i].off;
		w->layout_len = bad[i].len;
		ck_assert_msg(!strcmp(written(w), damaged), "%u bytes at %u: %s", bad[i].len,
			      bad[i].off, why);
	}
	/* a struct's members are longer there than they are here */
	w = described();
	w_describe(w, 4, 0, 16);
	ck_assert_str_eq(written(w),
			 "the BTF of the kernel has types of kind 4 in a form that is unknown here: update famfs");
}
END_TEST

START_TEST(headers)
{
	static const char damaged[] = "the BTF of the kernel is damaged or in an unknown format";
	struct writer *w = described();
	uint32_t len;
	uint8_t *raw;

	/* there is more in it than is known; that it is not zero is somebody else's business */
	w->hdr_len = 48;
	raw = w_raw(w, &len);
	memset(raw + 32, 0x5a, 16);
	ck_assert_str_eq(verdict_on(w, raw, len), "accepted");
	/* it ends within what is known */
	w = synth_base(&(struct synth) { 0 });
	w->hdr_len = 28;
	ck_assert_str_eq(written(w), "accepted");
	w = described();
	w->hdr_len = 28;
	ck_assert_str_eq(written(w),
			 "the BTF of the kernel has a type of kind 23 (number 8), which is unknown here, and does not tell its size: update famfs");
	/* flags change what it means */
	w = synth_base(&(struct synth) { 0 });
	raw = w_raw(w, &len);
	raw[3] = 1;
	ck_assert_str_eq(verdict_on(w, raw, len), damaged);
	/* longer than all, shorter than it can be */
	w = synth_base(&(struct synth) { 0 });
	raw = w_raw(w, &len);
	memcpy(raw + 4, &(uint32_t) { len + 1 }, 4);
	ck_assert_str_eq(verdict_on(w, raw, len), damaged);
	w = synth_base(&(struct synth) { 0 });
	raw = w_raw(w, &len);
	memcpy(raw + 4, &(uint32_t) { 20 }, 4);
	ck_assert_str_eq(verdict_on(w, raw, len), damaged);
}
END_TEST

START_TEST(module_types)
{
	struct blob base = base_of((struct synth) { .shift = 9 });
	struct blob good = raw_of(synth_module(base.w, 32));
	struct blob bad = raw_of(synth_module(base.w, 40));
	u32 sig;

	ck_assert_int_eq(famfs_btf_view_init(&view, base.raw, base.len, good.raw, good.len,
					     why, sizeof(why)), 0);
	sig = type_sig(synth_ids.widget);
	add("mod", "gadget", NULL, 0, 128 * 8, 0, FAMFS_LAYOUT_STRUCT);
	add("mod", "gadget", "w", 32 * 8, 64 * 8, sig, FAMFS_LAYOUT_MEMBER);

	ck_assert_int_eq(famfs_btf_verify(&view, base.raw, base.len, "mod", good.raw, good.len,
					  tab, ntab, why, sizeof(why)), 0);
	ck_assert_int_lt(famfs_btf_verify(&view, base.raw, base.len, "mod", bad.raw, bad.len,
					  tab, ntab, why, sizeof(why)), 0);
	ck_assert_str_eq(why, "struct gadget member 'w' is at bit 320, 512 bits long, not at 256, 512");
	/* a module that is not there */
	ck_assert_int_lt(famfs_btf_verify(&view, base.raw, base.len, NULL, NULL, 0,
					  tab, ntab, why, sizeof(why)), 0);
	ck_assert_str_eq(why, "there is no BTF of module mod");
	drop(good);
	drop(bad);
	drop(base);

	/* a module without a layout section has its kernel's */
	base = base_of((struct synth) { .described = true });
	good = raw_of(synth_module(base.w, 32));
	synth_stranger(good.w, 1);
	free(good.raw);
	good.raw = w_raw(good.w, &good.len);
	ck_assert_int_eq(famfs_btf_verify(&view, base.raw, base.len, "mod", good.raw, good.len,
					  tab, ntab, why, sizeof(why)), 0);
	drop(base);
	base = base_of((struct synth) { 0 });
	ck_assert_int_eq(famfs_btf_verify(&view, base.raw, base.len, "mod", good.raw, good.len,
					  tab, ntab, why, sizeof(why)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "the BTF of the module has a type of kind 23 (number "));
	drop(good);
	drop(base);
}
END_TEST

START_TEST(bad_table)
{
	tab[0].kind = FAMFS_LAYOUT_MEMBER;
	REFUSED("entry 0 of the layout table is out of place", 0);
	tab[0].kind = 9;
	REFUSED("entry 0 of the layout table is out of place", 0);
	tab[0].kind = FAMFS_LAYOUT_FUNC;
	REFUSED("entry 1 of the layout table is out of place", 0);
}
END_TEST

/* Exactly sized copies, so that ASan sees the first byte read too many. */
static int verify_copy(const void *base, size_t len, const void *mod, size_t modlen)
{
	void *b = malloc(len ? len : 1), *m = mod ? malloc(modlen ? modlen : 1) : NULL;
	int err;

	memcpy(b, base, len);
	if (m)
		memcpy(m, mod, modlen);
	err = famfs_btf_verify(&view, b, len, m ? "mod" : NULL, m, modlen, tab, ntab, why,
			       sizeof(why));
	free(b);
	free(m);
	return err;
}

START_TEST(truncated)
{
	struct blob base = base_of((struct synth) { .stranger = true, .described = true });
	size_t len;

	for (len = 0; len < base.len; len++) {
		int err = verify_copy(base.raw, len, NULL, 0);

		ck_assert_msg(err < 0, "a blob cut to %zu of %u bytes was accepted", len,
			      base.len);
	}
	ck_assert_int_eq(verify_copy(base.raw, base.len, NULL, 0), 0);
	drop(base);
}
END_TEST

static uint32_t rnd(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 16;
}

START_TEST(mutated)
{
	struct blob base = base_of((struct synth) {
		.shift = 3, .early_strange = true, .described = true });
	struct blob mod = raw_of(synth_module(base.w, 32));
	static const uint8_t nasty[] = { 0, 1, 0x7f, 0x80, 0xff, 4, 5, 0x84, 13 };
	uint64_t state = 88172645463325252ull;
	unsigned int i, j, ok = 0;

	for (i = 0; i < 20000; i++) {
		bool in_mod = i & 1;
		struct blob *b = in_mod ? &mod : &base;
		uint8_t *copy = malloc(b->len);
		unsigned int n = 1 + rnd(&state) % 4;

		memcpy(copy, b->raw, b->len);
		for (j = 0; j < n; j++) {
			uint8_t v = rnd(&state) & 1 ? nasty[rnd(&state) % sizeof(nasty)] :
				rnd(&state);

			copy[rnd(&state) % b->len] = v;
		}
		ok += !verify_copy(in_mod ? base.raw : copy, base.len, in_mod ? copy : mod.raw,
				   mod.len);
		free(copy);
	}
	/* most changes hit types that the table does not use, or padding */
	ck_assert_uint_gt(ok, 0);
	ck_assert_uint_lt(ok, 20000);
	drop(mod);
	drop(base);
}
END_TEST

START_TEST(random_bytes)
{
	uint64_t state = 0x9e3779b97f4a7c15ull;
	unsigned int i, j;

	for (i = 0; i < 2000; i++) {
		uint8_t buf[512] = { 0x9f, 0xeb, 1, 0, 24 };
		size_t len = 24 + rnd(&state) % (sizeof(buf) - 24);

		for (j = 24; j < len; j++)
			buf[j] = rnd(&state);
		/* sections that lie inside, so that the types are looked at */
		buf[12] = rnd(&state) % (len - 23) & ~3u;
		buf[16] = buf[12];
		buf[20] = 1;
		ck_assert_int_lt(verify_copy(buf, len, NULL, 0), 0);
	}
}
END_TEST

/* struct widget { struct widget; }: unnamed members that never end */
START_TEST(endless)
{
	struct writer *b = w_new(NULL);
	struct blob raw;
	int i, id = 1, loop;

	/* a chain of pointers to itself, as a type of a member */
	w_type(b, NULL, W_PTR, 0, 1);
	w_type(b, "round", W_TYPEDEF, 0, 2);
	id = w_struct(b, "widget", 64);
	for (i = 0; i < 40; i++)
		w_field(b, NULL, id, 0, 0);
	w_field(b, "size", 1, 0, 0);
	loop = w_type(b, NULL, W_PROTO, 0, 0);
	for (i = 0; i < 40; i++)
		w_elem(b, NULL, loop);
	w_type(b, "widget_init", W_FUNC, 1, loop);
	raw = raw_of(b);
	ck_assert_int_lt(verify_copy(raw.raw, raw.len, NULL, 0), 0);
	drop(raw);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_verify");
	TCase *tc = tcase_create("table");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, make_table, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, good);
	tcase_add_test(tc, changed);
	tcase_add_test(tc, unknown_kinds);
	tcase_add_test(tc, layout_section);
	tcase_add_test(tc, headers);
	tcase_add_test(tc, module_types);
	tcase_add_test(tc, bad_table);
	tcase_add_test(tc, truncated);
	tcase_add_test(tc, mutated);
	tcase_add_test(tc, random_bytes);
	tcase_add_test(tc, endless);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
