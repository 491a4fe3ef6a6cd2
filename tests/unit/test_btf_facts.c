// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the specs make of kernels that nobody has seen: made-up BTF with the functions of a
 * known release, and changes to it; the spec's own lines; and what compat/ chooses then.
 *
 * Runs from the top of the tree.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include "test_btf_program.h"

/* Types that a kernel has once. */
struct named {
	char name[64];
	int id;
};

static struct named names[32];

static int named(struct writer *w, const char *name, uint32_t kind, uint32_t size_or_type)
{
	size_t i;

	for (i = 0; names[i].id; i++)
		if (!strcmp(names[i].name, name))
			return names[i].id;
	ck_assert_uint_lt(i + 1, sizeof(names) / sizeof(names[0]));
	snprintf(names[i].name, sizeof(names[i].name), "%s", name);
	names[i].id = kind == W_INT ? w_int(w, name, 4, 0) : w_type(w, name, kind, 0, size_or_type);
	return names[i].id;
}

/* "void", "int", "struct a *", "const struct a *", or a typedef and pointers to one. */
static int type_of(struct writer *w, const char *text)
{
	int stars = 0, id;
	bool is_const = !strncmp(text, "const ", 6);
	char name[64];

	if (is_const)
		text += 6;
	snprintf(name, sizeof(name), "%s", text);
	while (strlen(name) && strchr(" *", name[strlen(name) - 1])) {
		stars += name[strlen(name) - 1] == '*';
		name[strlen(name) - 1] = '\0';
	}
	if (!strcmp(name, "void"))
		id = 0;
	else if (!strncmp(name, "struct ", 7))
		id = named(w, name + 7, W_FWD, 0);
	else if (!strcmp(name, "int"))
		id = named(w, name, W_INT, 0);
	else
		id = named(w, name, W_TYPEDEF, named(w, "int", W_INT, 0));
	if (is_const)
		id = w_type(w, NULL, W_CONST, 0, id);
	while (stars--)
		id = w_type(w, NULL, W_PTR, 0, id);
	return id;
}

/* "ret name(type, type)": a function of that prototype. */
static void add_func(struct writer *w, const char *decl)
{
	char ret[256], *open, *name, *p, *save = NULL;
	int types[8], n = 0, i, proto;

	snprintf(ret, sizeof(ret), "%s", decl);
	open = strchr(ret, '(');
	*strchr(open, ')') = '\0';
	*open++ = '\0';
	name = strrchr(ret, ' ') + 1;
	name += strspn(name, "*");
	for (p = strtok_r(open, ",", &save); p; p = strtok_r(NULL, ",", &save))
		types[n++] = type_of(w, p + strspn(p, " "));
	name = strdup(name);
	ret[strlen(ret) - strlen(name)] = '\0';
	proto = w_type(w, NULL, W_PROTO, 0, type_of(w, ret));
	for (i = 0; i < n; i++)
		w_elem(w, "x", types[i]);
	w_type(w, name, W_FUNC, 1, proto);
	free(name);
}

/* The layouts for what is in base.btf, with the spec lines that SCRIPT (of awk) prints. */
static int generate_from(const char *spec, const char *script)
{
	ck_assert_msg(!sh("awk '%s' compat/layout/%s.spec >%s/t.spec && test -s %s/t.spec", script,
			  spec, dir, dir), "%s", output);
	return sh("%s --kver 9.9-test --btf %s/base.btf --spec %s/t.spec"
		  " --out %s/out/famfs_layout.h", layoutgen(), dir, dir, dir);
}

/* What the preprocessor leaves of a compat header, or says of its macros. */
static void compat(const char *header, const char *flags)
{
	ck_assert_msg(!sh("sed -n 's/^#include <\\(.*\\)>.*/\\1/p' compat/*.h %s/out/*.h |"
			  " while read -r h; do mkdir -p %s/h/$(dirname $h); : >%s/h/$h; done;"
			  " cc -E -P %s -nostdinc -DCONFIG_TRANSPARENT_HUGEPAGE -I%s/out -I%s/h"
			  " -Icompat compat/%s", dir, dir, dir, flags, dir, dir, header),
		      "%s", output);
}

#define PAGES	"/^# How pages of dax memory/,/^# --- public/"

