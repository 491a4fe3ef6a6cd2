// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the macros of trace.h make of the events, once.
 */
#include <linux/types.h>

#define CREATE_TRACE_POINTS
#include "tell/trace.h"
