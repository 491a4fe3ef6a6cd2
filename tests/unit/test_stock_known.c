// SPDX-License-Identifier: GPL-2.0-only
/*
 * A FUSE that lacks an operation that is replaced or called: fuse_famfs/hook/type.c refuses it when
 * the module is loaded, tables.c leaves such a mount or file to it. One line says so.
 */
#include <check.h>
#include <stdlib.h>
#include "stock_kernel.h"
#include "../../fuse_famfs/hook/type.c"
#include "../../fuse_famfs/vfs/tables.c"

char log_text[4096];

static int here;
static int stock_init(struct fs_context *fsc) { (void)fsc; return 0; }
static bool iq_known = true;
static struct file_system_type fuse = { .init_fs_context = stock_init };
struct file_operations fuse_dev_operations = { .unlocked_ioctl = &here, .release = &here };

struct file_system_type *get_fs_type(const char *name) { return strcmp(name, "fuse") ? NULL : &fuse; }
bool compat_fuse_iq_ops_known(void) { return iq_known; }
int famfs_context_take(struct fs_context *fsc) { (void)fsc; return 0; }

static struct inode_operations iops = { &here, &here, &here, &here };
static struct file_operations fops = { &here, &here, &here, &here, &here, &here };
static struct address_space_operations aops = { &here, &here };
static struct dentry_operations dops = { &here, &here };
static struct export_operations eops = { &here, &here };
static struct super_operations sops = { &here, &here };
static struct super_block sb = { &dops, &eops, &sops };

START_TEST(loads)
{
	ck_assert_int_eq(famfs_hook(), 0);
	ck_assert_ptr_eq(fuse.init_fs_context, famfs_init_fs_context);
	famfs_unhook();
	ck_assert_ptr_eq(fuse.init_fs_context, stock_init);
	ck_assert_str_eq(log_text, "");
}
END_TEST

static void refuses(const char *why)
{
	int (*before)(struct fs_context *fsc) = fuse.init_fs_context;
	char line[128];

	ck_assert_int_eq(famfs_hook(), -EOPNOTSUPP);
	ck_assert_ptr_eq(fuse.init_fs_context, before);
	snprintf(line, sizeof(line), "refusing to load: unknown FUSE: %s\n", why);
	ck_assert_str_eq(log_text, line);
}

START_TEST(no_type_op) { fuse.init_fs_context = NULL; refuses("its file system type has no init_fs_context"); } END_TEST
START_TEST(no_ioctl) { fuse_dev_operations.unlocked_ioctl = NULL; refuses("its sessions lack operations that they had"); } END_TEST
START_TEST(no_release) { fuse_dev_operations.release = NULL; refuses("its sessions lack operations that they had"); } END_TEST
START_TEST(no_send) { iq_known = false; refuses("its queue has no operation to send requests"); } END_TEST

static const struct {
	void **op;
	bool matters;
} root_ops[] = {
	{ &iops.lookup, true }, { &iops.other, false }, { &dops.d_revalidate, true },
	{ &dops.other, false }, { &eops.other, false }, { &sops.evict_inode, true },
	{ &sops.other, false },
}, file_ops[] = {
	{ &iops.setattr, true }, { &iops.getattr, true }, { &iops.other, false },
	{ &fops.open, true }, { &fops.release, true }, { &fops.flush, true },
	{ &fops.fsync, true }, { &fops.other, false }, { &aops.read_folio, false },
};

START_TEST(root)
{
	struct inode inode = { .i_mode = S_IFDIR, .i_op = &iops };
	int i;

	*root_ops[_i].op = NULL;
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(famfs_tables_from_root(&sb, &inode), !root_ops[_i].matters);
	ck_assert_str_eq(log_text, root_ops[_i].matters ?
		"a mount's operation tables are not the ones FUSE had before: it is an ordinary one\n" : "");
}
END_TEST

START_TEST(file)
{
	struct inode inodes[2];
	int i;

	*file_ops[_i].op = NULL;
	for (i = 0; i < 2; i++) {
		inodes[i] = (struct inode) {
			.i_mode = S_IFREG, .i_op = &iops, .i_fop = &fops, .i_data.a_ops = &aops,
		};
		famfs_adopt(&inodes[i]);
		ck_assert_int_eq(famfs_is_adopted(&inodes[i]), !file_ops[_i].matters);
		ck_assert_int_eq(inodes[i].i_fop == &fops, file_ops[_i].matters);
		ck_assert_int_eq(inodes[i].i_data.a_ops == &aops, file_ops[_i].matters);
	}
	ck_assert_str_eq(log_text, file_ops[_i].matters ?
		"unknown FUSE: its files lack operations that they had: the server reads and writes them\n" : "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("stock_known");
	TCase *tc = tcase_create("operations");
	SRunner *r;
	int failed;

	tcase_add_test(tc, loads);
	tcase_add_test(tc, no_type_op);
	tcase_add_test(tc, no_ioctl);
	tcase_add_test(tc, no_release);
	tcase_add_test(tc, no_send);
	tcase_add_loop_test(tc, root, 0, sizeof(root_ops) / sizeof(root_ops[0]));
	tcase_add_loop_test(tc, file, 0, sizeof(file_ops) / sizeof(file_ops[0]));
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
