// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel has itself, and how that is told: by its types (compat/layout/aside.spec), its
 * exported symbols and its configuration. What is then built, and what DKMS expects of it.
 *
 * Runs from the top of the tree; LAYOUTGEN names another binary to test.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include "test_btf_program.h"

/* sh() with $D as the test's directory, without this make's own; its output without the last \n. */
static int run(const char *fmt, ...)
{
	char line[1920];
	va_list ap;
	size_t n;
	int rc;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	rc = sh("unset MAKEFLAGS MFLAGS MAKELEVEL; D=%s; %s", dir, line);
	n = strlen(output);
	if (n && output[n - 1] == '\n')
		output[n - 1] = '\0';
	return rc;
}

/* The headers of a kernel whose own fsdev_dax, if it has one, nobody needs. */
static void make_headers(void)
{
	make_dir();
	ck_assert_int_eq(run("mkdir -p $D/h/include/config; cd $D/h\n"
			    "printf '0x0\\tdax_alive\\tdrivers/dax/dax\\tEXPORT_SYMBOL_GPL\\t\\n"
			    "0x0\\tfsdev_dax_count\\tvmlinux\\tEXPORT_SYMBOL_GPL\\t\\n"
			    "0x0\\tfuse_send_init\\tfs/fuse/fuse\\tEXPORT_SYMBOL_GPL\\t\\n' >Module.symvers\n"
			    "printf 'CONFIG_FUSE_FS=m\\nCONFIG_DEV_DAX_FSDEV=m\\n' >include/config/auto.conf"), 0);
}

/* The types of a FUSE as it is, and one name more. */
enum kind { PLAIN, FUNC, MEMBER, ENUM, ANON };

static void put_types(enum kind kind, const char *name)
{
	struct writer *w = w_new(NULL);
	int u32_id = w_int(w, "unsigned int", 4, 0), proto;

	w_struct(w, "fuse_conn", 16);
	w_field(w, "conn_error", u32_id, 0, 0);
	w_field(w, "backing_files", u32_id, 32, 0);
	if (kind == MEMBER)
		w_field(w, name, u32_id, 64, 0);
	w_type(w, "fuse_opcode", W_ENUM, 0, 4);
	w_elem(w, "FUSE_LOOKUP", 1);
	if (kind == ENUM)
		w_elem(w, name, 54);
	w_type(w, NULL, W_ENUM, 0, 4);
	w_elem(w, "FUSE_I_BAD", 3);
	if (kind == ANON)
		w_elem(w, name, 4);
	proto = w_type(w, NULL, W_PROTO, 0, u32_id);
	w_type(w, "fuse_iomap_begin", W_FUNC, 0, proto);
	if (kind == FUNC)
		w_type(w, name, W_FUNC, 0, proto);
	put_btf("btf", w);
	free(w);
}

/* What is told of the kernel; the line that `make` prints is left in @output. */
static void own_is(const char *own)
{
	ck_assert_msg(!run("make -s kernel-own KDIR=$D/h KERNEL_OWN_FILE=$D/own "
			  "RUN_LAYOUTGEN='%s --kver 9.9-test --btf '$D/btf", layoutgen()), "%s", output);
	ck_assert_msg(!run("got=$(cat $D/own); [ \"$got\" = '%s' ] || { echo \"$got, not %s\"; false; }",
			  own, own), "%s", output);
}

/* What is built, by our Kbuild files: directories, and the objects of famfs_fuse. */
static void builds(const char *dirs, const char *first)
{
	ck_assert_msg(!run("printf 'include Kbuild\\nall:\\n\\t@echo $(strip $(obj-m))\\n' >$D/mk\n"
			  "make -s -f $D/mk KERNEL_OWN=\"$(cat $D/own)\""), "%s", output);
	ck_assert_str_eq(output, dirs);
	ck_assert_msg(!run("printf 'include fuse_famfs/Kbuild\\nall:\\n\\t@echo $(firstword $(famfs_fuse-y))\\n' >$D/mk\n"
			  "make -s -f $D/mk KERNEL_OWN=\"$(cat $D/own)\""), "%s", output);
	ck_assert_str_eq(output, first);
}

