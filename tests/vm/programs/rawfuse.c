// SPDX-License-Identifier: GPL-2.0-only
/*
 * rawfuse: a FUSE server on bare /dev/fuse, which answers INIT as it is told.
 * The rest of what it does is in rawfuse_ops.h.
 *
 *	rawfuse MOUNTPOINT [WORD...]
 *
 * source=S subtype=S rootmode=OCTAL	what is mounted (rawfuse, none, 40000)
 * owner=UID		the mount's user_id
 * opener=IDS mounter=IDS server=IDS	who opens the session, who mounts, who answers. IDS:
 *			REAL[:EFFECTIVE[:FS]]; the mounter keeps all capabilities
 * fusermount		mount by fusermount3, run by the mounter
 * again=DIR		mount the session a second time there, and unmount that
 * reply=LIST		an answer to INIT; several are written one after the other. LIST:
 *			len=BYTES,major=N,minor=N,flags=F+F,error=N, of which the rest is
 *			as it should be. F: ext fmap uring idmap echo all. The default
 *			is flags=ext+fmap
 * hold			answer INIT at SIGUSR2
 * die			end instead of answering INIT
 * sync			ask for a synchronous INIT
 * thread		mount from a thread of the server's own, not from a child
 * context		mount by the newer calls: fsopen(2) and so on
 * detach		in this way, and the mounter closes its own session file before it mounts
 * dev=PATH offset=N size=N	the file's range of a dax device
 * map-error=N		the answer to GET_FMAP
 * ring			use io_uring if it was agreed
 * badring		with ring: register an entry that the kernel refuses
 * probe		look at the file once mounted, tell, and unmount
 * counts=FILE		where to write what was asked, at SIGUSR1 and at the end
 *			(else standard output, at the end)
 *
 * It tells in lines: "mounter PID", "mount: RESULT", "offered: yes|no", "reply: RESULT"
 * for each write, "file: device|server|ERRNO", "refs: N" (of famfs_fuse), "umount: RESULT",
 * "again: RESULT", "ring: RESULT" if the kernel refused an entry. RESULT is ok or an errno's name.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include "rawfuse_mount.h"
#include "rawfuse_ring.h"

#define MAX_REPLIES	4
#define RAW_SYNC_INIT	_IO(FUSE_DEV_IOC_MAGIC, 3)
#define RAW_OVER_URING	(1ULL << 41)
#define RAW_ALLOW_IDMAP	(1ULL << 40)
#define INIT_OUT	64	/* bytes, on every kernel since flags2 came */

struct reply {
	uint32_t len;
	uint32_t major;
	int64_t minor;		/* negative: the kernel's */
	uint64_t flags;
	int echo;		/* and all that was offered */
	int error;
};

static struct {
	const char *counts;
	struct reply replies[MAX_REPLIES];
	unsigned int nreplies;
	int hold, die, sync, thread, ring, bad_ring, probe;
} opt;

static struct server sv = { .dev = "/dev/null", .size = SZ_2M };
static struct ring ring = { .fd = -1 };
static struct fuse_in_header held;	/* INIT, while it is held back */
static struct fuse_init_in held_in;

static void tell(const char *what, int error)
{
	printf("%s: %s\n", what, errno_name(error));
}

/* ---- the mounter ---------------------------------------------------------- */

/* Whose byte is the file's first one? */
static void probe_file(void)
{
	char path[256], byte;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/f", how.mnt);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		n = pread(fd, &byte, 1, 0);
	printf("file: %s\n", n == 1 ? (byte == 'S' ? "server" : "device") :
	       n < 0 ? errno_name(errno) : "empty");
	if (fd >= 0)
		close(fd);
}

static void probe(void)
{
	char refs[16] = "none\n";
	ssize_t n;
	int fd;

	if (how.fusermount)
		as_mounter(probe_file);
	else
		probe_file();
	fd = open("/sys/module/famfs_fuse/refcnt", O_RDONLY);
	if (fd >= 0) {
		n = read(fd, refs, sizeof(refs) - 1);
		refs[n > 0 ? n : 0] = '\0';
	}
	printf("refs: %s", refs);
	tell("umount", umount(how.mnt) ? errno : 0);
}

static void *mounter(void *mounted)
{
	int err;

	printf("mounter %d\n", getpid());
	err = how.fusermount ? 0 : mount_it();
	tell("mount", err);
	if (!err && how.again)
		tell("again", mount_at(how.again) ?: umount(how.again) ? errno : 0);
	if (mounted)
		check(write(*(int *)mounted, err ? "n" : "y", 1) == 1, "tell the server");
	if (!err && opt.probe)
		probe();
	return NULL;
}

