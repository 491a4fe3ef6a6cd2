// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of a line that somebody reads.
 */
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include "tell/tell.h"

/**
 * famfs_seq_string() - print a key and a string that anybody may have made
 * @seq: where to
 * @key: as it is, with the "="
 * @s: the string: what would end the word or the line is escaped, as in /proc/mounts
 */
void famfs_seq_string(struct seq_file *seq, const char *key, const char *s)
{
	seq_puts(seq, key);
	seq_escape_mem(seq, s, strlen(s), ESCAPE_NP | ESCAPE_OCTAL | ESCAPE_APPEND, " \\");
}
