/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of famfsctl share: what the command line says to every command, memory,
 * text for terminals, and files of the machine that is looked at.
 *
 * The program looks, says, and ends, so that memory comes from a pool and is given back
 * as a whole. No memory ends the program.
 */
#ifndef FAMFSCTL_H
#define FAMFSCTL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Exit codes; famfsctl(8) has them. */
enum {
	EXIT_FINE,	/* done, or nothing is wrong */
	EXIT_FOUND,	/* something is wrong, was refused, or failed */
	EXIT_USAGE,
	EXIT_NOT_HERE,	/* cannot be told or done here: no such interface, or no right to it */
};

/* What the command line says to every command. */
struct ctl {
	const char *root;	/* goes before every path of the machine; no slash at its end */
	bool json;
	const char *usage;	/* of the command that runs */
};

extern struct ctl ctl;

/* The commands; argv[0] is the command's own name. */
int cmd_bench(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_mode(int argc, char **argv);
int cmd_resolve(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_whose(int argc, char **argv);
int cmd_why(int argc, char **argv);

/* pool.c */
void *pool_alloc(size_t size);		/* zeroed */
char *pool_strdup(const char *s);
char *pool_strndup(const char *s, size_t n);
char *pool_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *pool_vprintf(const char *format, va_list args);
void *pool_grow(void *array, size_t n, size_t size);
void pool_empty(void);

/*
 * pool_more() - room for one more element
 * @array: of whatever type, or NULL
 * @n: how many there are
 */
#define pool_more(array, n)	((array) = pool_grow((array), (n), sizeof(*(array))))

/* program.c */
char *program_says(const char *const *argv, int *status);

/* text.c */
const char *safe(const char *s);
const char *size_text(uint64_t bytes);
bool size_parse(const char *s, uint64_t *bytes);
void unescape(char *s);
int usage_error(void);
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void table_begin(void);
void table_row(const char *first, ...) __attribute__((sentinel));
void table_end(void);

/* machine.c */
char *sys_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *sys_read(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *sys_read_all(size_t *len, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool sys_u64(uint64_t *value, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *sys_link(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *sys_real(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool sys_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
int sys_write(const char *value, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct names {
	char **name;
	size_t n;
};

int sys_list(struct names *names, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *kernel_release(void);
bool kernel_at_least(unsigned int major, unsigned int minor);

#endif /* FAMFSCTL_H */
