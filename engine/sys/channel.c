/* channel - see channel.h; unix(7) for SOCK_SEQPACKET and SCM_RIGHTS. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "sys/channel.h"
#include "sys/clock.h"

#define HEAD_SIZE	5	/* length and type */

/* Room for the descriptors of one frame, aligned for struct cmsghdr. */
union control {
	struct cmsghdr	align;
	char		bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS)];
};

struct channel
channel_open(int fd, const char *peer, const struct message_row *rows,
    size_t count)
{
	return (struct channel){ .fd = fd, .peer = peer, .rows = rows,
	    .count = count, .phase = 1 };
}

void
channel_done(struct channel *c)
{
	fd_done(&c->fd);
	c->fd = -1;
}

bool
channel_pair(int fds[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return err_errno(e, ERR_PROCESS_START,
		    "cannot make a pair of sockets");
	return true;
}

void
message_done(struct message *m)
{
	for (size_t i = 0; i < m->fd_count; i++)
		fd_done(&m->fds[i]);
	m->fd_count = 0;
	buf_done(&m->body);
}

int
message_take_fd(struct message *m, size_t i)
{
	assert(i < m->fd_count);
	int fd = m->fds[i];

	m->fds[i] = -1;
	return fd;
}

/* Waits until the channel can be read or written, or is closed. */
static bool
channel_wait(const struct channel *c, short event, int64_t deadline,
    struct err *e)
{
	struct pollfd p = { .fd = c->fd, .events = event };

	for (;;) {
		int left = clock_left(deadline);
		int n = poll(&p, 1, left);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return err_errno(e, ERR_CHANNEL_CLOSED,
			    "cannot wait for the %s", c->peer);
		if (n == 0 && clock_left(deadline) == 0)
			return err_set(e, ERR_CHANNEL_TIMEOUT,
			    "the %s did not %s in time", c->peer,
			    event == POLLIN ? "answer" : "take a message");
	}
}

static bool
waits_again(int number)
{
	return number == EINTR || number == EAGAIN || number == EWOULDBLOCK;
}

static void
control_put(struct msghdr *h, union control *control, const int *fds,
    size_t count)
{
	if (count == 0)
		return;
	memset(control, 0, sizeof(*control));
	h->msg_control = control->bytes;
	h->msg_controllen = CMSG_SPACE(sizeof(int) * count);
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
}

bool
channel_send(struct channel *c, uint8_t type, struct span body, const int *fds,
    size_t fd_count, int64_t deadline, struct err *e)
{
	uint8_t head[HEAD_SIZE];
	union control control;

	assert(fd_count <= CHANNEL_FDS);
	if (body.len > LIMIT_FRAME)
		return err_set(e, ERR_MESSAGE_LONG, "a message of %zu bytes "
		    "to the %s is larger than %zu", body.len, c->peer,
		    LIMIT_FRAME);
	put_u32be(head, (uint32_t)(body.len + 1));
	head[4] = type;
	struct iovec parts[] = {
		{ head, sizeof(head) },
		{ (void *)(uintptr_t)body.ptr, body.len },
	};
	struct msghdr h = { .msg_iov = parts, .msg_iovlen = 2 };
	control_put(&h, &control, fds, fd_count);
	while (channel_wait(c, POLLOUT, deadline, e)) {
		if (sendmsg(c->fd, &h, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return true;
		if (!waits_again(errno))
			return err_errno(e, ERR_CHANNEL_CLOSED,
			    "cannot send to the %s", c->peer);
	}
	return false;
}

/* Moves the descriptors of one control message to the message. */
static void
control_take(const struct cmsghdr *c, struct message *m)
{
	size_t bytes = c->cmsg_len - CMSG_LEN(0);

	for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
		if (m->fd_count < CHANNEL_FDS)
			m->fds[m->fd_count++] = fd;
		else
			close(fd);
	}
}

static void
controls_take(struct msghdr *h, struct message *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL;
	    c = CMSG_NXTHDR(h, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			control_take(c, m);
}

/* Reads one frame, whatever it is; *len is 0 at the end of file. */
static bool
frame_read(struct channel *c, struct span room, struct message *m,
    struct msghdr *h, size_t *len, int64_t deadline, struct err *e)
{
	union control control;
	struct iovec part = { (void *)(uintptr_t)room.ptr, room.len };

	while (channel_wait(c, POLLIN, deadline, e)) {
		*h = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1,
		    .msg_control = control.bytes,
		    .msg_controllen = sizeof(control.bytes) };
		ssize_t n = recvmsg(c->fd, h, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

		if (n >= 0) {
			controls_take(h, m);
			*len = (size_t)n;
			return true;
		}
		if (!waits_again(errno))
			return err_errno(e, ERR_CHANNEL_CLOSED,
			    "cannot receive from the %s", c->peer);
	}
	return false;
}

static bool
frame_parse(const struct channel *c, struct span frame, struct message *m,
    struct err *e)
{
	struct reader r = rd_open(frame);
	uint32_t len = rd_u32be(&r);

	m->type = rd_u8(&r);
	struct span body = rd_take(&r, rd_left(&r));
	if (!rd_ok(&r) || len != (uint64_t)body.len + 1)
		return err_set(e, ERR_MESSAGE_SHORT, "the %s sent a frame of "
		    "%zu bytes that announces %u", c->peer, frame.len, len);
	buf_put(&m->body, body);
	return true;
}

static const struct message_row *
row_find(const struct channel *c, uint8_t type)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->rows[i].type == type)
			return &c->rows[i];
	return NULL;
}

bool
channel_check(const struct channel *c, const struct message *m, struct err *e)
{
	const struct message_row *row = row_find(c, m->type);

	if (row == NULL)
		return err_set(e, ERR_MESSAGE_UNKNOWN,
		    "the %s sent a message of unknown type %u", c->peer,
		    m->type);
	if ((row->phases & c->phase) == 0)
		return err_set(e, ERR_MESSAGE_PHASE,
		    "the %s sent '%s' at a time that does not allow it",
		    c->peer, row->name);
	if (row->fds != m->fd_count)
		return err_set(e, ERR_MESSAGE_DESCRIPTORS,
		    "the %s sent '%s' with %zu descriptors instead of %u",
		    c->peer, row->name, m->fd_count, row->fds);
	return true;
}

bool
channel_receive(struct channel *c, struct message *out, int64_t deadline,
    struct err *e)
{
	/* One byte more than a frame may have tells one that is too long. */
	uint8_t bytes[HEAD_SIZE + LIMIT_FRAME + 1];
	CLEANUP(message_done) struct message m = { 0 };
	struct msghdr h = { 0 };
	size_t len = 0;

	if (!frame_read(c, SPAN(bytes), &m, &h, &len, deadline, e))
		return false;
	if (len == 0)
		return err_set(e, ERR_CHANNEL_CLOSED, "the %s has ended",
		    c->peer);
	if (len == sizeof(bytes) || (h.msg_flags & MSG_TRUNC) != 0)
		return err_set(e, ERR_MESSAGE_LONG,
		    "the %s sent a message of more than %zu bytes", c->peer,
		    LIMIT_FRAME);
	if ((h.msg_flags & MSG_CTRUNC) != 0)
		return err_set(e, ERR_MESSAGE_DESCRIPTORS, "the %s sent more "
		    "than %d descriptors", c->peer, CHANNEL_FDS);
	if (!frame_parse(c, (struct span){ bytes, len }, &m, e) ||
	    !channel_check(c, &m, e))
		return false;
	*out = m;
	m = (struct message){ 0 };
	return true;
}

bool
watch_wait(struct watch *w, size_t count, int64_t deadline, size_t *ready,
    struct err *e)
{
	CLEANUP(free_done) struct pollfd *p = xcalloc(count, sizeof(*p));
	int n;

	for (size_t i = 0; i < count; i++)
		p[i] = (struct pollfd){ .fd = w[i].fd, .events = POLLIN };
	do
		n = poll(p, count, clock_left(deadline));
	while ((n < 0 && errno == EINTR) ||
	    (n == 0 && clock_left(deadline) != 0));
	if (n < 0)
		return err_errno(e, ERR_CHANNEL_CLOSED,
		    "cannot wait for %zu descriptors", count);
	for (size_t i = 0; i < count; i++)
		w[i].ready = p[i].revents != 0;
	*ready = (size_t)n;
	return true;
}