/* Start it; without a synchronous INIT, see it through: there is no session before. */
static void start_mounter(void)
{
	static int ends[2];	/* a thread may look later */
	char ready = 'n';

	fflush(stdout);
	check(!pipe(ends), "pipe");
	if (how.fusermount) {
		int err = mount_by_fusermount();

		if (err) {
			tell("mount", err);
			exit(1);
		}
	}
	if (opt.thread) {
		pthread_t thread;

		check(!pthread_create(&thread, NULL, mounter, &ends[1]), "thread");
	} else {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (!pid) {
			mounter(&ends[1]);
			fflush(stdout);
			_exit(0);
		}
		close(ends[1]);
	}
	if (!opt.sync && (read(ends[0], &ready, 1) != 1 || ready != 'y'))
		exit(1);
}

/* ---- INIT ----------------------------------------------------------------- */

static void write_reply(const struct reply *r)
{
	struct {
		struct fuse_out_header head;
		char body[256];
	} msg = { .head = { .unique = held.unique } };
	struct fuse_init_out *out = (void *)msg.body;
	uint64_t flags = r->flags;
	int err;

	if (r->echo)
		flags |= held_in.flags | (uint64_t)held_in.flags2 << 32;
	out->major = r->major;
	out->minor = r->minor < 0 ? held_in.minor : (uint32_t)r->minor;
	out->max_readahead = held_in.max_readahead;
	out->max_background = 16;
	out->congestion_threshold = 12;
	out->max_write = MAX_WRITE;
	out->time_gran = 1;
	out->flags = flags;
	out->flags2 = flags >> 32;
	msg.head.error = -r->error;
	msg.head.len = sizeof(msg.head) + r->len;
	err = write(session, &msg, msg.head.len) == (ssize_t)msg.head.len ? 0 : errno;
	tell("reply", err);
	/*
	 * Kernels from 7.x on send what waited for INIT even if INIT failed, and
	 * expect answers as from the first servers.
	 */
	if (err != ENOENT)
		sv.minor = !err && !r->error && r->len >= 8 && r->major == 7 ? out->minor : 0;
	if (opt.ring && ring.fd < 0 && (flags & RAW_OVER_URING))
		ring_start(&ring, session, opt.bad_ring);
}

static void answer_init(void)
{
	unsigned int i;

	for (i = 0; i < opt.nreplies; i++)
		write_reply(&opt.replies[i]);
	held.unique = 0;
}

static void take_init(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
	uint64_t offered = init->flags | (uint64_t)init->flags2 << 32;

	printf("offered: %s\n", offered & FUSE_DAX_FMAP ? "yes" : "no");
	if (opt.die)
		_exit(3);
	held = *in;
	held_in = *init;
	if (!opt.hold)
		answer_init();
}

/* ---- the server ----------------------------------------------------------- */

static void write_counts(void)
{
	char name[256];
	FILE *to = stdout;
	unsigned int i;

	if (opt.counts) {
		snprintf(name, sizeof(name), "%s.new", opt.counts);
		to = fopen(name, "w");
		check(to, "%s", name);
	}
	for (i = 0; i < OPS; i++) {
		if (!op_names[i])
			continue;
		fprintf(to, "%s %u\n", op_names[i], sv.asked[i] + sv.asked_ring[i]);
		fprintf(to, "ring-%s %u\n", op_names[i], sv.asked_ring[i]);
	}
	if (opt.counts) {
		fclose(to);
		check(!rename(name, opt.counts), "%s", opt.counts);
	}
}

static void serve_one(void)
{
	static char request[RING_PAYLOAD + 4096];
	static struct {
		struct fuse_out_header head;
		char body[RING_PAYLOAD];
	} msg;
	struct fuse_in_header *in = (void *)request;
	struct question q = { .op = in + 1 };
	ssize_t len = read(session, request, sizeof(request));
	int n;

	if (len < (ssize_t)sizeof(*in))
		return;
	if (in->opcode < OPS)
		sv.asked[in->opcode]++;
	if (in->opcode == FUSE_INIT) {
		take_init(in, (void *)(in + 1));
		return;
	}
	q.opcode = in->opcode;
	q.nodeid = in->nodeid;
	q.data = request + sizeof(*in) + op_size(in->opcode);
	q.len = len - sizeof(*in) - op_size(in->opcode);
	n = answer(&sv, &q, msg.body);
	if (n == NO_ANSWER)
		return;
	msg.head = (struct fuse_out_header){
		.unique = in->unique,
		.error = n < 0 ? n : 0,
		.len = sizeof(msg.head) + (n < 0 ? 0 : n),
	};
	/* ENOENT: whoever asked was interrupted, or the mount is gone. */
	n = write(session, &msg, msg.head.len);
	check(n >= 0 || errno == ENOENT || errno == ENODEV, "answer to opcode %u", q.opcode);
}