#define PUT_PAGE	"bool __put_devmap_managed_page_refs(struct page *, int)"
#define PUT_FOLIO	"bool __put_devmap_managed_folio_refs(struct folio *, int)"
#define OPS		"const struct blk_holder_ops *"
#define GET_FMODE	"struct block_device *blkdev_get_by_dev(dev_t, fmode_t, void *)"
#define GET_MODE	"struct block_device *blkdev_get_by_dev(dev_t, blk_mode_t, void *, " OPS ")"
#define PUT_FMODE	"void blkdev_put(struct block_device *, fmode_t)"
#define PUT_HOLDER	"void blkdev_put(struct block_device *, void *)"
#define OPEN_HANDLE	"struct bdev_handle *bdev_open_by_dev(dev_t, blk_mode_t, void *, " OPS ")"
#define CLOSE_HANDLE	"void bdev_release(struct bdev_handle *)"
#define OPEN_FILE	"struct file *bdev_file_open_by_dev(dev_t, blk_mode_t, void *, " OPS ")"
#define CLOSE_FILE	"void bdev_fput(struct file *)"
#define BREAK_FINAL	"void dax_break_layout_final(struct inode *)"
#define DELETE_RANGE	"void dax_delete_mapping_range(struct address_space *, loff_t, loff_t)"
#define MKWRITE		"vm_fault_t vmf_insert_page_mkwrite(struct vm_fault *, struct page *, bool)"
#define FOLIO_PMD	"vm_fault_t vmf_insert_folio_pmd(struct vm_fault *, struct folio *, bool)"
#define FOLIO_PUD	"vm_fault_t vmf_insert_folio_pud(struct vm_fault *, struct folio *, bool)"
#define HUGE_PUD	"int change_huge_pud(struct vm_area_struct *)"
#define COUNTS		BREAK_FINAL, DELETE_RANGE, MKWRITE, FOLIO_PMD, FOLIO_PUD, HUGE_PUD

struct kernel {
	const char *what;
	const char *funcs[12];
	const char *refused;	/* the reason, or NULL */
	const char *opens;	/* what a block device is opened with; NULL: left out */
	const char *no_block;	/* and why */
	bool folios;		/* mappings count for folios */
};

static const struct kernel kernels[] = {
	{ "6.1", { GET_FMODE, PUT_FMODE, PUT_PAGE },
	  .opens = "return blkdev_get_by_dev(devt, FMODE_READ | FMODE_WRITE | FMODE_EXCL, holder)" },
	{ "6.5", { GET_MODE, PUT_HOLDER, PUT_PAGE },
	  .opens = "return blkdev_get_by_dev(devt, BLK_OPEN_READ | BLK_OPEN_WRITE, holder, NULL)" },
	{ "6.6", { GET_MODE, PUT_HOLDER, OPEN_HANDLE, CLOSE_HANDLE, PUT_PAGE },
	  .opens = "return bdev_open_by_dev(" },
	{ "6.8", { OPEN_HANDLE, CLOSE_HANDLE, PUT_PAGE }, .opens = "return bdev_open_by_dev(" },
	{ "6.12", { OPEN_FILE, CLOSE_FILE, PUT_FOLIO, HUGE_PUD },
	  .opens = "return bdev_file_open_by_dev(" },
	{ "7.3", { OPEN_FILE, CLOSE_FILE, COUNTS }, .opens = "return bdev_file_open_by_dev(",
	  .folios = true },
	{ "renamed: bdev_file_open_by_dev", { "struct file *bdev_open_file(dev_t)", CLOSE_FILE, COUNTS },
	  .no_block = "how to open one is not known", .folios = true },
	{ "a new parameter: bdev_file_open_by_dev",
	  { "struct file *bdev_file_open_by_dev(dev_t, blk_mode_t, void *, " OPS ", int)",
	    CLOSE_FILE, COUNTS },
	  .no_block = "how to open one is not known", .folios = true },
	{ "gone: bdev_release", { OPEN_HANDLE, PUT_PAGE },
	  .no_block = "how to open one is not known" },
	{ "the mode of one kind, the put of another", { GET_FMODE, PUT_HOLDER, PUT_PAGE },
	  .no_block = "how to open one is not known" },
	{ "backported alone: dax_break_layout_final", { OPEN_FILE, CLOSE_FILE, PUT_FOLIO, BREAK_FINAL },
	  .no_block = "how their pages count is not known" },
	{ "gone: dax_delete_mapping_range", { OPEN_FILE, CLOSE_FILE, BREAK_FINAL, MKWRITE, FOLIO_PMD },
	  .no_block = "how their pages count is not known", .folios = true },
	{ "a new parameter: dax_break_layout_final",
	  { OPEN_FILE, CLOSE_FILE, "void dax_break_layout_final(struct inode *, int)", DELETE_RANGE,
	    MKWRITE, FOLIO_PMD },
	  .no_block = "how their pages count is not known", .folios = true },
	{ "backported alone: vmf_insert_page_mkwrite", { OPEN_FILE, CLOSE_FILE, PUT_FOLIO, MKWRITE },
	  .refused = "several of these are true, exactly one was expected: "
		     "HAVE_FUNC_VMF_INSERT_PAGE_MKWRITE, "
		     "HAVE_FUNC___PUT_DEVMAP_MANAGED_PAGE_REFS, "
		     "HAVE_FUNC___PUT_DEVMAP_MANAGED_FOLIO_REFS" },
	{ "gone: what tells how mappings count", { OPEN_FILE, CLOSE_FILE, BREAK_FINAL, DELETE_RANGE },
	  .refused = "none of these are true, exactly one was expected: HAVE_FUNC_VMF_INSERT_PAGE" },
	{ "a new parameter: vmf_insert_page_mkwrite",
	  { OPEN_FILE, CLOSE_FILE, BREAK_FINAL, DELETE_RANGE,
	    "vm_fault_t vmf_insert_page_mkwrite(struct vm_fault *, struct page *, int, bool)" },
	  .refused = "none of these are true, exactly one was expected: HAVE_FUNC_VMF_INSERT_PAGE" },
};

