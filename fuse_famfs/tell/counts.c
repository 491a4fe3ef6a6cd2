// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/fs/famfs_fuse: how many faults were served with a page of which size.
 *
 * The names are those of the famfs file system that was here before, so that its
 * tools need only another directory. Counting is off until switched on.
 */
#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/percpu.h>
#include <linux/sysfs.h>
#include "tell/tell.h"

DEFINE_STATIC_KEY_FALSE(famfs_counting);
static DEFINE_PER_CPU(u64 [FAMFS_NCOUNTS], famfs_counts);
static struct kobject *famfs_kobj;

/**
 * famfs_count() - one more fault
 * @which: with which size of page, or those that failed
 *
 * Context: any. Free of cost while counting is off.
 */
void famfs_count(enum famfs_count which)
{
	if (static_branch_unlikely(&famfs_counting))
		this_cpu_inc(famfs_counts[which]);
}

/**
 * famfs_counted() - how many there were since counting was switched on
 * @which: with which size of page, or those that failed
 *
 * Context: any.
 * Return: the number, of all processors.
 */
u64 famfs_counted(enum famfs_count which)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(famfs_counts, cpu)[which];
	return sum;
}

static ssize_t famfs_count_show(enum famfs_count which, char *buf)
{
	return sysfs_emit(buf, "%llu\n", famfs_counted(which));
}

#define FAMFS_COUNT_ATTR(name, which)					\
static ssize_t name##_show(struct kobject *kobj,			\
			   struct kobj_attribute *attr, char *buf)	\
{									\
	return famfs_count_show(which, buf);				\
}									\
static struct kobj_attribute name##_attr = __ATTR_RO(name)

FAMFS_COUNT_ATTR(pte_fault_ct, FAMFS_PTE);
FAMFS_COUNT_ATTR(pmd_fault_ct, FAMFS_PMD);
FAMFS_COUNT_ATTR(pud_fault_ct, FAMFS_PUD);

static ssize_t fault_count_enable_show(struct kobject *kobj,
				       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", static_key_enabled(&famfs_counting));
}

/* Switching on starts from zero. */
static ssize_t fault_count_enable_store(struct kobject *kobj,
					struct kobj_attribute *attr,
					const char *buf, size_t len)
{
	bool on;
	int cpu, err;

	err = kstrtobool(buf, &on);
	if (err)
		return err;
	if (on && !static_key_enabled(&famfs_counting))
		for_each_possible_cpu(cpu)
			memset(per_cpu_ptr(&famfs_counts, cpu), 0,
			       sizeof(famfs_counts));
	if (on)
		static_branch_enable(&famfs_counting);
	else
		static_branch_disable(&famfs_counting);
	return len;
}

static struct kobj_attribute fault_count_enable_attr =
	__ATTR_RW(fault_count_enable);

static struct attribute *famfs_attrs[] = {
	&fault_count_enable_attr.attr,
	&pte_fault_ct_attr.attr,
	&pmd_fault_ct_attr.attr,
	&pud_fault_ct_attr.attr,
	NULL,
};

static const struct attribute_group famfs_attr_group = {
	.attrs = famfs_attrs,
};

int famfs_counts_init(void)
{
	int err;

	famfs_kobj = kobject_create_and_add("famfs_fuse", fs_kobj);
	if (!famfs_kobj)
		return -ENOMEM;
	err = sysfs_create_group(famfs_kobj, &famfs_attr_group);
	if (err)
		kobject_put(famfs_kobj);
	return err;
}

void famfs_counts_exit(void)
{
	kobject_put(famfs_kobj);
}
