// SPDX-License-Identifier: GPL-2.0-only
/* BTF in files: raw, in an ELF file, in a kernel image, or in any of these packed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "layoutgen.h"

extern char **environ;

/* x86 boot protocol: where the setup header keeps these (2.08 and later) */
#define HDR_SETUP_SECTS	0x1f1
#define HDR_MAGIC	0x202
#define HDR_PAYLOAD_OFF	0x248
#define HDR_PAYLOAD_LEN	0x24c

/* EFI zboot (arm64 and others, Linux 6.1 and later): where its header keeps these */
#define ZBOOT_PAYLOAD_OFF	0x08
#define ZBOOT_PAYLOAD_LEN	0x0c
#define ZBOOT_HDR_LEN		0x40

struct packer {
	const char *name;
	const char *package;
	unsigned char magic[9];
	size_t magic_len;
	const char *argv[5];
	bool size_behind;	/* the kernel build appends 4 bytes of length */
};

static const struct packer packers[] = {
	{ "xz", "xz-utils or xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, { "xz", "-dcq" }, true },
	{ "zstd", "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, { "zstd", "-dcq" }, true },
	{ "gzip", "gzip", { 0x1f, 0x8b }, 2, { "gzip", "-dcq" }, false },
	{ "lz4", "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, { "lz4", "-dcq" }, true },
	{ "LZO", "lzop", { 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a, 0x0a }, 9,
	  { "lzop", "-dcq" }, true },
	{ "bzip2", "bzip2", { 'B', 'Z', 'h' }, 3, { "bzip2", "-dcq" }, true },
	{ "lzma", "xz-utils or xz", { 0x5d, 0x00, 0x00 }, 3,
	  { "xz", "--format=lzma", "-dcq" }, true },
};

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* What has been made and not been deleted yet, also when lg_die() ends us. */
static char *leftovers[4];

static void delete_leftovers(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leftovers); i++)
		if (leftovers[i])
			unlink(leftovers[i]);
}

static void remember(const char *path)
{
	static bool registered;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leftovers) && leftovers[i]; i++)
		;
	if (i < ARRAY_SIZE(leftovers))
		leftovers[i] = lg_strdup(path);
	/* After the first lg_strdup(), so that it is called before those are freed. */
	if (!registered)
		atexit(delete_leftovers);
	registered = true;
}

static void delete_temporary(const char *path)
{
	size_t i;

	unlink(path);
	for (i = 0; i < ARRAY_SIZE(leftovers); i++)
		if (leftovers[i] && !strcmp(leftovers[i], path))
			leftovers[i] = NULL;
}

static int tmp_fd(char *path, size_t len)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, len, "%s/layoutgen.XXXXXX", dir && *dir ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		lg_die("cannot make a temporary file in %s: %s", path, strerror(errno));
	remember(path);
	return fd;
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0)
			lg_die("cannot write a temporary file: %s", strerror(errno));
		buf += n;
		len -= n;
	}
}

/* A tool that had no room for its output did not refuse its input. */
static void check_room(int fd)
{
	struct statvfs fs;

	if (!fstatvfs(fd, &fs) && !fs.f_bavail)
		lg_die("no room for temporary files: set TMPDIR to a directory with 100 MB");
}

/*
 * Runs the packer's own tool from file to file, so that no side can block the
 * other.  Returns NULL when there is no tool, or when it refuses the data.
 */
static char *unpack(const struct packer *p, const char *buf, size_t len, size_t *outlen,
		    bool *no_tool)
{
	char in[4096], out[4096], *res = NULL;
	posix_spawn_file_actions_t fa;
	int ifd = tmp_fd(in, sizeof(in)), ofd = tmp_fd(out, sizeof(out));
	int status = -1, r;
	pid_t pid;

	write_all(ifd, buf, len);
	lseek(ifd, 0, SEEK_SET);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ifd, 0);
	posix_spawn_file_actions_adddup2(&fa, ofd, 1);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&pid, p->argv[0], &fa, NULL, (char **)p->argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (!r && waitpid(pid, &status, 0) == pid && status == 0)
		res = lg_read_file(out, outlen);
	if (!res)
		check_room(ofd);
	close(ifd);
	close(ofd);
	delete_temporary(in);
	delete_temporary(out);
	*no_tool = r || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
	return res;
}

