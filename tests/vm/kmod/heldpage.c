// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: while fsdev_dax looks through the pages of a device that it binds, one of them is
 * not as it should be; afterwards it is again. How is `how`: "held" for one more reference,
 * "single" for a folio that says it is a page.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

static ulong pfn;
module_param(pfn, ulong, 0400);
MODULE_PARM_DESC(pfn, "number of the first page of a folio of the device");
static char *how = "held";
module_param(how, charp, 0400);
MODULE_PARM_DESC(how, "held or single");

static bool single;

/* The flags have another type on later kernels, and are at the same place. */
static unsigned long *heldpage_flags(void)
{
	return (unsigned long *)pfn_to_page(pfn);
}

static int heldpage_begin(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (single)
		clear_bit(PG_head, heldpage_flags());
	else
		page_ref_inc(pfn_to_page(pfn));
	return 0;
}

static int heldpage_end(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (single)
		set_bit(PG_head, heldpage_flags());
	else
		page_ref_dec(pfn_to_page(pfn));
	return 0;
}

static struct kretprobe heldpage_probe = {
	.kp.symbol_name = "fsdev_pages_init",
	.entry_handler = heldpage_begin,
	.handler = heldpage_end,
	.maxactive = 1,
};

static int __init heldpage_init(void)
{
	single = !strcmp(how, "single");
	if (!pfn || (!single && strcmp(how, "held")))
		return -EINVAL;
	return register_kretprobe(&heldpage_probe);
}

static void __exit heldpage_exit(void)
{
	unregister_kretprobe(&heldpage_probe);
}

module_init(heldpage_init);
module_exit(heldpage_exit);
MODULE_DESCRIPTION("one page of a device that is not idle when it is bound, for tests");
MODULE_LICENSE("GPL");