static void serve(int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = session, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	struct signalfd_siginfo si;

	/* To the end of the session, and of the answer that is still to be given. */
	while (fds[1].fd >= 0 || held.unique) {
		fds[2].fd = ring.fd;
		check(poll(fds, 3, -1) > 0, "poll");
		if (fds[0].revents) {
			check(read(signals, &si, sizeof(si)) == sizeof(si), "signal");
			if (si.ssi_signo == SIGUSR1)
				write_counts();
			else if (held.unique)
				answer_init();
		}
		if (fds[2].revents)
			ring_serve(&ring, &sv);
		if (fds[1].revents & POLLERR)
			fds[1].fd = -1;
		else if (fds[1].revents)
			serve_one();
	}
}

/* ---- options -------------------------------------------------------------- */

static uint64_t flag_of(const char *name, struct reply *r)
{
	if (!strcmp(name, "ext"))
		return FUSE_INIT_EXT;
	if (!strcmp(name, "fmap"))
		return FUSE_DAX_FMAP;
	if (!strcmp(name, "uring"))
		return RAW_OVER_URING;
	if (!strcmp(name, "idmap"))
		return RAW_ALLOW_IDMAP;
	if (!strcmp(name, "all"))
		return ~0ULL;
	check(!strcmp(name, "echo"), "flag %s", name);
	r->echo = 1;
	return 0;
}

static void parse_reply(char *list)
{
	struct reply r = { .len = INIT_OUT, .major = 7, .minor = -1, .flags = FUSE_INIT_EXT | FUSE_DAX_FMAP };
	char *word, *flag, *words, *flags;

	for (word = strtok_r(list, ",", &words); word; word = strtok_r(NULL, ",", &words)) {
		if (sscanf(word, "len=%u", &r.len) == 1 || sscanf(word, "major=%u", &r.major) == 1 ||
		    sscanf(word, "minor=%ld", &r.minor) == 1 || sscanf(word, "error=%d", &r.error) == 1)
			continue;
		check(!strncmp(word, "flags=", 6), "reply %s", word);
		r.flags = 0;
		for (flag = strtok_r(word + 6, "+", &flags); flag; flag = strtok_r(NULL, "+", &flags))
			r.flags |= flag_of(flag, &r);
	}
	/* An answer with an error is the header alone, if nothing else was said. */
	if (r.error && r.len == INIT_OUT)
		r.len = 0;
	check(opt.nreplies < MAX_REPLIES, "replies");
	opt.replies[opt.nreplies++] = r;
}

static void parse_word(char *word)
{
	static const struct {
		const char *name;
		int *flag;
	} flags[] = {
		{ "hold", &opt.hold }, { "die", &opt.die }, { "sync", &opt.sync },
		{ "thread", &opt.thread }, { "detach", &how.detach }, { "context", &how.context },
		{ "ring", &opt.ring }, { "fusermount", &how.fusermount }, { "badring", &opt.bad_ring }, { "probe", &opt.probe },
	};
	char *value = strchr(word, '=');
	unsigned int i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(word, flags[i].name))
			continue;
		*flags[i].flag = 1;
		return;
	}
	check(value, "word %s", word);
	*value++ = '\0';
	if (parse_how(word, value))
		return;
	if (!strcmp(word, "counts"))
		opt.counts = value;
	else if (!strcmp(word, "dev"))
		sv.dev = value;
	else if (!strcmp(word, "offset"))
		sv.offset = strtoull(value, NULL, 0);
	else if (!strcmp(word, "size"))
		sv.size = strtoull(value, NULL, 0);
	else if (!strcmp(word, "map-error"))
		sv.map_error = atoi(value);
	else if (!strcmp(word, "reply"))
		parse_reply(value);
	else
		check(0, "word %s", word);
}

int main(int argc, char **argv)
{
	char usual[] = "flags=ext+fmap";
	sigset_t set;
	int i, signals;

	check(argc >= 2, "usage: rawfuse MOUNTPOINT [WORD...]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	how.mnt = argv[1];
	for (i = 2; i < argc; i++)
		parse_word(argv[i]);
	if (!opt.nreplies)
		parse_reply(usual);
	sv.bytes = malloc(sv.size);
	check(sv.bytes, "memory");
	memset(sv.bytes, 'S', sv.size);

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	check(signals >= 0, "signalfd");

	if (!how.fusermount)
		open_session();
	if (opt.sync && ioctl(session, RAW_SYNC_INIT)) {
		tell("sync", errno);
		return 2;
	}
	start_mounter();
	become(&how.server, 0);
	serve(signals);
	/* The mounter may have more to tell. */
	while (wait(NULL) > 0)
		;
	write_counts();
	return 0;
}
