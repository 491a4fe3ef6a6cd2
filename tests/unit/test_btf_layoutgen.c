// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout generator as a program: made-up BTF and a spec in, headers or one
 * line of refusal out. What it writes is compiled and run.
 */
#define _GNU_SOURCE
#include "test_btf_program.h"

static void put_shims(void)
{
	static const char *const empty[] = { "build_bug.h", "stddef.h", "types.h" };
	char name[64];
	size_t i;

	sh("mkdir -p %s/linux %s/btf", dir, dir);
	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		snprintf(name, sizeof(name), "linux/%s", empty[i]);
		put(name, "", 0);
	}
}

/* The struct as its owner wrote it, and as the generated header shows it. */
static const char *const program =
	"#include <assert.h>\n"
	"#include <stdbool.h>\n"
	"#include <stddef.h>\n"
	"#include <stdint.h>\n"
	"#include <stdio.h>\n"
	"#include <string.h>\n"
	"typedef unsigned long u64;\n"
	"#include \"out/l.h\"\n"
	"struct chain { struct chain *next, *prev; };\n"
	"struct real {\n"
	"	unsigned int size;\n"
	"	unsigned int : 32;\n"
	"	bool early : 1, : 1, ready : 1;\n"
	"	unsigned char : 8;\n"
	"	unsigned short : 16;\n"
	"	unsigned int wide : 12;\n"
	"#ifdef MOVED\n"
	"	char gap[8];\n"
	"#endif\n"
	"	struct chain list;\n"
	"#ifndef MOVED\n"
	"	char gap[8];\n"
	"#endif\n"
	"	union { unsigned int shallow; struct { u64 x, deep; }; };\n"
	"	void (*end)(void);\n"
	"};\n"
	"static_assert(sizeof(struct real) == sizeof(struct widget), \"size\");\n"
	"int main(void)\n"
	"{\n"
	"	union { struct real r; struct widget w; unsigned char b[64]; } u;\n"
	"	int i;\n"
	"	for (i = 0; i < 256; i += 255) {\n"
	"		memset(&u, i, sizeof(u));\n"
	"		u.w.size = 0x12345678; assert(u.r.size == 0x12345678);\n"
	"		u.w.deep = 77; assert(u.r.deep == 77);\n"
	"		u.w.list.next = (void *)&u; assert(u.r.list.next == (void *)&u);\n"
	"		u.w.ready = !i; assert(u.r.ready == !i);\n"
	"		assert(u.r.early == !!i && u.b[8] == (i ? 0xfb : 4));\n"
	"		u.w.wide = 0xabc; assert(u.r.wide == 0xabc);\n"
	"		u.r.wide = 0x123; assert(u.w.wide == 0x123);\n"
	"		assert((u.b[13] & 0xf0) == (i & 0xf0) && u.b[14] == i);\n"
	"	}\n"
	"	return RED + BLUE == 1 && W_BAD == 3 && W_NEW == 0 ? 0 : 2;\n"
	"}\n";

/* What is generated is right: the owner of the struct sees what we store. */
static void run_program(const char *flags)
{
	put_shims();
	put("prog.c", program, strlen(program));
	ck_assert_msg(!sh("cc -std=gnu11 -Wall -Wextra -Werror %s -I%s -o %s/prog %s/prog.c", flags,
			  dir, dir, dir), "%s", output);
	ck_assert_msg(!sh("%s/prog", dir), "%s", output);
}