START_TEST(pages_and_block_devices)
{
	const struct kernel *k = &kernels[_i];
	struct writer *w = w_new(NULL);
	const char *const *f;
	int rc;

	for (f = k->funcs; *f; f++)
		add_func(w, *f);
	put_btf("base.btf", w);
	free(w);
	rc = generate_from("dax", PAGES);
	if (k->refused) {
		ck_assert_msg(rc == 1 && strstr(output, k->refused), "%s: %s", k->what, output);
		ck_assert_ptr_eq(strchr(output, '\n'), output + strlen(output) - 1);
		return;
	}
	ck_assert_msg(!rc, "%s: %s", k->what, output);
	compat("compat_block.h", "");
	if (k->opens) {
		ck_assert_msg(strstr(output, k->opens), "%s: %s", k->what,
			      strstr(output, "compat_bdev_t;"));
		compat("compat_block.h", "-dM");
		ck_assert_msg(!strstr(output, "COMPAT_NO_BLOCK"), "%s", k->what);
	} else {
		ck_assert_msg(strstr(output, "return ERR_PTR(-EOPNOTSUPP)"), "%s", k->what);
		ck_assert_msg(strstr(output, k->no_block), "%s", k->what);
	}
	compat("compat_mm.h", "-dM");
	ck_assert_msg(k->folios == !!strstr(output, "#define COMPAT_MAPS_FOLIOS"), "%s", k->what);
	ck_assert_msg(!!strstr(output, "#define COMPAT_DAX_IDLE_REFS 0") ==
		      (k->folios && !(k->no_block && strstr(k->no_block, "count"))), "%s", k->what);
}
END_TEST

/* The lines about what stock's connection says of its own DAX, and of INIT. */
#define CONN_LINES \
	"/^struct fuse_conn$/ { print; in_conn = 1; next } /^$/ { in_conn = 0 }" \
	"in_conn && /dax|sync_init/ || /^one-of.*(DAX|SYNC_INIT)/ { print }" \
	"/^enum fuse_v?dax_mode/, /^$/ { print }"

struct conn {
	const char *what;
	const char *dax, *sync;		/* the members' names, or NULL */
	const char *tag;		/* enum of the first */
	const char *never;
	const char *refused;
	const char *dax_code, *sync_code;
};

static const struct conn conns[] = {
	{ "7.3", "dax_mode", "sync_init", "fuse_dax_mode", "FUSE_DAX_NEVER",
	  .dax_code = "fc->dax_mode = FUSE_DAX_NEVER;", .sync_code = "fc->sync_init = 0;" },
	{ "6.12", "dax_mode", NULL, "fuse_dax_mode", "FUSE_DAX_NEVER",
	  .dax_code = "fc->dax_mode = FUSE_DAX_NEVER;", .sync_code = "return false;" },
	{ "without its own DAX", NULL, NULL, NULL, NULL, .dax_code = "", .sync_code = "return false;" },
	{ "the next one", "vdax_mode", "sync_init", "fuse_vdax_mode", "FUSE_VDAX_NEVER",
	  .dax_code = "fc->vdax_mode = FUSE_VDAX_NEVER;", .sync_code = "fc->sync_init = 0;" },
	{ "renamed in part", "vdax_mode", "sync_init", "fuse_vdax_mode", "FUSE_DAX_NEVER",
	  .dax_code = "fc->vdax_mode = FUSE_DAX_NEVER;", .sync_code = "fc->sync_init = 0;" },
	{ "renamed: dax_mode", "window_dax", "sync_init", "fuse_dax_mode", "FUSE_DAX_NEVER",
	  .refused = "none of these are true, exactly one was expected: HAVE_FUSE_CONN_DAX_MODE" },
	{ "renamed: sync_init", "dax_mode", "do_sync_init", "fuse_dax_mode", "FUSE_DAX_NEVER",
	  .refused = "none of these are true, exactly one was expected: HAVE_FUSE_CONN_SYNC_INIT" },
};

