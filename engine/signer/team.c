/*
 * team - the role "signer" as a member of a supervisor's team (wire/team.h):
 * its settings, then judges, one after the other, until STOP.
 *
 * While it serves a judge it hears no order: the supervisor stops the judge
 * first, and that closes the judge's channel.
 */
#include <signal.h>
#include <string.h>

#include "base/text.h"
#include "signer/modes.h"
#include "signer/settings.h"
#include "sys/clock.h"
#include "wire/team.h"

#define SETTINGS_TIME	60000	/* ms until the settings come */

struct member {
	struct seat		 seat;
	struct signer_part	 part;
	struct signer		*signer;	/* NULL: no settings yet */
	bool			 stopped;
};

static void
member_done(struct member *m)
{
	signer_done(&m->signer);
	part_done(&m->part);
	seat_done(&m->seat);
}

/* The tokens are opened while their PINs can be read: before the sandbox. */
static bool
on_settings(struct member *m, struct order *order, struct err *e)
{
	if (m->signer != NULL)
		return err_set(e, ERR_PROCESS_PROTOCOL, "settings came twice");
	return part_load(&m->part, order->fd, e) &&
	    signer_open(&m->part.terms, &m->signer, e) &&
	    part_confine(&m->part, e);
}

/* A judge that dies before it has its answer is gone, and no more than that. */
static bool
on_link(struct member *m, struct order *order, struct err *e)
{
	int fd = order->fd;

	if (m->signer == NULL)
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the settings did not come first");
	if (strcmp(order->peer, m->part.terms.peer) != 0)
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "a signer serves the judge, not the '%s'",
		    text_show(span_text(order->peer)).text);
	order->fd = -1;
	return signer_serve(m->signer, fd, e) ||
	    err_is(e, ERR_CHANNEL_CLOSED);
}

static bool
on_stop(struct member *m, struct order *order, struct err *e)
{
	(void)order;
	(void)e;
	m->stopped = true;
	return true;
}

static bool (*const orders[])(struct member *, struct order *, struct err *) =
{
	[ORDER_SETTINGS]	= on_settings,
	[ORDER_LINK]		= on_link,
	[ORDER_STOP]		= on_stop,
};

/* A supervisor that is gone wants what one that says STOP wants. */
static bool
order_wait(struct member *m, struct order *out, struct err *e)
{
	int64_t deadline = m->signer == NULL ? clock_in(SETTINGS_TIME) :
	    CLOCK_NEVER;

	if (seat_order(&m->seat, out, deadline, e))
		return true;
	*out = (struct order){ .kind = ORDER_STOP, .fd = -1 };
	return err_is(e, ERR_CHANNEL_CLOSED);
}

static bool
member_run(struct member *m, struct err *e)
{
	while (!m->stopped) {
		struct order order;

		if (!order_wait(m, &order, e))
			return false;
		bool ok = orders[order.kind](m, &order, e);
		fd_done(&order.fd);
		if (!ok)
			return false;
	}
	return true;
}

/*
 * Another start with the same PIN would bring the token nearer to its lock, and
 * one without a memory waits for a word of the operator.
 */
static const enum err_code stays_down[] = {
	ERR_SIGNER_NEW,
	ERR_TOKEN_PIN_WRONG,
	ERR_TOKEN_PIN_LOCKED,
	ERR_TOKEN_PIN_LOW,
};

static int
exit_code(const struct err *e)
{
	for (size_t i = 0; i < COUNT(stays_down); i++)
		if (err_is(e, stays_down[i]))
			return TEAM_STAY_DOWN;
	return err_exit_code(e->what->kind);
}

int
signer_team(void)
{
	CLEANUP(member_done) struct member m = {
		.seat = seat_open(PROCESS_CHANNEL), .part = part_new() };
	struct err e;

	/* A module's socket that is closed is an error, not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (member_run(&m, &e))
		return 0;
	log_err(&m.part.log, "signer.ended", &e);
	return exit_code(&e);
}