START_TEST(header)
{
	static const char *const yes[] = {
		"#define HAVE_WIDGET_WIDE 1", "#define END_THREE 1", "#define END_LONG 1",
		"#define HAS_SHALLOW 1", "#define INIT_COUNTS 1", "#define HAVE_BLUE 1",
		"#define HAVE_ENUMERATOR_W_NEW 1",
		"extern unsigned int widget_init(struct widget *w, u64 n);",
		"extern void widget_exit(void);",
		"#define FAMFS_LAYOUT_RELEASE \"9.9-test\"",
	};
	static const char *const no[] = {
		"GONE", "HAVE_ENUMERATOR_W_BAD", "END_TWO", "HAS_NOTHING", "INIT_VOID", "GREEN", "ABSENT", "HAVE_WIDGET_SIZE",
	};
	size_t i;

	ck_assert_msg(!generate((struct synth) { 0 }, plain_spec, ""), "%s", output);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(in_file("out/l.h", yes[i]), "missing: %s", yes[i]);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!in_file("out/l.h", no[i]), "unexpected: %s", no[i]);
	ck_assert(in_file("out/l_table.h", "famfs_layout_test[]"));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"ready\", 66, 1, "));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"\", \"W_BAD\", 0, 0, 0x00000003, "));

	run_program("");

	/* sparse is shown the structs, but not what it would get wrong */
	sh("cc -E -I%s %s/out/l.h | grep -c static_assert", dir, dir);
	ck_assert_str_ne(output, "0\n");
	sh("cc -E -D__CHECKER__ -I%s %s/out/l.h | grep -c -e static_assert -e error", dir, dir);
	ck_assert_str_eq(output, "0\n");
}
END_TEST

START_TEST(unchanged_is_not_written)
{
	generate((struct synth) { 0 }, plain_spec, "");
	sh("touch -d 2001-01-01 %s/out/l.h %s/out/l_table.h", dir, dir);
	generate((struct synth) { 0 }, plain_spec, "");
	sh("find %s/out -newermt 2002-01-01 -name '*.h'", dir);
	ck_assert_str_eq(output, "");
	generate((struct synth) { .grown = true }, plain_spec, "");
	sh("find %s/out -newermt 2002-01-01 -name '*.h' | wc -l", dir);
	ck_assert_str_eq(output, "2\n");
}
END_TEST

START_TEST(adapts)
{
	ck_assert_msg(!generate((struct synth) { .moved = true, .grown = true, .shift = 50 },
				plain_spec, ""), "%s", output);
	ck_assert(in_file("out/l.h", "offsetof(struct widget, list) == 24"));
	ck_assert(in_file("out/l.h", "sizeof(struct widget) == 72"));
	ck_assert_msg(!generate((struct synth) { .func_void = true }, plain_spec, ""), "%s",
		      output);
	ck_assert(in_file("out/l.h", "extern void widget_init(struct widget *w, u64 n);"));
	/* a driver's own struct widget, and one definition held twice */
	ck_assert_msg(!generate((struct synth) { .other_widget = true }, plain_spec, ""), "%s",
		      output);
	ck_assert_msg(!generate((struct synth) { .same_widget = true }, plain_spec, ""), "%s",
		      output);
}
END_TEST

START_TEST(refuses)
{
	const struct synth plain = { 0 };

	REFUSED(((struct synth) { .renamed = true }), plain_spec,
		"struct widget has no member 'list'");
	REFUSED(((struct synth) { .retyped = true }), plain_spec,
		"struct widget member 'size' is 'struct owner *', expected 'unsigned int'");
	REFUSED(((struct synth) { .two_widgets = true }), plain_spec,
		"struct widget is ambiguous: the BTF holds different definitions");
	ck_assert_int_eq(generate(plain, "func widget_stop\n", ""), 1);
	ck_assert_ptr_nonnull(strstr(output, "function widget_stop is not in the BTF ("));
}
END_TEST

/*
 * The changes that a kernel nobody has seen yet may bring. Each is followed where the
 * spec has foreseen it, and refused in one line that names it where it has not.
 */
