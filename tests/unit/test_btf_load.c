// SPDX-License-Identifier: GPL-2.0-only
/* What a module that loads asks of /sys/kernel/btf, and the line it refuses to load with. */
#define _GNU_SOURCE
#include <check.h>
#include "btf_load_kernel.h"
#include "../../compat/btf/btf_load_check.c"
#include "btf_blob.h"
#include "btf_verify.h"
#include "test_btf_synth.h"

#define CANNOT_TELL \
	"famfs_x: refusing to load: cannot tell whether kernel 9.9-test is the one this module was built for: "
#define DIFFERS \
	"famfs_x: refusing to load: kernel 9.9-test differs from the one this module was built for: "

char test_btf_dir[64];
char test_log[1024];
bool test_no_memory;

static struct famfs_layout_entry tab[] = {
	{ NULL, "list_head", NULL, 0, 128, 0, FAMFS_LAYOUT_STRUCT },
	{ NULL, "widget", NULL, 0, 512, 0, FAMFS_LAYOUT_STRUCT },
	{ NULL, "widget", "list", 128, 128, 0, FAMFS_LAYOUT_MEMBER },
	{ "mod", "gadget", NULL, 0, 1024, 0, FAMFS_LAYOUT_STRUCT },
};

static void put(const char *name, const struct writer *w)
{
	char path[128];
	uint32_t len;
	void *raw = w_raw(w, &len);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", test_btf_dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(raw, 1, len, f), len);
	fclose(f);
	free(raw);
}

/* A kernel and its module. */
static void put_kernel(struct synth s, bool with_module)
{
	struct writer *base = synth_base(&s), *mod = synth_module(base, 32);

	put("vmlinux", base);
	if (with_module)
		put("mod", mod);
	free(mod);
	free(base);
}

static void setup(void)
{
	struct writer *plain = synth_base(&(struct synth) { 0 });
	struct famfs_btf_view *v = malloc(sizeof(*v));
	struct famfs_btf_found f;
	char why[160];
	uint32_t len;
	u32 unknown;
	void *raw = w_raw(plain, &len);

	strcpy(test_btf_dir, "/tmp/test_btf_load.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test_btf_dir));
	ck_assert_int_eq(famfs_btf_view_init(v, raw, len, NULL, 0, why, sizeof(why)), 0);
	ck_assert(famfs_btf_find_member(v, synth_ids.widget, "list", &f));
	tab[2].sig = famfs_btf_sig_of(v, f.type, &unknown);
	free(raw);
	free(plain);
	free(v);
}

static void teardown(void)
{
	static const char *const names[] = { "vmlinux", "mod" };
	char path[128];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", test_btf_dir, names[i]);
		unlink(path);
	}
	rmdir(test_btf_dir);
}

static void load(int err, const char *line)
{
	test_log[0] = '\0';
	ck_assert_int_eq(famfs_layout_check("famfs_x", tab, sizeof(tab) / sizeof(tab[0])), err);
	ck_assert_str_eq(test_log, line);
}

START_TEST(as_built)
{
	put_kernel((struct synth) { .shift = 5 }, true);
	load(0, "");
	/* a later pahole, with records that nobody here asked for */
	put_kernel((struct synth) { .stranger = true, .described = true }, true);
	load(0, "");
}
END_TEST

START_TEST(other_kernel)
{
	put_kernel((struct synth) { .moved = true }, true);
	load(-ENOEXEC, DIFFERS
	     "struct widget member 'list' is at bit 192, 128 bits long, not at 128, 128; rebuild it (dkms)\n");
}
END_TEST

/* To build anew would not help here, and is not advised. */
START_TEST(unknown_kinds)
{
	put_kernel((struct synth) { .list_strange = true, .described = true }, true);
	load(-ENOEXEC, CANNOT_TELL
	     "struct widget member 'list' has a type of BTF kind 23, which is unknown here: update famfs\n");
	put_kernel((struct synth) { .stranger = true }, true);
	load(-ENOEXEC, CANNOT_TELL
	     "the BTF of the kernel has a type of kind 23 (number 8), which is unknown here, and does not tell its size: update famfs\n");
}
END_TEST

START_TEST(no_btf)
{
	load(-ENOEXEC, CANNOT_TELL
	     "/sys/kernel/btf/vmlinux cannot be read (error -2): is /sys mounted?\n");
	/* the module is there, as the build has seen it, but not its types */
	put_kernel((struct synth) { 0 }, false);
	load(-ENOEXEC, CANNOT_TELL
	     "/sys/kernel/btf/mod cannot be read (error -2): is it loaded, and do this kernel's modules have BTF (CONFIG_DEBUG_INFO_BTF_MODULES)?\n");
}
END_TEST

START_TEST(no_memory)
{
	put_kernel((struct synth) { 0 }, true);
	test_no_memory = true;
	load(-ENOMEM, "famfs_x: not loaded: no memory for comparing kernel 9.9-test with the one this module was built for\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_load");
	TCase *tc = tcase_create("load");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, as_built);
	tcase_add_test(tc, other_kernel);
	tcase_add_test(tc, unknown_kinds);
	tcase_add_test(tc, no_btf);
	tcase_add_test(tc, no_memory);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