static const struct packer *find_packer(const char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(packers); i++)
		if (len > packers[i].magic_len &&
		    !memcmp(buf, packers[i].magic, packers[i].magic_len))
			return &packers[i];
	return NULL;
}

/* A flat image (arm64) has no section table: look for BTF's own header. */
static const char *scan(const char *buf, size_t len, size_t *size, const char **why)
{
	static const unsigned char head[] = { 0x9f, 0xeb, 1, 0 };
	struct famfs_btf_blob *b = lg_alloc(sizeof(*b));
	const char *p = buf, *end = buf + len;
	char reason[200];

	for (; (p = memmem(p, end - p, head, sizeof(head))); p += 4) {
		if (end - p < 24)
			break;
		/* kernels carry small test blobs too; theirs is megabytes long */
		if (le32((const unsigned char *)p + 20) <= 65536)
			continue;
		/* all that follows in the image, where only this BTF ends is not said */
		*size = end - p < INT32_MAX ? end - p : INT32_MAX;
		if (!famfs_btf_blob_init(b, p, *size, NULL, reason, sizeof(reason)))
			return p;
		/* by chance there are no such sections */
		if (b->types && b->strs)
			*why = lg_strdup(reason);
	}
	return NULL;
}

static const char *in_plain(const char *buf, size_t len, size_t *size, const char **why)
{
	uint16_t magic;

	if (len < 4)
		return NULL;
	if (!memcmp(buf, "\177ELF", 4))
		return lg_elf_section(buf, len, ".BTF", size);
	memcpy(&magic, buf, sizeof(magic));
	if (magic != 0xeb9f)
		return scan(buf, len, size, why);
	*size = len;
	return buf;
}

/* Where in an image that unpacks itself the kernel is; false when it is not in it. */
static bool find_payload(const unsigned char *img, size_t len, size_t *off, size_t *plen)
{
	*off = 0;
	*plen = len;
	if (len > 0x1000 && !memcmp(img + HDR_MAGIC, "HdrS", 4)) {
		size_t sects = img[HDR_SETUP_SECTS] ? img[HDR_SETUP_SECTS] : 4;

		*off = (sects + 1) * 512 + (size_t)le32(img + HDR_PAYLOAD_OFF);
		*plen = le32(img + HDR_PAYLOAD_LEN);
	} else if (len > ZBOOT_HDR_LEN && !memcmp(img, "MZ\0\0zimg", 8)) {
		*off = le32(img + ZBOOT_PAYLOAD_OFF);
		*plen = le32(img + ZBOOT_PAYLOAD_LEN);
	}
	return *off <= len && *plen <= len - *off;
}

/**
 * lg_btf_in_file - find BTF in a file
 * @path: raw BTF, vmlinux, module, bzImage, EFI zboot or Image, or one of these packed
 * @size: receives the bytes of BTF, at most
 * @why: receives a sentence about the file if there is something to say about why there is none
 *
 * Return: the BTF, not looked into and alive until exit; NULL when the file is unreadable,
 * of no known form or holds none.
 */
const char *lg_btf_in_file(const char *path, size_t *size, const char **why)
{
	size_t len, outlen, off, plen;
	const char *img = lg_map_file(path, &len), *out = NULL;
	const struct packer *p;
	bool no_tool = false;

	if (!img || !find_payload((const unsigned char *)img, len, &off, &plen))
		return NULL;
	p = find_packer(img + off, plen);
	if (!p)
		return in_plain(img + off, plen, size, why);
	if (p->size_behind && plen > 4)
		out = unpack(p, img + off, plen - 4, &outlen, &no_tool);
	if (!out && !no_tool)
		out = unpack(p, img + off, plen, &outlen, &no_tool);
	if (no_tool)
		*why = lg_printf("it is packed with %s, and there is no program '%s': install the package %s",
				 p->name, p->argv[0], p->package);
	else if (!out)
		*why = lg_printf("it cannot be unpacked with '%s'", p->argv[0]);
	return out ? in_plain(out, outlen, size, why) : NULL;
}
