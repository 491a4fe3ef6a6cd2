/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel header of this name: what fmap needs. */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

/* Comparing the pointers makes operands of different types an error. */
#define min(x, y) ({				\
	typeof(x) x_ = (x);			\
	typeof(y) y_ = (y);			\
	(void)(&x_ == &y_);			\
	x_ < y_ ? x_ : y_; })

#define max(x, y) ({				\
	typeof(x) x_ = (x);			\
	typeof(y) y_ = (y);			\
	(void)(&x_ == &y_);			\
	x_ > y_ ? x_ : y_; })

#define swap(x, y) do {				\
	typeof(x) x_ = (x);			\
	(x) = (y);				\
	(y) = x_;				\
} while (0)

#define min_t(type, x, y)	min((type)(x), (type)(y))

#endif