/* And what DKMS looks for afterwards. */
static void dkms_expects(const char *modules)
{
	ck_assert_msg(!run("bash -c 'kernelver=9.9-test famfs_verdict=9.9-test:fits kernel_source_dir=$1/h dkms_tree=$1/tree; . ./dkms.conf\n"
			  "echo ${BUILT_MODULE_NAME[*]} ${#BUILT_MODULE_LOCATION[*]} ${#DEST_MODULE_LOCATION[*]}' - $D"),
		      "%s", output);
	ck_assert_str_eq(output, modules);
}

static const struct {
	enum kind kind;
	const char *name, *define;	/* the define that must be there */
	bool famfs, maps;		/* the kernel's own */
} names[] = {
	{ PLAIN, "", "", false, false },
	{ FUNC, "famfs_fuse_iomap_begin", "HAVE_FUNC_FAMFS_FUSE_IOMAP_BEGIN", true, false },
	{ ENUM, "FUSE_GET_FMAP", "HAVE_ENUMERATOR_FUSE_GET_FMAP", true, false },
	{ ANON, "FUSE_DAX_FMAP", "HAVE_ENUMERATOR_FUSE_DAX_FMAP", true, false },
	{ MEMBER, "backing_id_64", "HAVE_FUSE_CONN_BACKING_ID_64", false, true },
	{ ANON, "FUSE_BACKING_EXTMAP", "HAVE_ENUMERATOR_FUSE_BACKING_EXTMAP", false, true },
	{ ENUM, "FUSE_BACKING_MAP_CREATE", "HAVE_ENUMERATOR_FUSE_BACKING_MAP_CREATE", false, true },
	/* Names that only look like it. */
	{ FUNC, "famfs_fuse_iomap", "", false, false },
	{ ENUM, "FUSE_GET_FMAPS", "", false, false },
	{ MEMBER, "backing_id", "", false, false },
};

START_TEST(types)
{
	put_types(names[_i].kind, names[_i].name);
	/* Nothing is defined by these but that they are there: the kernel's headers have them. */
	ck_assert_msg(!run("%s --kver 9.9-test --btf $D/btf --spec compat/layout/aside.spec --out $D/l.h",
			  layoutgen()), "%s", output);
	run("sed -n 's/^#define \\(HAVE_.*\\) 1$/\\1/p; /^enum/p; /^struct.*{/p; /^extern/p' $D/l.h");
	ck_assert_str_eq(output, names[_i].define);
	/* The header of both modules takes it so. */
	run("printf '#include \"l.h\"\\n#include \"compat_aside.h\"\\nlong x = COMPAT_FUSE_OWN_MAPS;\\n' |"
	   "cc -E -P -I$D -Itests/shim/include -Icompat - 2>$D/err | grep -o 'x = .*'");
	ck_assert_str_eq(output, names[_i].maps ? "x = (1ULL << 37);" : "x = 0ULL;");

	own_is(names[_i].famfs ? "types" : "");
	ck_assert_int_eq(!run("grep -q 'static.*famfs_layout_aside' $D/l_table.h"), 1);
	if (names[_i].famfs)
		builds("fsdev_dax/ fuse_famfs/", "aside.o");
	else
		builds("fsdev_dax/ fuse_famfs/", "main.o");
	dkms_expects("famfs_fuse fsdev_dax 2 2");
}
END_TEST

