/* errand - see errand.h. */
#include "judge/errand.h"
#include "sys/clock.h"

#define ANSWER_TIME	60000	/* ms for all parts of an answer */

static size_t
count(const struct desk *d)
{
	size_t n = 0;

	for (const struct errand *x = d->errands; x != NULL; x = x->next)
		n++;
	return n;
}

bool
errand_start(struct desk *d, struct errand *x, enum courier_message request,
    enum courier_message due, struct span body, int fd, int64_t patience,
    struct err *e)
{
	if (count(d) == ERRANDS_MOST)
		return true;
	if (x->servant.channel.fd < 0 && !desk_spawn(d, "courier",
	    courier_answers, courier_answer_count, &x->servant, e))
		return false;
	x->due = due;
	x->deadline = clock_in(patience);
	x->busy = true;
	x->next = d->errands;
	d->errands = x;
	if (stream_send(&x->servant.channel, (uint8_t)request, body, &fd,
	    fd < 0 ? 0 : 1, clock_in(ANSWER_TIME), e))
		return true;
	errand_drop(d, x);
	return false;
}

bool
errand_ready(const struct errand *x)
{
	struct watch w = { .fd = x->servant.channel.fd };
	struct err unasked;
	size_t ready;

	return x->busy && (clock_left(x->deadline) == 0 ||
	    !watch_wait(&w, 1, clock_in(0), &ready, &unasked) || w.ready);
}

static void
forget(struct desk *d, struct errand *x)
{
	struct errand **at = &d->errands;

	while (*at != NULL && *at != x)
		at = &(*at)->next;
	if (*at == x)
		*at = x->next;
	x->busy = false;
}

bool
errand_take(struct desk *d, struct errand *x, struct buf *answer,
    struct err *e)
{
	const struct stream_question q = { .answer = (uint8_t)x->due,
	    .failed = COURIER_FAILED, .limit = COURIER_MESSAGE_LIMIT,
	    .patience = ANSWER_TIME };
	struct watch w = { .fd = x->servant.channel.fd };
	struct err unasked;
	size_t ready;

	bool came = watch_wait(&w, 1, clock_in(0), &ready, &unasked) &&
	    w.ready;
	bool ok = came ? stream_answer(&x->servant.channel, &q, answer, e) :
	    err_set(e, ERR_NET_TIMEOUT, "it was not done in time");
	forget(d, x);
	return (ok && x->stays) ||
	    servant_end(d, &x->servant, "courier", ok, e);
}

void
errand_drop(struct desk *d, struct errand *x)
{
	bool idle = !x->busy;
	struct err why;

	if (idle && x->servant.channel.fd < 0)
		return;
	forget(d, x);
	err_set(&why, ERR_NET_TIMEOUT, "given up");
	(void)!servant_end(d, &x->servant, "courier", idle, &why);
}

static bool
wait_for(struct desk *d, bool aside, bool others, int64_t deadline,
    struct err *e)
{
	struct watch w[ERRANDS_MOST + 1] = { { .fd = d->seat.supervisor.fd } };
	size_t n = 1, ready;

	for (const struct errand *x = d->errands; x != NULL; x = x->next) {
		if (x->aside ? !aside : !others)
			continue;
		w[n++].fd = x->servant.channel.fd;
		if (x->deadline < deadline)
			deadline = x->deadline;
	}
	if (!seat_waiting(&d->seat) && !watch_wait(w, n, deadline, &ready, e))
		return false;
	return desk_orders(d, clock_in(0), e);
}

bool
desk_wait(struct desk *d, int64_t deadline, struct err *e)
{
	return wait_for(d, false, true, deadline, e);
}

bool
desk_rest(struct desk *d, bool others, int64_t deadline, struct err *e)
{
	return wait_for(d, true, others, deadline, e);
}

bool
desk_called(const struct desk *d)
{
	for (const struct errand *x = d->errands; x != NULL; x = x->next)
		if (!x->aside && errand_ready(x))
			return true;
	return d->stopped;
}
