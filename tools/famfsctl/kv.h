/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of the kernel's tables in debugfs: words between single blanks, most of them
 * key=value, a first one that can be a device number. Keys that nobody asks for are passed
 * over; what is missing or no number is the asker's to handle. Pure: no file is read.
 */
#ifndef FAMFSCTL_KV_H
#define FAMFSCTL_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KV_MAX	40	/* words that are kept of a line */

struct kv {
	char *first;		/* a first word without a "=", or NULL */
	size_t n;
	struct {
		char *key, *value;	/* value unescaped */
	} pair[KV_MAX];
};

char *kv_next_line(char **text);
void kv_parse(struct kv *kv, char *line);
const char *kv_get(const struct kv *kv, const char *key);
bool kv_u64(const struct kv *kv, const char *key, uint64_t *value);
size_t kv_list(const char *value, uint64_t *numbers, size_t max);
bool devno_parse(const char *s, unsigned int *major, unsigned int *minor);
bool number_parse(const char *s, uint64_t *value);

#endif /* FAMFSCTL_KV_H */