static const struct {
	const char *symbol, *option, *own;
} headers[] = {
	{ "fsdev_dax_from_file\\tdrivers/dax/fsdev_dax\\tEXPORT_SYMBOL_GPL\\t", "", "driver" },
	{ "any_other\\tdrivers/dax/fsdev_dax\\tEXPORT_SYMBOL_GPL\\tmodule:fuse", "", "driver" },
	/* Built into the kernel there is no file whose place could be taken. */
	{ "fsdev_dax_from_file\\tvmlinux\\tEXPORT_SYMBOL_GPL\\t", "", "" },
	/* Ours, of an earlier build in the tree of the kernel. */
	{ "famfs_fsdev_interface\\tfsdev_dax/fsdev_dax\\tEXPORT_SYMBOL_GPL\\t", "", "" },
	{ "", "CONFIG_FUSE_FAMFS_DAX=y", "famfs" },
	{ "", "CONFIG_FAMFS=m", "famfs" },
	{ "", "CONFIG_FAMFS_TEXT=\"no\"", "" },
	{ "x\\tdrivers/dax/fsdev_dax\\tEXPORT_SYMBOL_GPL\\t", "CONFIG_FAMFS=m", "driver famfs" },
};

START_TEST(told)
{
	bool own = headers[_i].own[0];

	put_types(PLAIN, "");
	run("printf '0x0\\t%s\\n' >>$D/h/Module.symvers; echo '%s' >>$D/h/include/config/auto.conf",
	   headers[_i].symbol, headers[_i].option);
	own_is(headers[_i].own);
	builds(own ? "fuse_famfs/" : "fsdev_dax/ fuse_famfs/", own ? "aside.o" : "main.o");
	dkms_expects(own ? "famfs_fuse 1 1" : "famfs_fuse fsdev_dax 2 2");
	/* No types are needed then. */
	run("rm $D/btf");
	own_is(headers[_i].own);
	/* What was built is removed when the headers are gone, too. */
	run("mkdir -p $D/tree/famfs/$(sed -n 's/^VERSION.*= //p' Makefile)/9.9-test/x86_64/module\n"
	   "cd $D/tree/famfs/*/*/*/module; touch famfs_fuse.ko.xz %s; rm -r $D/h", own ? "" : "fsdev_dax.ko.xz");
	dkms_expects(own ? "famfs_fuse 1 1" : "famfs_fuse fsdev_dax 2 2");
}
END_TEST

/* One line of the build tells. */
START_TEST(build_tells)
{
	put_types(PLAIN, "");
	own_is("");
	run("make -s kernel-own KDIR=$D/h KERNEL_OWN_FILE=$D/own RUN_LAYOUTGEN='%s --kver 9.9-test --btf '$D/btf",
	   layoutgen());
	ck_assert_str_eq(output, "");
	put_types(FUNC, "famfs_fuse_iomap_begin");
	run("make -s kernel-own KDIR=$D/h KERNEL_OWN_FILE=$D/own RUN_LAYOUTGEN='%s --kver 9.9-test --btf '$D/btf",
	   layoutgen());
	ck_assert_str_eq(output, "famfs: this kernel's FUSE serves famfs itself: famfs_fuse is made to do nothing");
	run("echo CONFIG_FAMFS=y >>$D/h/include/config/auto.conf;"
	   "make -s kernel-own KDIR=$D/h KERNEL_OWN_FILE=$D/own RUN_LAYOUTGEN=false");
	ck_assert_str_eq(output, "famfs: this kernel's FUSE serves famfs itself: famfs_fuse is made to do nothing, and fsdev_dax is left out");
	run("sed -i /FAMFS/d $D/h/include/config/auto.conf\n"
	   "printf '0x0\\tf\\tdrivers/dax/fsdev_dax\\tE\\t\\n' >>$D/h/Module.symvers\n"
	   "make -s kernel-own KDIR=$D/h KERNEL_OWN_FILE=$D/own RUN_LAYOUTGEN=false");
	ck_assert_str_eq(output, "famfs: modules of this kernel need its own fsdev_dax: fsdev_dax is left out, and famfs_fuse refuses to load");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_aside");
	TCase *tc = tcase_create("kernel");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, make_headers, drop_dir);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, types, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_loop_test(tc, told, 0, sizeof(headers) / sizeof(headers[0]));
	tcase_add_test(tc, build_tells);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
