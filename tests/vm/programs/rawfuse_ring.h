/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FUSE over io_uring for rawfuse.c, with bare system calls: one ring, and for
 * each queue (the kernel wants one for each possible CPU) two entries, each of
 * which has a request from the kernel at a time, or waits for one.
 *
 * The C library's headers may be older than all this, so the few structs and
 * numbers it takes are here, under names of their own.
 */
#ifndef TESTS_VM_RAWFUSE_RING_H
#define TESTS_VM_RAWFUSE_RING_H

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "rawfuse_ops.h"

#define RING_REGISTER		1
#define RING_COMMIT_AND_FETCH	2
#define RING_PER_QUEUE		2
/* What the kernel may put into one request: 32 pages, or MAX_WRITE. */
#define RING_PAYLOAD		(256 << 10)

struct ring_header {		/* of a request, and of its answer */
	char in_out[128];
	char op[128];
	uint64_t flags;
	uint64_t commit_id;
	uint32_t payload;	/* bytes */
	uint32_t pool_offset;
	uint64_t reserved;
};

struct ring_command {		/* in the second half of a queue entry */
	uint64_t flags;
	uint64_t commit_id;
	uint16_t queue;
	uint8_t padding[6];
	uint64_t unused[2];
};

struct ring_entry {
	struct ring_header head;
	struct iovec iov[2];
	char *payload;
	uint16_t queue;
};

struct ring {
	int fd;
	int session;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	char *sqes;		/* of 128 bytes each */
	struct io_uring_cqe *cqes;
	struct ring_entry *entries;
	unsigned int nentries;
	int broken;		/* errno with which the kernel refused an entry */
};

static inline unsigned int possible_cpus(void)
{
	FILE *in = fopen("/sys/devices/system/cpu/possible", "r");
	unsigned int first, last;
	int n;

	check(in, "list of CPUs");
	n = fscanf(in, "%u-%u", &first, &last);
	fclose(in);
	check(n >= 1 && first == 0, "list of CPUs");
	return n == 2 ? last + 1 : 1;
}

/* Hand an entry to the kernel: for its first request, or with an answer. */
static inline void ring_submit(struct ring *r, unsigned int which, uint32_t cmd, int queue)
{
	struct ring_entry *e = &r->entries[which];
	unsigned int tail = *r->sq_tail, slot = tail & *r->sq_mask;
	struct io_uring_sqe *sqe = (void *)(r->sqes + 128 * slot);
	struct ring_command *arg = (void *)((char *)sqe + 48);

	memset(sqe, 0, 128);
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = r->session;
	sqe->off = cmd;		/* cmd_op is the low half of it */
	sqe->user_data = which;
	if (cmd == RING_REGISTER) {
		sqe->addr = (uintptr_t)e->iov;
		sqe->len = 2;
	}
	arg->queue = queue;
	arg->commit_id = e->head.commit_id;
	r->sq_array[slot] = slot;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	check(syscall(__NR_io_uring_enter, r->fd, 1, 0, 0, NULL, 0) == 1, "io_uring_enter");
}

static inline void *ring_map(int fd, size_t len, off_t what)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	check(p != MAP_FAILED, "map the ring");
	return p;
}

/* Register all entries; with bad_queue, the first one for a queue that is not there. */
static inline void ring_start(struct ring *r, int session, int bad_queue)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQE128 };
	unsigned int i;
	char *sq, *cq;

	r->session = session;
	r->nentries = possible_cpus() * RING_PER_QUEUE;
	r->fd = syscall(__NR_io_uring_setup, r->nentries, &p);
	check(r->fd >= 0, "io_uring_setup");
	sq = ring_map(r->fd, p.sq_off.array + p.sq_entries * 4, IORING_OFF_SQ_RING);
	cq = ring_map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes), IORING_OFF_CQ_RING);
	r->sqes = ring_map(r->fd, 128 * p.sq_entries, IORING_OFF_SQES);
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_mask = (void *)(sq + p.sq_off.ring_mask);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = (void *)(cq + p.cq_off.ring_mask);
	r->cqes = (void *)(cq + p.cq_off.cqes);

	r->entries = calloc(r->nentries, sizeof(*r->entries));
	check(r->entries, "memory");
	for (i = 0; i < r->nentries; i++) {
		struct ring_entry *e = &r->entries[i];

		e->queue = i / RING_PER_QUEUE;
		e->payload = malloc(RING_PAYLOAD);
		check(e->payload, "memory");
		e->iov[0] = (struct iovec){ &e->head, sizeof(e->head) };
		e->iov[1] = (struct iovec){ e->payload, RING_PAYLOAD };
		ring_submit(r, i, RING_REGISTER, bad_queue ? 9999 : e->queue);
		if (bad_queue)
			return;
	}
}

/* One request: answered in place. */
static inline void ring_answer(struct ring *r, unsigned int which, struct server *sv)
{
	struct ring_entry *e = &r->entries[which];
	struct fuse_in_header in;
	struct fuse_out_header out = { .len = sizeof(out) };
	struct question q = { .op = e->head.op, .data = e->payload, .len = e->head.payload };
	static char room[RING_PAYLOAD];
	int n;

	memcpy(&in, e->head.in_out, sizeof(in));
	q.opcode = in.opcode;
	q.nodeid = in.nodeid;
	if (in.opcode < OPS)
		sv->asked_ring[in.opcode]++;
	n = answer(sv, &q, room);
	check(n != NO_ANSWER, "opcode %u came over the ring", in.opcode);
	out.unique = in.unique;
	if (n < 0)
		out.error = n;
	else
		out.len += n;
	memcpy(e->head.in_out, &out, sizeof(out));
	e->head.payload = n < 0 ? 0 : n;
	memcpy(e->payload, room, e->head.payload);
	ring_submit(r, which, RING_COMMIT_AND_FETCH, e->queue);
}

/* All that has come. */
static inline void ring_serve(struct ring *r, struct server *sv)
{
	unsigned int head = *r->cq_head;

	while (head != __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
		struct io_uring_cqe cqe = r->cqes[head & *r->cq_mask];

		__atomic_store_n(r->cq_head, ++head, __ATOMIC_RELEASE);
		if (!cqe.res) {
			ring_answer(r, cqe.user_data, sv);
		} else if (!r->broken) {
			r->broken = -cqe.res;
			printf("ring: %s\n", errno_name(r->broken));
		}
	}
}

#endif
