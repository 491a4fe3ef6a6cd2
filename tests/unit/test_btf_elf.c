// SPDX-License-Identifier: GPL-2.0-only
/* A section of an ELF file, and of one that is cut, damaged or not of this machine. */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "layoutgen.h"

#define NSECT 4

/* Header, names, the section looked for and headers of sections, in the order of a linker. */
struct image {
	Elf64_Ehdr eh;
	char names[32];
	char btf[40];
	Elf64_Shdr sh[NSECT];
};

static struct image plain(void)
{
	static const char names[] = "\0.shstrtab\0.BTF_ids\0.BTF";
	struct image im = { .eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB },
		.e_shoff = offsetof(struct image, sh), .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = NSECT, .e_shstrndx = 1,
	} };

	memcpy(im.names, names, sizeof(names));
	strcpy(im.btf, "what is looked for");
	im.sh[1] = (Elf64_Shdr) { .sh_name = 1, .sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct image, names), .sh_size = sizeof(names) };
	im.sh[2] = (Elf64_Shdr) { .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_offset = 3,
		.sh_size = 4 };
	im.sh[3] = (Elf64_Shdr) { .sh_name = 20, .sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(struct image, btf), .sh_size = sizeof(im.btf) };
	return im;
}

/* From an exact copy, so that ASan sees the first byte read too many; all of it is read. */
static bool find(const void *data, size_t len, bool right)
{
	char *copy = malloc(len ? len : 1);
	size_t size = 0, i;
	const char *p;
	unsigned int sum = 0;

	memcpy(copy, data, len);
	p = lg_elf_section(copy, len, ".BTF", &size);
	for (i = 0; p && i < size; i++)
		sum += (unsigned char)p[i];
	if (p && right) {
		ck_assert_uint_eq(size, 40);
		ck_assert_str_eq(p, "what is looked for");
	}
	free(copy);
	return p && (sum || !right);
}

START_TEST(found)
{
	struct image im = plain();

	ck_assert(find(&im, sizeof(im), true));
	/* more sections than the header can count */
	im.eh.e_shnum = 0;
	im.sh[0].sh_size = NSECT;
	im.eh.e_shstrndx = SHN_XINDEX;
	im.sh[0].sh_link = 1;
	ck_assert(find(&im, sizeof(im), true));
}
END_TEST

START_TEST(not_there)
{
	struct image im = plain();

	/* a name that only begins so */
	im.sh[3].sh_name = 11;
	ck_assert(!find(&im, sizeof(im), true));
	/* the name would end behind the names */
	im = plain();
	im.sh[1].sh_size = 24;
	ck_assert(!find(&im, sizeof(im), true));
	/* without bytes in the file, or with others than it is made of */
	im = plain();
	im.sh[3].sh_type = SHT_NOBITS;
	ck_assert(!find(&im, sizeof(im), true));
	im = plain();
	im.sh[3].sh_flags = SHF_COMPRESSED;
	ck_assert(!find(&im, sizeof(im), true));
	/* of another machine */
	im = plain();
	im.eh.e_ident[EI_CLASS] = ELFCLASS32;
	ck_assert(!find(&im, sizeof(im), true));
	im = plain();
	im.eh.e_ident[EI_DATA] ^= 3;
	ck_assert(!find(&im, sizeof(im), true));
}
END_TEST

START_TEST(out_of_the_file)
{
	static const uint64_t far[] = {
		sizeof(struct image) + 1, sizeof(struct image) - 39, 1ull << 32, 1ull << 63,
		UINT64_MAX, UINT64_MAX - 39,
	};
	size_t i, len;
	struct image im = plain();

	for (len = 0; len < sizeof(im); len++)
		ck_assert_msg(!find(&im, len, true), "cut to %zu bytes", len);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		im = plain();
		im.sh[3].sh_offset = far[i];
		ck_assert(!find(&im, sizeof(im), true));
		im = plain();
		im.sh[3].sh_size = far[i] + sizeof(im);
		ck_assert(!find(&im, sizeof(im), false));
		im = plain();
		im.sh[1].sh_offset = far[i];
		ck_assert(!find(&im, sizeof(im), true));
		im = plain();
		im.sh[1].sh_size = far[i] + sizeof(im) + 1;
		ck_assert(!find(&im, sizeof(im), true));
		im = plain();
		im.eh.e_shoff = far[i];
		ck_assert(!find(&im, sizeof(im), true));
		im = plain();
		im.eh.e_shnum = 0;
		im.sh[0].sh_size = far[i];
		im.sh[3].sh_name = 11;
		ck_assert(!find(&im, sizeof(im), true));
	}
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
	uint64_t state = 88172645463325252ull;
	unsigned int i, j, ok = 0;

	for (i = 0; i < 50000; i++) {
		struct image im = plain();
		unsigned char *b = (unsigned char *)&im;

		for (j = rnd(&state) % 3 + 1; j; j--)
			b[rnd(&state) % sizeof(im)] = rnd(&state) & 1 ? rnd(&state) : 0xff;
		ok += find(&im, sizeof(im), false);
	}
	ck_assert_uint_gt(ok, 0);
	ck_assert_uint_lt(ok, 50000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("btf_elf");
	TCase *tc = tcase_create("section");
	SRunner *r;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, found);
	tcase_add_test(tc, not_there);
	tcase_add_test(tc, out_of_the_file);
	tcase_add_test(tc, mutated);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
