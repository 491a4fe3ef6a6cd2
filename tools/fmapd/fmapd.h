/* SPDX-License-Identifier: GPL-2.0-only */
/* fmapd's own parts, and how they hang together. */
#ifndef FMAPD_H
#define FMAPD_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "fmap.h"
#include "manifest.h"

struct device_fds;
struct flock_table;
struct notifier;

/* Exit codes. */
enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_NO_FMAP, EXIT_DEVICES };

/* What the command line says; README.md explains each. */
struct options {
	const char *manifest;
	const char *mountpoint;
	const char *source;
	const char *subtype;
	char *mount_options;
	const char *log_requests;
	double attr_timeout;
	double entry_timeout;
	bool check;
	bool foreground;
	bool debug;
	bool single_thread;
	bool allow_other;
	bool fmap;
	bool idmap;
	bool require_fmap;
	bool devices_by_fd;
	bool serve_data;
	bool readdirplus;
	bool opendir;
	bool open;
	bool flush;
};

/**
 * struct fmapd - the running server; libfuse's and libfmap's userdata
 * @opt:     options, constant
 * @m:       the tree; its attributes are under @attr_lock, all else under @tree_lock
 * @tree_lock: read by who answers a request; before @attr_lock
 * @se:      libfuse's session
 * @fs:      libfmap's session
 * @flocks:  locks that clients hold
 * @dfs:     --devices-by-fd: what is to be registered, until it is
 * @notifier: from the first reload on
 * @data:    --serve-data: content by node, NULL until first used
 * @data_lock: for @data and what it points to
 */
struct fmapd {
	const struct options *opt;
	struct manifest *m;
	pthread_rwlock_t tree_lock;
	pthread_mutex_t attr_lock;
	struct fuse_session *se;
	struct fmap_session *fs;
	struct flock_table *flocks;
	struct device_fds *dfs;
	struct notifier *notifier;
	char **data;
	pthread_mutex_t data_lock;
};

/* The root inode is 1, its node 0. */
static inline uint32_t node_of(fuse_ino_t ino)
{
	return (uint32_t)(ino - FUSE_ROOT_ID);
}

/**
 * options_parse - read the command line
 *
 * Return: EXIT_OK to go on, or an exit code; then a message has been printed.
 *         *@done is set where there is nothing more to do (--help).
 */
int options_parse(struct options *o, int argc, char **argv, bool *done);

/* serve - mount, answer until unmounted; @notify: pipe to the waiting parent
 * or -1.  Return: an exit code.
 */
int serve(const struct options *o, struct manifest *m, int notify);

/* ops_fill - the operations that these options ask for. */
void ops_fill(struct fuse_lowlevel_ops *ops, const struct options *o);

/* node_stat - attributes of a node as stat(2) shows them.  The caller has the tree's lock. */
void node_stat(struct fmapd *d, uint32_t node, struct stat *st);

/* ops_dir.c */
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);

/*
 * node_entry - what LOOKUP and READDIRPLUS say of a node.  The caller has the tree's lock, and
 * says with node_known() that the kernel knows the node once more, before it knows.
 */
void node_entry(struct fmapd *d, uint32_t node, struct fuse_entry_param *e);
void node_known(struct fmapd *d, uint32_t node);

/* node_forgotten - that many times less.  The caller has no lock. */
void node_forgotten(struct fmapd *d, uint32_t node, uint64_t times);

/**
 * reload - read the manifest again
 * @d: the server
 *
 * Tells in one line what came of it; whatever is wrong, the old manifest stays in force.
 *
 * Context: the thread that waits for signals.
 */
void reload(struct fmapd *d);

/* ro_line - the line of a file that may only be read, 0 if there is none. */
unsigned int ro_line(const struct manifest *m);

/* data.c: --serve-data */
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi);
void data_free(struct fmapd *d);

/* maps.c: the fmap callbacks */
extern const struct fmap_ops map_ops;

/**
 * message - tell whoever started fmapd, or, once nobody listens there, the system's log
 * @priority: as of syslog(3)
 * @format:   without a newline, nor the name of fmapd
 *
 * Context: any thread.
 */
void message(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* messages_to_log - from here on to syslog(3), libfuse's, too. */
void messages_to_log(void);

/* messages_of_libfuse - whether those are to be seen, wherever the others are. */
void messages_of_libfuse(bool wanted);

/**
 * device_fds_open - open every device of a manifest
 * @m: the manifest
 *
 * Return: the files, for device_fds_close(), or NULL; then a message has been
 *         printed.
 */
struct device_fds *device_fds_open(const struct manifest *m);

/**
 * device_fds_register - register each under its index
 * @dfs:  from device_fds_open()
 * @fs:   a session that has agreed
 * @text: on failure: what is wrong
 * @len:  room in @text
 *
 * Return: 0 or -1.
 */
int device_fds_register(struct device_fds *dfs, struct fmap_session *fs,
			char *text, size_t len);

/* device_fds_close - the kernel has what it needs; NULL is fine. */
void device_fds_close(struct device_fds *dfs);

/**
 * devices_warn - tell on stderr of each device that the kernel cannot use as it is now
 * @m:     the manifest
 * @by_fd: block devices are right, too
 */
void devices_warn(const struct manifest *m, bool by_fd);

/**
 * devices_check - the same, and who has them, for --check
 *
 * Return: how many the kernel cannot use as they are now.
 */
size_t devices_check(const struct manifest *m, bool by_fd);

/**
 * device_bytes - size of all the manifest's devices that are present
 * @m: the manifest
 */
uint64_t device_bytes(const struct manifest *m);

/**
 * reqlog_write - write the counts of requests
 * @fs:   session
 * @path: regular file, replaced as a whole, or a pipe or character device
 *
 * In a directory that others can write to, links and other users' pipes are replaced, too.
 *
 * Return: 0 or a negative errno.
 */
int reqlog_write(const struct fmap_session *fs, const char *path);

/*
 * privileges_seal - nothing that this process may run gets privileges from it.  Before there
 * are other threads.
 */
void privileges_seal(void);

/**
 * privileges_reduce - keep what the end takes: unmounting, and writing the counts
 * @o: options
 *
 * Context: once by each thread that has more; it cannot mount or register a device afterwards.
 * Return: 0 or -1.
 */
int privileges_reduce(const struct options *o);

/**
 * struct mount_id - one mount, to be told from others on the same place that are there too
 * @path: its mount point, absolute; NULL before it is remembered
 * @id:   as /proc/self/mountinfo begins its line: mount, parent, device. All of these are
 *        given to others when the mount has gone.
 */
struct mount_id {
	const char *_Atomic path;
	char id[96];
};

/* mount_point_of - where the file system of device number @dev is mounted, "" if not seen here. */
void mount_point_of(const char *dev, char *path, size_t len);

/* mount_remember - the topmost mount on @path.  Return: 0 or -1 */
int mount_remember(struct mount_id *mnt, const char *path);

/* mount_on_top - is it still there, and what umount(2) would take away? */
bool mount_on_top(const struct mount_id *mnt);

/**
 * mount_clear_dead - take away what an fmapd that was killed has left on a mount point
 * @path:    mount point, absolute
 * @subtype: that we would mount with
 *
 * Nothing but mounts of fmapd's or of this subtype, for our user, whose server is gone; one
 * in use is detached.
 *
 * Return: 0, also if there was nothing; -1 after telling why it could not be taken away.
 */
int mount_clear_dead(const char *path, const char *subtype);

#endif /* FMAPD_H */
