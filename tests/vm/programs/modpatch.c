// SPDX-License-Identifier: GPL-2.0-only
/*
 * modpatch IN OUT OLD NEW: copy a kernel module with one string replaced by
 * another of the same length wherever it stands by itself, and without the
 * signature, which would not be good any more. Status 1 if OLD is not there.
 * modpatch IN OUT @SYMBOL NUMBER: the same, and the first 32 bits of an object are
 * another number.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char marker[] = "~Module signature appended~\n";
#define MARKER_LEN	(sizeof(marker) - 1)
/* struct module_signature ends with the length of what is before it. */
#define TRAILER_LEN	12

static size_t without_signature(const unsigned char *p, size_t len)
{
	const unsigned char *n;
	size_t sig;

	if (len < MARKER_LEN + TRAILER_LEN || memcmp(p + len - MARKER_LEN, marker, MARKER_LEN))
		return len;
	len -= MARKER_LEN;
	n = p + len - 4;
	sig = (size_t)n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3];
	return sig <= len - TRAILER_LEN ? len - TRAILER_LEN - sig : len;
}

static int starts_section(const unsigned char *p, size_t pos)
{
	const Elf64_Ehdr *eh = (void *)p;
	const Elf64_Shdr *sh = (void *)(p + eh->e_shoff);
	int i;

	for (i = 0; i < eh->e_shnum; i++)
		if (sh[i].sh_offset == pos)
			return 1;
	return 0;
}

/* Both ends: the string starts a section, or after a NUL, and ends with one. */
static int patch_string(unsigned char *p, size_t len, const char *old, const char *new)
{
	size_t old_len = strlen(old), i;
	int found = 0;

	if (old_len != strlen(new))
		return 0;
	for (i = 1; i + old_len < len; i++)
		if (!memcmp(p + i, old, old_len + 1) && (!p[i - 1] || starts_section(p, i))) {
			memcpy(p + i, new, old_len);
			found = 1;
		}
	return found;
}

static int patch_number(unsigned char *p, const char *symbol, uint32_t number)
{
	const Elf64_Ehdr *eh = (void *)p;
	const Elf64_Shdr *sh = (void *)(p + eh->e_shoff);
	const Elf64_Sym *sym, *end;
	const char *names;
	int i;

	for (i = 0; i < eh->e_shnum; i++) {
		if (sh[i].sh_type != SHT_SYMTAB)
			continue;
		names = (char *)p + sh[sh[i].sh_link].sh_offset;
		sym = (void *)(p + sh[i].sh_offset);
		for (end = sym + sh[i].sh_size / sizeof(*sym); sym < end; sym++)
			if (!strcmp(names + sym->st_name, symbol) && sym->st_shndx < eh->e_shnum) {
				memcpy(p + sh[sym->st_shndx].sh_offset + sym->st_value, &number,
				       sizeof(number));
				return 1;
			}
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char *p = malloc(64 << 20);
	size_t len;
	int found;
	FILE *f;

	if (argc != 5 || !p)
		return 2;
	f = fopen(argv[1], "r");
	if (!f)
		return 2;
	len = without_signature(p, fread(p, 1, 64 << 20, f));
	fclose(f);

	if (argv[3][0] == '@')
		found = patch_number(p, argv[3] + 1, strtoul(argv[4], NULL, 10));
	else
		found = patch_string(p, len, argv[3], argv[4]);
	f = fopen(argv[2], "w");
	if (!f || fwrite(p, 1, len, f) != len || fclose(f))
		return 2;
	return !found;
}
