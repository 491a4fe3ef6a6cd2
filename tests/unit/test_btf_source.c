// SPDX-License-Identifier: GPL-2.0-only
/* Where the layout generator finds BTF, and the line it ends with where there is none. */
#define _GNU_SOURCE
#include "test_btf_program.h"

static void expect_btf_in_image(const char *form)
{
	const char *lg = getenv("LAYOUTGEN");

	sh("rm -rf %s/out", dir);
	ck_assert_msg(!sh("%s --kver 9.9-test --btf %s/img --spec %s/test.spec --out %s/out/l.h",
			  lg ? lg : "build/unit/layoutgen", dir, dir, dir), "%s: %s", form, output);
	ck_assert(in_file("out/l.h", "#define END_THREE 1"));
}

/* what a shell prints as a little-endian word, from $n */
#define PRINT_N " printf \"$(printf '\\\\%%03o\\\\%%03o\\\\%%03o\\\\%%03o' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) 0)\""

START_TEST(images)
{
	static const struct { const char *tool, *ext; } packers[] = {
		{ "xz -c", "xz" }, { "zstd -qc", "zst" }, { "gzip -c", "gz" },
		{ "lz4 -qlc", "lz4" }, { "xz --format=lzma -c", "lzma" },
		{ "lzop -c", "lzo" }, { "bzip2 -c", "bz2" },
	};
	size_t i;

	/* an ELF file with a .BTF section, packed as a boot image holds it */
	generate((struct synth) { 0 }, plain_spec, "");
	ck_assert_msg(!sh("echo | cc -x c -c -o %s/v.o - && objcopy --add-section .BTF=%s/base.btf %s/v.o %s/vmlinux",
			  dir, dir, dir, dir), "%s", output);
	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		if (sh("command -v %.*s", (int)strcspn(packers[i].tool, " "), packers[i].tool))
			continue;	/* not a package that a build needs */
		/* five sectors of setup code, header fields, payload, its length */
		ck_assert_msg(!sh("cd %s && %s vmlinux > p && { [ %s = gz ] || printf LLLL >> p; }"
				  " && head -c 2560 /dev/zero > img && cat p >> img"
				  " && n=$(stat -c %%s p)"
				  " && at() { dd of=img bs=1 seek=$1 conv=notrunc status=none; }"
				  " && printf '\\004' | at 497 && printf HdrS | at 514"
				  " &&" PRINT_N " | at 588"
				  " && head -c 4096 /dev/zero >> img",
				  dir, packers[i].tool, packers[i].ext), "%s: %s",
			      packers[i].ext, output);
		expect_btf_in_image(packers[i].ext);
		/* an EFI program of 64 bytes, the payload, its length uncounted */
		ck_assert_msg(!sh("cd %s && %s vmlinux > p && n=$(stat -c %%s p)"
				  " && { printf 'MZ\\0\\0zimg\\100\\0\\0\\0' &&" PRINT_N
				  " && head -c 48 /dev/zero && cat p"
				  " && { [ %s = gz ] || printf LLLL; }"
				  " && head -c 4096 /dev/zero; } > img",
				  dir, packers[i].tool, packers[i].ext), "%s: %s",
			      packers[i].ext, output);
		expect_btf_in_image(packers[i].ext);
	}
}
END_TEST

/* An image without sections (arm64): the kernel's BTF among other things, and a small one. */
START_TEST(flat_images)
{
	struct synth many = { .shift = 8000 };
	struct writer *b = synth_base(&many);

	generate((struct synth) { .moved = true }, plain_spec, "");
	put_btf("big.btf", b);
	free(b);
	ck_assert_msg(!sh("cd %s && { head -c 4099 /dev/zero; cat base.btf; head -c 100 base.btf; cat big.btf base.btf;"
			  " head -c 999 /dev/zero; } > flat && cp flat img", dir), "%s", output);
	expect_btf_in_image("flat");
	ck_assert(in_file("out/l_table.h", "{ NULL, \"widget\", \"list\", 128, 128, "));
	ck_assert_msg(!sh("cd %s && gzip -c flat > img", dir), "%s", output);
	expect_btf_in_image("flat, packed");

	many.stranger = true;
	b = synth_base(&many);
	put_btf("big.btf", b);
	free(b);
	ck_assert_msg(!sh("cd %s && { head -c 4099 /dev/zero; cat big.btf; } > base.btf", dir), "%s", output);
	ck_assert_int_eq(sh("%s --kver 9.9-test --btf %s/base.btf --spec %s/test.spec --list-only",
			    getenv("LAYOUTGEN") ?: "build/unit/layoutgen", dir, dir), 1);
	ck_assert_ptr_nonnull(strstr(output, "/base.btf: the BTF of the kernel has a type of kind 23 "));
}
END_TEST