START_TEST(renamed_member)
{
	static const char *const two_names =
		"struct widget\n\twant list\n\twant chain\n"
		"one-of HAVE_WIDGET_LIST HAVE_WIDGET_CHAIN\n";
	static const char *const other_names =
		"struct widget\n\twant list\n\twant links\n"
		"one-of HAVE_WIDGET_LIST HAVE_WIDGET_LINKS\n";
	const struct synth plain = { 0 }, renamed = { .renamed = true };
	char line[256];

	ck_assert_msg(!generate(plain, two_names, ""), "%s", output);
	ck_assert(in_file("out/l.h", "#define HAVE_WIDGET_LIST 1"));
	ck_assert(!in_file("out/l.h", "HAVE_WIDGET_CHAIN"));
	ck_assert_msg(!generate(renamed, two_names, ""), "%s", output);
	ck_assert(in_file("out/l.h", "#define HAVE_WIDGET_CHAIN 1"));
	ck_assert(!in_file("out/l.h", "HAVE_WIDGET_LIST"));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"chain\", 128, 128, "));

	ck_assert_msg(!generate(plain, other_names, ""), "%s", output);
	sh("rm -r %s/out", dir);
	ck_assert_int_eq(generate(renamed, other_names, ""), 1);
	snprintf(line, sizeof(line), "layoutgen: 9.9-test: %s/test.spec:4: none of these are true, "
		 "exactly one was expected: HAVE_WIDGET_LIST, HAVE_WIDGET_LINKS\n", dir);
	ck_assert_str_eq(output, line);
	/* and nothing is left that could be compiled */
	ck_assert_int_ne(sh("test -e %s/out/l.h", dir), 0);
}
END_TEST

START_TEST(moved_member)
{
	ck_assert_msg(!generate((struct synth) { 0 }, plain_spec, ""), "%s", output);
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"list\", 128, 128, "));
	ck_assert_msg(!generate((struct synth) { .moved = true }, plain_spec, ""), "%s", output);
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"list\", 192, 128, "));
	run_program("-DMOVED");
	/* a program of the other layout notices */
	ck_assert_int_ne(sh("cc -std=gnu11 -I%s -o %s/prog %s/prog.c && %s/prog", dir, dir, dir,
			    dir), 0);
}
END_TEST

/*
 * A public struct is the kernel's headers' to define. The table has its size and members, and
 * what is compiled with other headers than the BTF's does not build.
 */
START_TEST(public_struct)
{
	static const char *const spec =
		"struct widget public\n\tneed size\n\tneed list\n\twant gone\n"
		"	fact END_THREE member end nparams 3\n";
	static const char *const headers =
		"#include <assert.h>\n#include <stddef.h>\n"
		"struct list_head { struct list_head *next, *prev; };\n"
		"struct widget { unsigned int size, a, b, c; LATER\n"
		"	struct list_head list; char rest[MORE]; };\n"
		"#include \"out/l.h\"\n"
		"int x = END_THREE;\n";

	ck_assert_msg(!generate((struct synth) { 0 }, spec, ""), "%s", output);
	ck_assert(!in_file("out/l.h", "struct widget {"));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", NULL, 0, 512, "));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"list\", 128, 128, "));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"end\", 448, 64, "));
	put_shims();
	put("prog.c", headers, strlen(headers));
	ck_assert_msg(!sh("cc -std=gnu11 -DLATER= -DMORE=32 -I%s -c -o %s/prog.o %s/prog.c",
			  dir, dir, dir), "%s", output);
	ck_assert_int_ne(sh("cc -std=gnu11 -DLATER= -DMORE=40 -I%s -c -o %s/prog.o %s/prog.c",
			    dir, dir, dir), 0);
	ck_assert_ptr_nonnull(strstr(output, "sizeof(struct widget) == 64"));
	ck_assert_int_ne(sh("cc -std=gnu11 '-DLATER=long d;' -DMORE=24 -I%s -c -o %s/prog.o %s/prog.c",
			    dir, dir, dir), 0);
	ck_assert_ptr_nonnull(strstr(output, "offsetof(struct widget, list) == 16"));

	ck_assert_msg(!generate((struct synth) { .grown = true, .moved = true }, spec, ""), "%s",
		      output);
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", NULL, 0, 576, "));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"list\", 192, 128, "));
	REFUSED(((struct synth) { .renamed = true }), spec, "struct widget has no member 'list'");
}
END_TEST

