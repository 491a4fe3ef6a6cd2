// SPDX-License-Identifier: GPL-2.0-only
/* BTF out of a packed kernel image, and unpacking of compressed modules. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/libbpf.h>
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
	unsigned char magic[6];
	size_t magic_len;
	const char *argv[5];
	bool size_behind;	/* the kernel build appends 4 bytes of length */
};

static const struct packer packers[] = {
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, { "xz", "-dcq" }, true },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, { "zstd", "-dcq" }, true },
	{ "gzip", { 0x1f, 0x8b }, 2, { "gzip", "-dcq" }, false },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, { "lz4", "-dcq" }, true },
	{ "lzma", { 0x5d, 0x00, 0x00 }, 3, { "xz", "--format=lzma", "-dcq" }, true },
};

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* What has been made and not been deleted yet, also when lg_die() ends us. */
static char *leftovers[LG_MAX_MODS + 4];

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

/**
 * lg_delete_temporary - delete a file that this part has made
 * @path: its path
 */
void lg_delete_temporary(const char *path)
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
 * other.  Returns NULL when the tool refuses the data.
 */
static char *unpack(const struct packer *p, const char *buf, size_t len, size_t *outlen)
{
	char in[4096], out[4096], *res = NULL;
	posix_spawn_file_actions_t fa;
	int ifd = tmp_fd(in, sizeof(in)), ofd = tmp_fd(out, sizeof(out));
	int status, r;
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
	lg_delete_temporary(in);
	lg_delete_temporary(out);
	if (r || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
		lg_die("the kernel image is %s-compressed: install the '%s' tool", p->name,
		       p->argv[0]);
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

/**
 * lg_unpack_module - put an uncompressed copy of a .ko.{xz,zst,gz} aside
 * @path: compressed module
 *
 * Return: path of a temporary file, for lg_delete_temporary().
 */
char *lg_unpack_module(const char *path)
{
	size_t len = 0, outlen = 0;
	char *buf = lg_read_file(path, &len), *res, tmp[4096];
	const struct packer *p = buf ? find_packer(buf, len) : NULL;
	int fd;

	if (!p)
		lg_die("%s is not compressed in a known way", path);
	res = unpack(p, buf, len, &outlen);
	if (!res)
		lg_die("%s cannot be unpacked with %s", path, p->argv[0]);
	fd = tmp_fd(tmp, sizeof(tmp));
	write_all(fd, res, outlen);
	close(fd);
	return lg_strdup(tmp);
}

/* A flat image (arm64) has no section table: look for BTF's own header. */
static struct btf *scan(const char *buf, size_t len)
{
	static const unsigned char head[] = { 0x9f, 0xeb, 1, 0 };
	const char *p = buf, *end = buf + len;
	libbpf_print_fn_t old = libbpf_set_print(NULL);
	struct btf *btf = NULL;

	while (!btf && (p = memmem(p, end - p, head, sizeof(head)))) {
		uint32_t hdr, str_off, str_len;

		if (end - p < 24)
			break;
		hdr = le32((const unsigned char *)p + 4);
		str_off = le32((const unsigned char *)p + 16);
		str_len = le32((const unsigned char *)p + 20);
		/* kernels carry small test blobs too; theirs is megabytes long */
		if (hdr >= 24 && hdr <= 64 && str_len > 65536 &&
		    (uint64_t)hdr + str_off + str_len <= (uint64_t)(end - p)) {
			btf = btf__new(p, hdr + str_off + str_len);
			if (libbpf_get_error(btf))
				btf = NULL;
		}
		p += 4;
	}
	libbpf_set_print(old);
	return btf;
}

static struct btf *from_plain(const char *buf, size_t len)
{
	char tmp[4096];
	struct btf *btf;
	int fd;

	if (len < 4 || memcmp(buf, "\177ELF", 4))
		return scan(buf, len);
	fd = tmp_fd(tmp, sizeof(tmp));
	write_all(fd, buf, len);
	close(fd);
	btf = btf__parse_elf(tmp, NULL);
	lg_delete_temporary(tmp);
	return libbpf_get_error(btf) ? NULL : btf;
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
 * lg_btf_from_image - BTF of a vmlinuz
 * @path: bzImage, EFI zboot, Image, Image.gz or vmlinux
 *
 * Return: base BTF, or NULL when the image is unreadable, of no known form or
 * holds no BTF.
 */
struct btf *lg_btf_from_image(const char *path)
{
	size_t len, outlen, off, plen;
	unsigned char *img = (unsigned char *)lg_read_file(path, &len);
	const struct packer *p;
	char *out;

	if (!img || !find_payload(img, len, &off, &plen))
		return NULL;
	p = find_packer((char *)img + off, plen);
	if (!p)
		return from_plain((char *)img + off, plen);
	out = NULL;
	if (p->size_behind && plen > 4)
		out = unpack(p, (char *)img + off, plen - 4, &outlen);
	if (!out)
		out = unpack(p, (char *)img + off, plen, &outlen);
	return out ? from_plain(out, outlen) : NULL;
}