/* An image that nothing here can unpack: the line names what is missing. */
START_TEST(no_program)
{
	static const struct { const char *magic, *says; } packers[] = {
		{ "\\375\\067zXZ\\000", "xz, and there is no program 'xz': install the package xz-utils or xz" },
		{ "\\050\\265\\057\\375", "zstd, and there is no program 'zstd': install the package zstd" },
		{ "\\002\\041\\114\\030", "lz4, and there is no program 'lz4': install the package lz4" },
		{ "\\211LZO\\000\\015\\012\\032\\012",
		  "LZO, and there is no program 'lzop': install the package lzop" },
		{ "BZh9", "bzip2, and there is no program 'bzip2': install the package bzip2" },
	};
	const char *lg = getenv("LAYOUTGEN");
	char line[512];
	size_t i;

	put("test.spec", plain_spec, strlen(plain_spec));
	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		ck_assert_int_eq(sh("{ printf '%s'; head -c 64 /dev/zero; } > %s/img",
				    packers[i].magic, dir), 0);
		ck_assert_int_eq(sh("PATH=/nowhere %s --kver 9.9-test --btf %s/img --spec %s/test.spec --list-only",
				    lg ? lg : "build/unit/layoutgen", dir, dir), 1);
		snprintf(line, sizeof(line), "layoutgen: 9.9-test: %s/img: it is packed with %s\n", dir,
			 packers[i].says);
		ck_assert_str_eq(output, line);
	}
}
END_TEST

/* A tree as packages unpack it: the kernel in /boot, a module that has its types or has not. */
static int generate_from_tree(void)
{
	const char *lg = getenv("LAYOUTGEN");

	return sh("%s --kdir %s/usr/src/h --spec %s/test.spec --out %s/out/l.h",
		  lg ? lg : "build/unit/layoutgen", dir, dir, dir);
}

START_TEST(modules_without_btf)
{
	static const char *const spec =
		"module mod other\nstruct gadget\n\tneed struct widget w\nstruct widget\n\tneed size\n";
	struct writer *b = synth_base(&(struct synth) { 0 }), *m = synth_module(b, 32);
	char line[512];

	put("test.spec", spec, strlen(spec));
	put_btf("base.btf", b);
	put_btf("mod.btf", m);
	/* one that its own pahole has written */
	synth_stranger(m, 1);
	put_btf("strange.btf", m);
	free(m);
	free(b);
	ck_assert_msg(!sh("cd %s && mkdir -p usr/src/h/include/generated boot lib/modules/9.9-none/kernel/fs/fuse"
			  " && echo '#define UTS_RELEASE \"9.9-none\"' > usr/src/h/include/generated/utsrelease.h"
			  " && echo | cc -x c -c -o v.o -"
			  " && objcopy --add-section .BTF=base.btf v.o boot/vmlinuz-9.9-none"
			  " && objcopy --add-section .BTF=mod.btf v.o with.ko"
			  " && objcopy --add-section .BTF=strange.btf v.o strange.ko"
			  " && cp with.ko lib/modules/9.9-none/kernel/fs/fuse/mod.ko", dir), "%s", output);
	ck_assert_msg(!generate_from_tree(), "%s", output);
	ck_assert(in_file("out/l_table.h", "{ \"mod\", \"gadget\", \"w\", 256, 512, "));
	ck_assert_msg(!sh("cd %s/lib/modules/9.9-none/kernel/fs/fuse && gzip mod.ko", dir), "%s",
		      output);
	ck_assert_msg(!generate_from_tree(), "%s", output);
	ck_assert(in_file("out/l_table.h", "{ \"mod\", \"gadget\", \"w\", 256, 512, "));

	sh("cd %s && rm lib/modules/9.9-none/kernel/fs/fuse/mod.ko.gz && cp v.o lib/modules/9.9-none/kernel/fs/fuse/mod.ko",
	   dir);
	ck_assert_int_eq(generate_from_tree(), 1);
	snprintf(line, sizeof(line), "layoutgen: 9.9-none: %s/lib/modules/9.9-none/kernel/fs/fuse/mod.ko: "
		 "it has no BTF, as no module has of a kernel without CONFIG_DEBUG_INFO_BTF_MODULES\n", dir);
	ck_assert_str_eq(output, line);
	sh("cd %s && cp strange.ko lib/modules/9.9-none/kernel/fs/fuse/mod.ko", dir);
	ck_assert_int_eq(generate_from_tree(), 1);
	ck_assert_ptr_nonnull(strstr(output, "/fs/fuse/mod.ko: the BTF of the module has a type of kind 23 "));
	/* it does not matter where nothing of the module's is asked for */
	put("test.spec", "module mod\nstruct widget\n\tneed size\n",
	    strlen("module mod\nstruct widget\n\tneed size\n"));
	ck_assert_msg(!generate_from_tree(), "%s", output);
}
END_TEST

