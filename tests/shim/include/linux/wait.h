/* SPDX-License-Identifier: GPL-2.0-only */
/* What is used of it, tests/unit/holder_kernel.h has. */
