/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events: /sys/kernel/tracing/events/famfs_fuse. They cost a static key while they are off.
 * A place is a device's index and an offset in it: nothing here tells where memory is.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM famfs_fuse

#if !defined(FUSE_FAMFS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define FUSE_FAMFS_TRACE_H

#include <linux/kdev_t.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

/* A server has answered INIT; @flags: what it said. */
TRACE_EVENT(famfs_init,
	TP_PROTO(dev_t dev, bool agreed, u64 flags, u32 minor, pid_t server),
	TP_ARGS(dev, agreed, flags, minor, server),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(bool, agreed)
		__field(u64, flags)
		__field(u32, minor)
		__field(pid_t, server)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->agreed = agreed;
		__entry->flags = flags;
		__entry->minor = minor;
		__entry->server = server;
	),
	TP_printk("%u:%u agreed=%d flags=%#llx minor=%u server=%d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->agreed, __entry->flags, __entry->minor,
		  __entry->server)
);

/* What came of asking for the map of a file; without one @size and @extents are 0. */
TRACE_EVENT(famfs_fmap,
	TP_PROTO(dev_t dev, u64 node, u64 size, u32 extents, int err),
	TP_ARGS(dev, node, size, extents, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, node)
		__field(u64, size)
		__field(u32, extents)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->node = node;
		__entry->size = size;
		__entry->extents = extents;
		__entry->err = err;
	),
	TP_printk("%u:%u node=%llu size=%llu extents=%u err=%d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->node, __entry->size, __entry->extents,
		  __entry->err)
);

/* What came of asking for a device, or of its registration. */
TRACE_EVENT(famfs_daxdev,
	TP_PROTO(dev_t dev, u64 index, const char *name, int err),
	TP_ARGS(dev, index, name, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, index)
		__array(char, name, 32)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->index = index;
		strscpy(__entry->name, name, sizeof(__entry->name));
		__entry->err = err;
	),
	TP_printk("%u:%u index=%llu name=%s err=%d", MAJOR(__entry->dev), MINOR(__entry->dev),
		  __entry->index, __entry->name, __entry->err)
);

/* A fault was served, or failed: @ret is its VM_FAULT bits. 2^@order pages were asked for. */
TRACE_EVENT(famfs_fault,
	TP_PROTO(dev_t dev, u64 ino, u64 pos, unsigned int order, u64 index, u64 dev_off,
		 unsigned int ret),
	TP_ARGS(dev, ino, pos, order, index, dev_off, ret),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, pos)
		__field(unsigned int, order)
		__field(u64, index)
		__field(u64, dev_off)
		__field(unsigned int, ret)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->ino = ino;
		__entry->pos = pos;
		__entry->order = order;
		__entry->index = index;
		__entry->dev_off = dev_off;
		__entry->ret = ret;
	),
	TP_printk("%u:%u ino=%llu pos=%llu order=%u index=%llu devoff=%llu ret=%#x",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino, __entry->pos,
		  __entry->order, __entry->index, __entry->dev_off, __entry->ret)
);

/* Memory of a file has failed; @err: what came of signalling those who have it mapped. */
TRACE_EVENT(famfs_failure,
	TP_PROTO(dev_t dev, u64 node, u64 index, u64 dev_off, int err),
	TP_ARGS(dev, node, index, dev_off, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, node)
		__field(u64, index)
		__field(u64, dev_off)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->node = node;
		__entry->index = index;
		__entry->dev_off = dev_off;
		__entry->err = err;
	),
	TP_printk("%u:%u node=%llu index=%llu devoff=%llu err=%d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->node, __entry->index, __entry->dev_off,
		  __entry->err)
);

/* A device is about to go, and, @done, has been taken from all @files that lie on it. */
TRACE_EVENT(famfs_revoke,
	TP_PROTO(dev_t dev, u64 index, const char *name, unsigned int files, bool done),
	TP_ARGS(dev, index, name, files, done),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, index)
		__array(char, name, 32)
		__field(unsigned int, files)
		__field(bool, done)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->index = index;
		strscpy(__entry->name, name, sizeof(__entry->name));
		__entry->files = files;
		__entry->done = done;
	),
	TP_printk("%u:%u index=%llu name=%s files=%u done=%d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->index, __entry->name, __entry->files,
		  __entry->done)
);

/* Pages of so many files at most are waited for as they are pinned; 0: it is over. */
TRACE_EVENT(famfs_pin,
	TP_PROTO(dev_t dev, const char *waits_for, unsigned int files, u64 since_ms),
	TP_ARGS(dev, waits_for, files, since_ms),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__array(char, waits_for, 12)
		__field(unsigned int, files)
		__field(u64, since_ms)
	),
	TP_fast_assign(
		__entry->dev = dev;
		strscpy(__entry->waits_for, waits_for, sizeof(__entry->waits_for));
		__entry->files = files;
		__entry->since_ms = since_ms;
	),
	TP_printk("%u:%u waits_for=%s files=%u since_ms=%llu", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->waits_for, __entry->files, __entry->since_ms)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