/* A file that is of no use is passed over if another one is, and told of if none is. */
START_TEST(next_file)
{
	struct writer *good = synth_base(&(struct synth) { 0 });
	struct writer *strange = synth_base(&(struct synth) { .stranger = true });
	char line[512];

	put("test.spec", plain_spec, strlen(plain_spec));
	put_btf("good.btf", good);
	put_btf("strange.btf", strange);
	free(good);
	free(strange);
	ck_assert_msg(!sh("cd %s && mkdir -p usr/src/h/include/generated boot"
			  " && echo '#define UTS_RELEASE \"9.9-none\"' > usr/src/h/include/generated/utsrelease.h"
			  " && echo | cc -x c -c -o v.o -"
			  " && objcopy --add-section .BTF=strange.btf v.o usr/src/h/vmlinux"
			  " && objcopy --add-section .BTF=good.btf v.o boot/vmlinuz-9.9-none", dir), "%s",
		      output);
	ck_assert_msg(!generate_from_tree(), "%s", output);
	ck_assert_ptr_nonnull(strstr(output, "/boot/vmlinuz-9.9-none\n"));
	sh("rm -r %s/boot %s/out", dir, dir);
	ck_assert_int_eq(generate_from_tree(), 1);
	snprintf(line, sizeof(line), "layoutgen: 9.9-none: %s/usr/src/h/vmlinux: the BTF of the kernel has a type of kind 23 "
		 "(number 8), which is unknown here, and does not tell its size: update famfs\n", dir);
	ck_assert_str_eq(output, line);
}
END_TEST

START_TEST(damaged_btf)
{
	const char *lg = getenv("LAYOUTGEN");
	unsigned int i;

	generate((struct synth) { .early_strange = true, .described = true }, plain_spec, "");
	for (i = 0; i < 60; i++) {
		int status;

		sh("cp %s/base.btf %s/bad.btf; printf '\\%03o' | dd of=%s/bad.btf bs=1 seek=%u conv=notrunc status=none",
		   dir, dir, i * 37 & 255, dir, 24 + i * 17);
		status = sh("%s --kver 9.9-test --btf %s/bad.btf --spec %s/test.spec --list-only >/dev/null",
			    lg ? lg : "build/unit/layoutgen", dir, dir);
		ck_assert_msg(status == 0 || (status == 1 && !strncmp(output, "layoutgen: ", 11)),
			      "byte %u: exit %d: %s", 24 + i * 17, status, output);
	}
	ck_assert_int_eq(sh("%s --kver 9.9-test --btf /dev/null --spec %s/test.spec --list-only",
			    lg ? lg : "build/unit/layoutgen", dir), 1);
	ck_assert_str_eq(output, "layoutgen: 9.9-test: no BTF in /dev/null\n");
}
END_TEST

START_TEST(no_btf_at_all)
{
	const char *lg = getenv("LAYOUTGEN");

	put("test.spec", plain_spec, strlen(plain_spec));
	sh("mkdir -p %s/usr/src/h/include/generated; echo '#define UTS_RELEASE \"9.9-none\"' > %s/usr/src/h/include/generated/utsrelease.h",
	   dir, dir);
	ck_assert_int_eq(sh("%s --kdir %s/usr/src/h --spec %s/test.spec --list-only",
			    lg ? lg : "build/unit/layoutgen", dir, dir), 1);
	ck_assert_ptr_nonnull(strstr(output, "layoutgen: 9.9-none: no BTF found for this kernel"));
	ck_assert_ptr_nonnull(strstr(output, "install the image of the kernel (linux-image-9.9-none or kernel-core-9.9-none)\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_source");
	TCase *tc = tcase_create("program");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, images);
	tcase_add_test(tc, flat_images);
	tcase_add_test(tc, no_program);
	tcase_add_test(tc, modules_without_btf);
	tcase_add_test(tc, next_file);
	tcase_add_test(tc, damaged_btf);
	tcase_add_test(tc, no_btf_at_all);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
