/* team - see team.h. */
#include <string.h>

#include "wire/stream.h"
#include "wire/team.h"

const struct message_row team_requests[] = {
	{ TEAM_SPAWN, "spawn", CHANNEL_ANY, 0 },
	{ TEAM_FATE, "fate", CHANNEL_ANY, 0 },
};
const size_t team_request_count = COUNT(team_requests);

/* An answer may come only while one is awaited. */
enum { QUIET = 1, ASKED = 2 };

const struct message_row team_orders[] = {
	{ TEAM_SETTINGS, "settings", CHANNEL_ANY, 1 },
	{ TEAM_LINK, "link", CHANNEL_ANY, 1 },
	{ TEAM_STOP, "stop", CHANNEL_ANY, 0 },
	{ TEAM_SPAWNED, "spawned", ASKED, 1 },
	{ TEAM_REFUSED, "refused", ASKED, 0 },
	{ TEAM_ENDED, "ended", ASKED, 0 },
};
const size_t team_order_count = COUNT(team_orders);

static const struct {
	uint8_t		type;
	enum order_kind	kind;
} kinds[] = {
	{ TEAM_SETTINGS, ORDER_SETTINGS },
	{ TEAM_LINK, ORDER_LINK },
	{ TEAM_STOP, ORDER_STOP },
};

struct seat
seat_open(int fd)
{
	return (struct seat){ .supervisor = channel_open(fd, "supervisor",
	    team_orders, team_order_count) };
}

void
seat_done(struct seat *s)
{
	for (size_t i = 0; i < s->count; i++)
		fd_done(&s->waiting[i].fd);
	s->count = 0;
	channel_done(&s->supervisor);
}

bool
seat_waiting(const struct seat *s)
{
	return s->count > 0;
}

/* Tells whether a message is an order, and makes it one. */
static bool
order_read(struct message *m, struct order *out, bool *is, struct err *e)
{
	struct span peer = buf_span(&m->body);
	struct order o = { .fd = -1 };

	*is = false;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].type == m->type) {
			o.kind = kinds[i].kind;
			*is = true;
		}
	if (!*is)
		return true;
	if (peer.len >= sizeof(o.peer) ||
	    (peer.len == 0) != (o.kind != ORDER_LINK))
		return wire_malformed(e, "link");
	if (peer.len > 0)
		memcpy(o.peer, peer.ptr, peer.len);
	if (m->fd_count > 0)
		o.fd = message_take_fd(m, 0);
	*out = o;
	return true;
}

bool
seat_order(struct seat *s, struct order *out, int64_t deadline, struct err *e)
{
	CLEANUP(message_done) struct message m = { 0 };
	bool is;

	if (s->count > 0) {
		*out = s->waiting[0];
		s->count--;
		memmove(s->waiting, s->waiting + 1,
		    s->count * sizeof(s->waiting[0]));
		return true;
	}
	return channel_receive(&s->supervisor, &m, deadline, e) &&
	    order_read(&m, out, &is, e);
}

/* Sends a request and waits for its answer; orders are put aside. */
static bool
seat_ask(struct seat *s, uint8_t type, struct span body, struct message *out,
    int64_t deadline, struct err *e)
{
	bool is = true;

	if (!channel_send(&s->supervisor, type, body, NULL, 0, deadline, e))
		return false;
	while (is) {
		CLEANUP(message_done) struct message m = { 0 };
		struct order o;

		s->supervisor.phase = ASKED;
		bool came = channel_receive(&s->supervisor, &m, deadline, e) &&
		    order_read(&m, &o, &is, e);
		s->supervisor.phase = QUIET;
		if (!came)
			return false;
		if (!is) {
			*out = m;
			m = (struct message){ 0 };
		} else if (s->count < SEAT_ORDERS) {
			s->waiting[s->count++] = o;
		} else {
			fd_done(&o.fd);
			return err_set(e, ERR_CHANNEL_CLOSED,
			    "the supervisor sent too many orders");
		}
	}
	return true;
}

/* An answer other than the one awaited is a refusal. */
static bool
refused(const struct message *m, struct err *e)
{
	struct reader r = rd_open(buf_span(&m->body));

	if (m->type == TEAM_REFUSED && wire_get_err(&r, e) && rd_end(&r))
		return false;
	return wire_malformed(e, "refused");
}

bool
seat_spawn(struct seat *s, const char *role, int *fd, uint32_t *number,
    int64_t deadline, struct err *e)
{
	CLEANUP(message_done) struct message m = { 0 };

	if (!seat_ask(s, TEAM_SPAWN, span_text(role), &m, deadline, e))
		return err_at(e, "start of a %s", role);
	if (m.type != TEAM_SPAWNED)
		return refused(&m, e);
	struct reader r = rd_open(buf_span(&m.body));
	uint32_t value = rd_u32be(&r);
	if (!rd_end(&r))
		return wire_malformed(e, "spawned");
	*number = value;
	*fd = message_take_fd(&m, 0);
	return true;
}

bool
seat_fate(struct seat *s, uint32_t number, uint32_t patience,
    struct process_end *out, int64_t deadline, struct err *e)
{
	CLEANUP(message_done) struct message m = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };

	buf_u32be(&body, number);
	buf_u32be(&body, patience);
	if (!seat_ask(s, TEAM_FATE, buf_span(&body), &m, deadline, e))
		return false;
	if (m.type != TEAM_ENDED)
		return refused(&m, e);
	struct reader r = rd_open(buf_span(&m.body));
	uint32_t code = rd_u32be(&r), number_of_signal = rd_u32be(&r);
	if (!rd_end(&r) || code > 255 || number_of_signal > 64)
		return wire_malformed(e, "ended");
	*out = (struct process_end){
		number_of_signal > 0 ? -1 : (int)code, (int)number_of_signal
	};
	return true;
}
