// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: -Itools/libfmap build/libfmap.a pkg:fuse3 */
/* The example of docs/protocol.md, to be run. */
#include "../../../tools/example/onefile.c"
