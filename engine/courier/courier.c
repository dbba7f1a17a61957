/* courier - see courier.h. */
#include <signal.h>
#include <string.h>

#include "courier/carry.h"
#include "courier/courier.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "wire/team.h"

#define PEERS		8
#define REQUEST_MEMORY	(2 * COURIER_MESSAGE_LIMIT)
#define SETTINGS_TIME	60000	/* ms until the settings come */
#define MESSAGE_TIME	60000	/* ms for all parts of a message */

/* What is done for each request, and the answer when it went well. */
static const struct {
	uint8_t		 request;
	uint8_t		 answer;
	const char	*name;
	carries		*run;
} handlers[] = {
	{ COURIER_STAMP,	COURIER_STAMPED,	"stamp",
	    carry_stamps },
	{ COURIER_FETCH,	COURIER_FETCHED,	"fetch",
	    carry_fetch },
	{ COURIER_PUSH,		COURIER_PUSHED,		"push",
	    carry_push },
	{ COURIER_DOWNLOAD,	COURIER_DOWNLOADED,	"download",
	    carry_download },
	{ COURIER_LFS,		COURIER_DOWNLOADED,	"lfs",
	    carry_lfs },
	{ COURIER_PUBLISH,	COURIER_PUBLISHED,	"publish",
	    carry_publication },
	{ COURIER_QUERY,	COURIER_QUERIED,	"query",
	    carry_query },
	{ COURIER_COSIGN,	COURIER_COSIGNED,	"cosign",
	    carry_cosign },
	{ COURIER_ENROLL,	COURIER_ENROLLED,	"enroll",
	    carry_enroll },
	{ COURIER_NOTICE,	COURIER_NOTICED,	"notice",
	    carry_notice },
};

/* Who may ask. */
struct peer {
	char		name[TEAM_PEER_SIZE];
	struct channel	channel;
};

struct office {
	struct courier	 courier;
	struct seat	 seat;
	bool		 seated;	/* there is a supervisor */
	bool		 stopped;	/* it said STOP */
	struct peer	 peers[PEERS];
	size_t		 count;
};

static void
office_done(struct office *o)
{
	for (size_t i = 0; i < o->count; i++)
		channel_done(&o->peers[i].channel);
	if (o->seated)
		seat_done(&o->seat);
	courier_done(&o->courier);
}

static void
peer_drop(struct office *o, size_t i)
{
	channel_done(&o->peers[i].channel);
	o->count--;
	for (; i < o->count; i++) {
		o->peers[i] = o->peers[i + 1];
		o->peers[i].channel.peer = o->peers[i].name;
	}
}

/* peer_add takes a channel over; one to a peer of that name is closed. */
static bool
peer_add(struct office *o, const char *name, int fd, struct err *e)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->peers[i].name, name) == 0) {
			peer_drop(o, i);
			break;
		}
	if (o->count == PEERS) {
		fd_done(&fd);
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the courier has more than %d peers", PEERS);
	}
	struct peer *p = &o->peers[o->count++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->channel = channel_open(fd, p->name, courier_requests,
	    courier_request_count);
	return true;
}

static uint8_t
request_run(const struct courier *c, struct message *m, struct buf *answer)
{
	CLEANUP(arena_done) struct arena *a = arena_new(REQUEST_MEMORY);
	struct err why = { .what = NULL };

	for (size_t i = 0; i < COUNT(handlers); i++) {
		if (handlers[i].request != m->type)
			continue;
		if (handlers[i].run(c, m, a, answer, &why))
			return handlers[i].answer;
		LOG(&c->log, LOG_LEVEL_WARN, "courier.failed",
		    { "request", handlers[i].name },
		    { "code", why.what->code }, { "text", why.text });
	}
	answer->len = 0;
	wire_put_err(answer, &why);
	return COURIER_FAILED;
}

