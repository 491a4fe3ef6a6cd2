// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the running kernel the one this module was built for: compat/btf, a copy for this module.
 *
 * Each module has its own, so that neither needs the other one to say so. By #include, since an
 * object file that is a part of both would be made by two makes at a time.
 */
#include "btf/btf_blob.c"
#include "btf/btf_sig.c"
#include "btf/btf_verify.c"
#include "btf/btf_load_check.c"