START_TEST(stock_dax_and_init)
{
	const struct conn *k = &conns[_i];
	struct writer *w = w_new(NULL);
	int mode = 0, flag, rc;

	flag = w_int(w, "unsigned int", 4, 0);
	if (k->tag) {
		mode = w_type(w, k->tag, W_ENUM, 0, 4);
		w_elem(w, "FUSE_SOMETHING", 0);
		w_elem(w, k->never, 2);
	}
	w_struct(w, "fuse_conn", 64);
	w_field(w, "sync_fs", flag, 0, 0);
	if (k->dax)
		w_field(w, k->dax, mode, 64, 0);
	if (k->sync)
		w_field(w, k->sync, flag, 128, 0);
	put_btf("base.btf", w);
	free(w);
	rc = generate_from("fuse", CONN_LINES);
	if (k->refused) {
		ck_assert_msg(rc == 1 && strstr(output, k->refused), "%s: %s", k->what, output);
		return;
	}
	ck_assert_msg(!rc, "%s: %s", k->what, output);
	compat("compat_fuse.h", "-DHAVE_FUSE_CONN_CHAN");
	ck_assert_msg(strstr(output, k->dax_code), "%s: %s", k->what, output);
	ck_assert_msg(*k->dax_code || !strstr(output, "DAX_NEVER"), "%s: %s", k->what, output);
	ck_assert_msg(strstr(output, k->sync_code), "%s: %s", k->what, output);
}
END_TEST

/* The lines about how many requests nobody waits for, without the members' types. */
#define BACKGROUND_LINES \
	"/^struct fuse_(conn|chan)( |$)/ { print; in_it = 1; next } /^$/ { in_it = 0 }" \
	"in_it && $1 == \"want\" && $NF ~ /background|blocked|bg_lock/ { print \"\\twant\", $NF }" \
	"/^one-of.*(BACKGROUND|BLOCKED|BG_LOCK)/ { print }"

static const char *const background[] = {
	"max_background", "num_background", "blocked", "bg_lock", "blocked_waitq",
};

#define N_BACKGROUND	(sizeof(background) / sizeof(background[0]))

/* Each member is in the one struct or in the other; any that goes alone is no layout we know. */
START_TEST(background_moves_whole)
{
	unsigned int in_chan = _i, i, rc;
	struct writer *w = w_new(NULL);
	int flag = w_int(w, "unsigned int", 4, 0);

	w_struct(w, "fuse_chan", 64);
	w_field(w, "iq", flag, 0, 0);
	for (i = 0; i < N_BACKGROUND; i++)
		if (in_chan & 1U << i)
			w_field(w, background[i], flag, 32 * i + 32, 0);
	w_struct(w, "fuse_conn", 64);
	w_field(w, "chan", flag, 0, 0);
	for (i = 0; i < N_BACKGROUND; i++)
		if (!(in_chan & 1U << i))
			w_field(w, background[i], flag, 32 * i + 32, 0);
	put_btf("base.btf", w);
	free(w);
	rc = generate_from("fuse", BACKGROUND_LINES);
	if (!in_chan || in_chan == (1U << N_BACKGROUND) - 1)
		ck_assert_msg(!rc, "%#x: %s", in_chan, output);
	else
		ck_assert_msg(rc == 1 && strstr(output, "exactly one was expected: HAVE_FUSE_CONN_BG_LOCK"),
			      "%#x: %s", in_chan, output);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_facts");
	TCase *tc = tcase_create("specs");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, pages_and_block_devices, 0, sizeof(kernels) / sizeof(kernels[0]));
	tcase_add_loop_test(tc, stock_dax_and_init, 0, sizeof(conns) / sizeof(conns[0]));
	tcase_add_loop_test(tc, background_moves_whole, 0, 1 << N_BACKGROUND);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return !!failed;
}
