// SPDX-License-Identifier: GPL-2.0-only
/* Finds a section in an ELF file. */
#include <elf.h>
#include <string.h>
#include "layoutgen.h"

#define NATIVE_ORDER (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

struct elf {
	const char *buf;
	size_t len;
	uint64_t shoff, shnum;	/* every header of a section below shnum lies in the file */
};

/* The @size bytes at @off, NULL if they do not lie in the file. */
static const char *at(const struct elf *e, uint64_t off, uint64_t size)
{
	return off <= e->len && size <= e->len - off ? e->buf + off : NULL;
}

static bool section_header(const struct elf *e, uint64_t i, Elf64_Shdr *sh)
{
	const char *p;

	/* the file is shorter than 2^63, so a number that is this small cannot overflow */
	if (i >= e->shnum || i > e->len)
		return false;
	p = at(e, e->shoff + i * sizeof(*sh), sizeof(*sh));
	if (p)
		memcpy(sh, p, sizeof(*sh));
	return p;
}

static bool open_elf(struct elf *e, const char *buf, size_t len, Elf64_Shdr *names)
{
	Elf64_Ehdr eh;
	Elf64_Shdr first;
	uint64_t strndx;

	if (len < sizeof(eh))
		return false;
	memcpy(&eh, buf, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_ident[EI_DATA] != NATIVE_ORDER || eh.e_shentsize != sizeof(first) ||
	    !eh.e_shoff || eh.e_shoff > len)
		return false;
	e->buf = buf;
	e->len = len;
	e->shoff = eh.e_shoff;
	e->shnum = 1;
	if (!section_header(e, 0, &first))
		return false;
	/* too many for their fields: section 0 has the numbers */
	e->shnum = eh.e_shnum ? eh.e_shnum : first.sh_size;
	strndx = eh.e_shstrndx == SHN_XINDEX ? first.sh_link : eh.e_shstrndx;
	return section_header(e, strndx, names) && names->sh_type == SHT_STRTAB;
}

/**
 * lg_elf_section - content of a section of an ELF file
 * @buf: the file, of 64 bits and the byte order of this machine; nothing in it is trusted
 * @len: bytes in it
 * @name: name of the section
 * @size: receives the bytes of the section
 *
 * Return: where in @buf the section is; NULL if it has none of that name, or if the file is
 * of another form or damaged.
 */
const char *lg_elf_section(const char *buf, size_t len, const char *name, size_t *size)
{
	Elf64_Shdr sh, names;
	const char *s;
	struct elf e;
	uint64_t i;

	if (!open_elf(&e, buf, len, &names))
		return NULL;
	for (i = 1; i < e.shnum && section_header(&e, i, &sh); i++) {
		if (sh.sh_name >= names.sh_size ||
		    names.sh_size - sh.sh_name <= strlen(name))
			continue;
		s = at(&e, names.sh_offset, names.sh_size);
		if (!s)
			return NULL;
		if (memcmp(s + sh.sh_name, name, strlen(name) + 1) ||
		    sh.sh_type == SHT_NOBITS || sh.sh_flags & SHF_COMPRESSED)
			continue;
		*size = sh.sh_size;
		return at(&e, sh.sh_offset, sh.sh_size);
	}
	return NULL;
}