static bool
request_serve(const struct courier *c, struct channel *peer, struct err *e)
{
	CLEANUP(message_done) struct message m = { .type = 0 };
	CLEANUP(buf_done) struct buf answer = { 0 };

	if (!stream_receive(peer, COURIER_MESSAGE_LIMIT, &m,
	    clock_in(MESSAGE_TIME), e))
		return false;
	uint8_t type = request_run(c, &m, &answer);
	return stream_send(peer, type, buf_span(&answer), NULL, 0,
	    clock_in(MESSAGE_TIME), e);
}

/* peer_serve answers one request; a peer that is gone or mad is let go. */
static void
peer_serve(struct office *o, size_t i)
{
	struct err e;

	if (request_serve(&o->courier, &o->peers[i].channel, &e))
		return;
	if (!err_is(&e, ERR_CHANNEL_CLOSED))
		log_err(&o->courier.log, "courier.peer", &e);
	peer_drop(o, i);
}

static bool
on_settings(struct office *o, struct order *order, struct err *e)
{
	(void)o;
	fd_done(&order->fd);
	return err_set(e, ERR_PROCESS_PROTOCOL, "settings came twice");
}

static bool
on_link(struct office *o, struct order *order, struct err *e)
{
	return peer_add(o, order->peer, order->fd, e);
}

static bool
on_stop(struct office *o, struct order *order, struct err *e)
{
	(void)order;
	(void)e;
	o->stopped = true;
	return true;
}

static bool (*const orders[])(struct office *, struct order *, struct err *) =
{
	[ORDER_SETTINGS]	= on_settings,
	[ORDER_LINK]		= on_link,
	[ORDER_STOP]		= on_stop,
};

static bool
order_take(struct office *o, struct err *e)
{
	struct order order;

	return seat_order(&o->seat, &order, clock_in(MESSAGE_TIME), e) &&
	    orders[order.kind](o, &order, e);
}

/* office_work waits for the next request or order, and sees to it. */
static bool
office_work(struct office *o, struct err *e)
{
	struct watch w[PEERS + 1];
	size_t ready, n = o->count;

	for (size_t i = 0; i < n; i++)
		w[i] = (struct watch){ .fd = o->peers[i].channel.fd };
	w[n] = (struct watch){ .fd = o->seated ? o->seat.supervisor.fd : -1 };
	if (!watch_wait(w, n + 1, CLOCK_NEVER, &ready, e))
		return false;
	if (w[n].ready)
		return order_take(o, e);
	/* From the last on: a peer that is dropped moves those behind it. */
	for (size_t i = n; i-- > 0;)
		if (w[i].ready)
			peer_serve(o, i);
	return true;
}

static bool
office_run(struct office *o, struct err *e)
{
	while (o->seated ? !o->stopped : o->count > 0)
		if (!office_work(o, e))
			return false;
	return true;
}

static bool
team_open(struct office *o, struct err *e)
{
	struct order order = { .fd = -1 };

	o->seat = seat_open(PROCESS_CHANNEL);
	o->seated = true;
	if (!seat_order(&o->seat, &order, clock_in(SETTINGS_TIME), e))
		return false;
	CLEANUP(fd_done) int fd = order.fd;
	if (order.kind != ORDER_SETTINGS)
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the settings did not come first");
	return courier_load(&o->courier, fd, e);
}

static bool
local_open(struct office *o, struct err *e)
{
	CLEANUP(fd_done) int fd = PROCESS_FIRST_FD;

	return peer_add(o, "asker", PROCESS_CHANNEL, e) &&
	    courier_load(&o->courier, fd, e);
}

int
courier_main(int argc, char **argv)
{
	CLEANUP(office_done) struct office o = { .count = 0 };
	const struct log log = { .fd = 2, .process = "courier" };
	bool local = argc > 2 && strcmp(argv[2], "local") == 0;
	struct err e;

	/* A full disk and a closed socket are errors, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if ((local ? local_open : team_open)(&o, &e) &&
	    courier_confine(&o.courier, &e) && office_run(&o, &e))
		return 0;
	log_err(&log, "courier.ended", &e);
	return err_exit_code(e.what->kind);
}
