/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout generator as a program, in a directory of its own for each test.
 * Runs from the top of the tree; LAYOUTGEN names another binary to test.
 */
#ifndef TEST_BTF_PROGRAM_H
#define TEST_BTF_PROGRAM_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test_btf_synth.h"

static char dir[64];
static char output[1 << 16];

static const char *const plain_spec =
	"# comment\n"
	"table test\n"
	"struct widget   # another\n"
	"	need unsigned size\n"
	"	need bool ready\n"
	"	want unsigned int wide\n"
	"	need struct list_head list\n"
	"	need u64 deep\n"
	"	want unsigned gone\n"
	"	need void (*)(struct owner *, unsigned int, unsigned long) end\n"
	"	fact END_THREE member end nparams 3\n"
	"	fact END_TWO member end nparams 2\n"
	"	fact END_LONG member end param 2 \"unsigned long\"\n"
	"	fact HAS_SHALLOW has_member shallow\n"
	"	fact HAS_NOTHING has_member nothing\n"
	"struct list_head\n"
	"	need struct list_head *next\n"
	"struct absent optional\n"
	"	need int x\n"
	"func widget_init\n"
	"	proto\n"
	"	fact INIT_COUNTS ret \"unsigned int\"\n"
	"	fact INIT_VOID ret void\n"
	"func widget_exit\n"
	"	proto\n"
	"func widget_gone optional\n"
	"enum color\n"
	"	define\n"
	"	fact HAVE_BLUE enumerator BLUE\n"
	"	fact HAVE_GREEN enumerator GREEN\n"
	"enumerator W_BAD\n"
	"enumerator W_NEW optional\n"
	"enumerator W_GONE optional\n"
	"one-of END_THREE END_TWO\n";

static inline int del(const char *p, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(p);
}

static inline void make_dir(void)
{
	strcpy(dir, "/tmp/test_layoutgen.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static inline void drop_dir(void)
{
	nftw(dir, del, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void put(const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	fclose(f);
}

static inline void put_btf(const char *name, const struct writer *w)
{
	uint32_t len;
	void *raw = w_raw(w, &len);

	put(name, raw, len);
	free(raw);
}

/* Runs a shell line in the test's directory; its output is kept. */
static inline int sh(const char *fmt, ...)
{
	char line[2048], cmd[2304];
	size_t n;
	va_list ap;
	FILE *p;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(cmd, sizeof(cmd), "{ %s; } 2>&1", line);
	p = popen(cmd, "r");
	ck_assert_ptr_nonnull(p);
	n = fread(output, 1, sizeof(output) - 1, p);
	output[n] = '\0';
	n = pclose(p);
	return WIFEXITED(n) ? WEXITSTATUS(n) : 255;
}

static inline const char *layoutgen(void)
{
	const char *lg = getenv("LAYOUTGEN");

	return lg ? lg : "build/unit/layoutgen";
}

static inline int generate(struct synth s, const char *spec, const char *more)
{
	struct writer *w = synth_base(&s);

	put_btf("base.btf", w);
	free(w);
	put("test.spec", spec, strlen(spec));
	return sh("%s --kver 9.9-test --btf %s/base.btf %s --spec %s/test.spec --out %s/out/l.h",
		  layoutgen(), dir, more, dir, dir);
}

#define REFUSED(s, spec, line) do { \
	ck_assert_int_eq(generate(s, spec, ""), 1); \
	ck_assert_str_eq(output, "layoutgen: 9.9-test: " line "\n"); \
} while (0)

static inline bool in_file(const char *name, const char *text)
{
	return sh("grep -qF -- '%s' %s/%s", text, dir, name) == 0;
}

#endif /* TEST_BTF_PROGRAM_H */