START_TEST(changed_prototype)
{
	static const char *const one_way =
		"func widget_init\n\tproto\n\tneed unsigned (struct widget *, u64)\n";
	static const char *const both_ways =
		"func widget_init\n\tproto\n"
		"	need unsigned (struct widget *, u64) | void (struct widget *, u64)\n"
		"	fact INIT_COUNTS ret unsigned\n";
	static const char *const callback =
		"struct widget\n"
		"	need void (*)(struct owner *, unsigned) | void (*)(struct owner *, unsigned, unsigned long) end\n"
		"	fact END_THREE member end nparams 3\n"
		"struct list_head\n";
	const struct synth plain = { 0 }, is_void = { .func_void = true },
		fewer = { .end_two = true };

	/* a function that is called */
	ck_assert_msg(!generate(plain, one_way, ""), "%s", output);
	REFUSED(is_void, one_way, "function widget_init is 'void(struct widget*,u64)', "
		"expected 'unsigned int(struct widget*,u64)'");
	ck_assert_msg(!generate(plain, both_ways, ""), "%s", output);
	ck_assert(in_file("out/l.h", "#define INIT_COUNTS 1"));
	ck_assert(in_file("out/l.h", "extern unsigned int widget_init(struct widget *w, u64 n);"));
	ck_assert_msg(!generate(is_void, both_ways, ""), "%s", output);
	ck_assert(!in_file("out/l.h", "INIT_COUNTS"));
	ck_assert(in_file("out/l.h", "extern void widget_init(struct widget *w, u64 n);"));
	REFUSED(plain, "func widget_exit\n\tneed void (int)\n",
		"function widget_exit is 'void(void)', expected 'void(int)'");

	/* a function that is given away to be called back */
	REFUSED(fewer, plain_spec,
		"struct widget member 'end' is 'void (*)(struct owner *, unsigned int)', "
		"expected 'void(*)(struct owner*,unsigned int,unsigned long)'");
	ck_assert_msg(!generate(plain, callback, ""), "%s", output);
	ck_assert(in_file("out/l.h", "#define END_THREE 1"));
	ck_assert_msg(!generate(fewer, callback, ""), "%s", output);
	ck_assert(!in_file("out/l.h", "END_THREE"));
	ck_assert(in_file("out/l.h", "void (*end)(struct owner *, unsigned int);"));
}
END_TEST

/* What a later pahole may write: records of a kind that came after this was written. */
START_TEST(unknown_kinds)
{
	static const char *const by_fact = "struct widget\n\tfact HAS_LIST has_member list\n";

	ck_assert_msg(!generate((struct synth) { 0 }, plain_spec, ""), "%s", output);
	ck_assert_int_eq(sh("mv %s/out %s/plain", dir, dir), 0);
	ck_assert_msg(!generate((struct synth) { .stranger = true, .described = true }, plain_spec,
				""), "%s", output);
	ck_assert_int_eq(sh("cmp %s/plain/l.h %s/out/l.h && cmp %s/plain/l_table.h %s/out/l_table.h",
			    dir, dir, dir, dir), 0);
	ck_assert_msg(!generate((struct synth) { .early_strange = true, .described = true },
				plain_spec, ""), "%s", output);
	run_program("");

	REFUSED(((struct synth) { .list_strange = true, .described = true }), plain_spec,
		"struct widget member 'list' has a type of BTF kind 23, which is unknown here: update famfs");
	REFUSED(((struct synth) { .list_strange = true, .described = true }), by_fact,
		"struct widget member 'list' has a type of BTF kind 23, which is unknown here: update famfs");
	REFUSED(((struct synth) { .init_strange = true, .described = true }), plain_spec,
		"function widget_init has a type of BTF kind 23, which is unknown here: update famfs");
	ck_assert_int_eq(generate((struct synth) { .stranger = true }, plain_spec, ""), 1);
	ck_assert_ptr_nonnull(strstr(output, "/base.btf: the BTF of the kernel has a type of kind 23 "
				     "(number 8), which is unknown here, and does not tell its size: update famfs\n"));
	ck_assert_ptr_eq(strchr(output, '\n') + 1, output + strlen(output));
}
END_TEST

