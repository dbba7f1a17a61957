/* hostile_hoard - taking more than one's share; see hostile.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "hostile.h"
#include "wire/worker.h"

#define PIECE		((size_t)1 << 20)
#define TERABYTE	((size_t)1 << 40)
#define OUTPUT		5		/* the job's descriptors begin at 4 */

static volatile bool for_ever = true;

static int
worked(bool yes)
{
	return yes ? 0 : errno;
}

/* ---- memory */

static int
memory_at_once(const struct hold *h)
{
	(void)h;
	return worked(mmap(NULL, TERABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED);
}

static int
memory(const struct hold *h)
{
	(void)h;
	for (size_t n = 0; n < TERABYTE / PIECE; n++) {
		void *p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return errno;
		memset(p, 1, PIECE);
	}
	return 0;
}

static int
allocate(const struct hold *h)
{
	(void)h;
	volatile size_t size = PIECE;

	while (for_ever)
		memset(xmalloc(size), 1, size);
	return 0;
}

static size_t
deeper(size_t depth)
{
	volatile char here[4096];

	here[0] = 1;
	return for_ever ? deeper(depth + 1) + (size_t)here[0] : depth;
}

static int
stack(const struct hold *h)
{
	(void)h;
	return deeper(0) == 0;
}

/* ---- time */

static int
loop(const struct hold *h)
{
	(void)h;
	while (for_ever)
		;
	return 0;
}

static int
loop_deaf(const struct hold *h)
{
	signal(SIGXCPU, SIG_IGN);
	return loop(h);
}

static int
sleep_on(const struct hold *h)
{
	(void)h;
	while (for_ever)
		nanosleep(&(struct timespec){ .tv_sec = 1000 }, NULL);
	return 0;
}

static int
stop(const struct hold *h)
{
	(void)h;
	while (for_ever)
		raise(SIGSTOP);
	return 0;
}

/* ---- files */

static int
fill(int fd)
{
	static uint8_t zeros[PIECE];

	for (size_t n = 0; n < TERABYTE; n += PIECE)
		if (write(fd, zeros, PIECE) < 0)
			return errno;
	return 0;
}

static int
fill_scratch(const struct hold *h)
{
	return fill(h->scratch);
}

static int
fill_output(const struct hold *h)
{
	(void)h;
	return fill(OUTPUT);
}

static int
reserve_output(const struct hold *h)
{
	(void)h;
	return worked(fallocate(OUTPUT, 0, 0, (off_t)TERABYTE) == 0);
}

static int
stretch_output(const struct hold *h)
{
	(void)h;
	return worked(ftruncate(OUTPUT, (off_t)TERABYTE) == 0);
}

/* ---- messages: frames as they are on the wire (sys/channel.h) */

static bool
frame(unsigned type, size_t len)
{
	static uint8_t bytes[5 + PIECE];

	put_u32be(bytes, (uint32_t)len + 1);
	bytes[4] = (uint8_t)type;
	return send(PROCESS_CHANNEL, bytes, 5 + len, MSG_NOSIGNAL) >= 0;
}

/* Says something, then nothing for ever. */
#define SAYS(name, type, len)						\
	static int name(const struct hold *h)				\
	{								\
		return frame(type, len) ? sleep_on(h) : errno;		\
	}
SAYS(message_long, WORKER_DONE, (size_t)100000)
SAYS(message_unknown, 0x77, 3)
SAYS(message_early, WORKER_SEALED, 0)
SAYS(message_garbage, WORKER_DONE, 40)
SAYS(message_failed, WORKER_FAILED, 7)
SAYS(message_short, WIRE_PART, 5)

static int
parts(const struct hold *h)
{
	while (frame(WIRE_PART, LIMIT_FRAME))
		;
	return sleep_on(h);
}

static int
parts_empty(const struct hold *h)
{
	while (frame(WIRE_PART, 0))
		;
	return sleep_on(h);
}

static int
message_descriptors(const struct hold *h)
{
	union {
		struct cmsghdr	head;
		uint8_t		bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET,
	    SCM_RIGHTS } };
	uint8_t bytes[] = { 0, 0, 0, 1, WORKER_DONE };
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &(int){ 4 }, sizeof(int));
	return sendmsg(PROCESS_CHANNEL, &m, MSG_NOSIGNAL) >= 0 ?
	    sleep_on(h) : errno;
}

/* ---- ends */

static int
leave(const struct hold *h)
{
	(void)h;
	_exit(0);
}

static int
crash(const struct hold *h)
{
	(void)h;
	signal(SIGSEGV, SIG_DFL);
	while (for_ever)
		raise(SIGSEGV);
	return 0;
}

static int
die(const struct hold *h)
{
	(void)h;
	while (for_ever)
		raise(SIGKILL);
	return 0;
}

const struct attempt hostile_hoard[] = {
	{ "memory-at-once", memory_at_once },
	{ "memory", memory },
	{ "allocate", allocate },
	{ "stack", stack },
	{ "loop", loop },
	{ "loop-deaf", loop_deaf },
	{ "sleep", sleep_on },
	{ "stop", stop },
	{ "fill-scratch", fill_scratch },
	{ "fill-output", fill_output },
	{ "reserve-output", reserve_output },
	{ "stretch-output", stretch_output },
	{ "message-long", message_long },
	{ "message-unknown", message_unknown },
	{ "message-early", message_early },
	{ "message-garbage", message_garbage },
	{ "message-failed", message_failed },
	{ "message-short", message_short },
	{ "message-descriptors", message_descriptors },
	{ "parts", parts },
	{ "parts-empty", parts_empty },
	{ "leave", leave },
	{ "crash", crash },
	{ "die", die },
	{ NULL, NULL }
};
