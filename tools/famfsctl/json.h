/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON, written as it comes. A key is NULL in an array, and in no object. What is opened is
 * closed in turn; json_end() closes the last.
 */
#ifndef FAMFSCTL_JSON_H
#define FAMFSCTL_JSON_H

#include <stdbool.h>
#include <stdint.h>

void json_begin(const char *command);
void json_finish(void);
void json_object(const char *key);
void json_array(const char *key);
void json_end(void);
void json_str(const char *key, const char *value);	/* NULL becomes null */
void json_u64(const char *key, uint64_t value);
void json_double(const char *key, double value);
void json_bool(const char *key, bool value);
void json_null(const char *key);
/* null unless @have */
void json_u64_if(const char *key, bool have, uint64_t value);

#endif /* FAMFSCTL_JSON_H */
