/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deliberate delays and failures, for tests of the kernel side.  Delays are
 * served by a thread of their own, so that a delayed answer holds up nothing
 * else: the same way a server would answer that has to ask somebody first.
 */
#ifndef FMAPD_FAULTS_H
#define FMAPD_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "seam.h"

struct faults;

/**
 * struct fault_options - what to do wrong
 * @delay_ms:      before an answer, by site
 * @err:           errno to answer with, by site, or 0
 * @count:         how many times to fail, by site; UINT64_MAX: always
 * @delay_init_ms: before the answer to INIT
 */
struct fault_options {
	unsigned int delay_ms[SEAM_SITES];
	int err[SEAM_SITES];
	uint64_t count[SEAM_SITES];
	unsigned int delay_init_ms;
};

/* faults_parse_error - "ERRNO[:COUNT]", a name or a number.  Return: 0 or -1 */
int faults_parse_error(struct fault_options *o, enum seam_site site,
		       const char *arg);

struct faults *faults_new(const struct fault_options *o);

/* faults_free - stop; requests still delayed are answered with ENODEV. */
void faults_free(struct faults *f);

/* faults_init - called before INIT is answered. */
void faults_init(const struct faults *f);

/**
 * faults_answer - answer a request, wrongly or late if asked to
 * @f:      faults
 * @site:   kind of request
 * @req:    the request
 * @id:     inode or device index
 * @answer: gives the true answer
 */
void faults_answer(struct faults *f, enum seam_site site, struct fmap_req *req,
		   uint64_t id,
		   void (*answer)(struct fmap_req *req, uint64_t id));

#endif /* FMAPD_FAULTS_H */