START_TEST(bad_specs)
{
	static const struct {
		const char *spec, *why;
	} cases[] = {
		{ "struct widget\n\twant\n", ":2: not a name: ''" },
		{ "struct widget\n\tneed int a-b\n", ":2: not a name: '-b'" },
		{ "need int x\n", ":1: stands outside of struct, func and enum: 'need'" },
		{ "struct widget\nstruct widget\n", ":2: given twice: 'widget'" },
		{ "struct widget\n\tneed size\n\twant size\n", ":3: given twice: 'size'" },
		{ "struct widget sometimes\n", ":1: unexpected 'sometimes'" },
		{ "struct widget public facts-only\n",
		  ":1: public and facts-only at once: 'widget'" },
		{ "func widget_init public\n", ":1: unexpected 'public'" },
		{ "struct widget\n\tfact X param 1 int\n",
		  ":2: expected 'member', 'has_member' or 'no_member_like', not 'param'" },
		{ "func widget_init\n\tfact X param one int\n", ":2: not a number: 'one'" },
		{ "func widget_init\n\tfact X param 1 \"int\n", ":2: quote is not closed" },
		{ "func widget_init\n\tfact X ret\n", ":2: missing 'type'" },
		{ "func widget_init\n\twant size\n", ":2: only an optional function can have 'want'" },
		{ "func widget_init\n\tneed\n", ":2: missing 'type'" },
		{ "func widget_init\n\tneed int (void)\n\tneed int (int)\n",
		  ":3: given twice: 'need'" },
		{ "enumerator PURPLE\n", "enumerator PURPLE is not in the BTF" },
		{ "enumerator W_BAD\n\tdefine\n", ":2: unknown directive 'define'" },
		{ "enumerator W_BAD\n\tfact A enumerator W_BAD\n", ":2: unknown directive 'fact'" },
		{ "one-of A\n", ":1: one-of needs at least two names" },
		{ "one-of A B\n", ": one-of names 'A', which is no fact of this spec" },
		{ "struct widget\n\tfact A has_member x\n\tfact B has_member y\none-of A B\n",
		  ":4: none of these are true, exactly one was expected: A, B" },
		{ "struct widget\n\tfact A has_member size\n\tfact B has_member list\none-of A B\n",
		  ":4: several of these are true, exactly one was expected: A, B" },
		{ "struct widget\n\tfact A member size nparams 2\n",
		  "member 'size' is 'unsigned int', expected a pointer to a function" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(generate((struct synth) { 0 }, cases[i].spec, ""), 1);
		ck_assert_msg(strstr(output, cases[i].why), "case %zu: wanted '%s', got %s", i,
			      cases[i].why, output);
		ck_assert_ptr_eq(strchr(output, '\n') + 1, output + strlen(output));
	}
}
END_TEST

START_TEST(module_types)
{
	static const char *const spec =
		"module mod\nstruct gadget\n\tneed struct widget w\nstruct widget\n\tneed size\n";
	struct writer *b = synth_base(&(struct synth) { 0 }), *m = synth_module(b, 32);
	char arg[128];

	put_btf("mod.btf", m);
	free(m);
	free(b);
	snprintf(arg, sizeof(arg), "--btf-mod mod=%s/mod.btf", dir);
	ck_assert_msg(!generate((struct synth) { 0 }, spec, arg), "%s", output);
	ck_assert(in_file("out/l_table.h", "{ \"mod\", \"gadget\", \"w\", 256, 512, "));
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"size\", 0, 32, "));
	/* the embedded struct comes first, whatever the spec's order */
	sh("grep -n '^struct .* {' %s/out/l.h | cut -d: -f2 | tr -d '\\n'", dir);
	ck_assert_str_eq(output, "struct widget {struct gadget {");
	/* without the module its types are missing */
	ck_assert_int_eq(generate((struct synth) { 0 }, spec, ""), 1);
	ck_assert_ptr_nonnull(strstr(output, "struct gadget is not in the BTF"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_layoutgen");
	TCase *tc = tcase_create("program");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, header);
	tcase_add_test(tc, unchanged_is_not_written);
	tcase_add_test(tc, adapts);
	tcase_add_test(tc, refuses);
	tcase_add_test(tc, renamed_member);
	tcase_add_test(tc, moved_member);
	tcase_add_test(tc, public_struct);
	tcase_add_test(tc, changed_prototype);
	tcase_add_test(tc, unknown_kinds);
	tcase_add_test(tc, bad_specs);
	tcase_add_test(tc, module_types);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
