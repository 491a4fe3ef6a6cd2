/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to become of a GET_FMAP message, said from the protocol's text alone: it
 * shares no code with the kernel side and calculates in another way (128 bits, chunk
 * by chunk), so that the two do not agree on a common mistake.
 */
#ifndef TESTS_VM_HOSTILE_ORACLE_H
#define TESTS_VM_HOSTILE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE		4096ULL
#define MSG_MAX		(16ULL << 20)

/* What an open may come to. Several, where a message has several faults. */
#define V_OK		1u
#define V_EINVAL	2u
#define V_ENODEV	4u
#define V_EBUSY		8u
#define V_EFBIG		16u
#define V_EIO		32u
#define V_OTHER		64u	/* none of these */
#define V_KINDS		7

struct range {
	int dev;
	uint64_t start, end;
};

/**
 * struct scene - what a message meets
 * @resolve:  which device is index? Returns V_OK and sets *dev, or the errors that
 *            naming it gives; both, where the protocol leaves it open
 * @dev_size: bytes, by device
 * @owned:    what other files of the mount, which are open, have
 */
struct scene {
	unsigned int (*resolve)(uint32_t index, int *dev);
	uint64_t dev_size[2];
	struct range owned[16];
	unsigned int nowned;
};

/* judge - a whole message, to a request with enough room: a set of V_*. */
unsigned int judge(const void *msg, size_t len, const struct scene *scene);

/* add_owned - the message is the map of a file from now on. */
void add_owned(struct scene *scene, const void *msg, size_t len);

/* where_is - device index and offset of a byte of a file; the message is valid. */
void where_is(const void *msg, uint64_t pos, uint32_t *index, uint64_t *offset);

unsigned int verdict_of_errno(int err);
const char *verdict_name(unsigned int bit);

#endif
