/* timestamp - see timestamp.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "net/exchange.h"
#include "net/timestamp.h"
#include "sys/clock.h"

#define PARALLEL	4
#define LONGEST_WAIT	1000	/* milliseconds between two looks around */
#define AILING		2	/* failures in a row: others come first */

/* Where an item stands. */
struct progress {
	size_t	rounds;		/* that are over */
	uint32_t tried;		/* authorities of this round: bits */
	int64_t	not_before;	/* monotonic time of the next one */
	bool	flying;
	bool	done;
};

/* One exchange on its way. */
struct flight {
	struct exchange		 exchange;
	struct http_sink	 sink;
	struct buf		 reply;
	size_t			 item;
	size_t			 authority;
	int64_t			 began;
	bool			 flying;
};

/* An authority, and how it does. */
struct asked {
	struct flight		*flights;	/* its own */
	size_t			 parallel;	/* so many */
	unsigned		 failures;	/* in a row */
	struct timestamp_try	 told;
};

struct fetch {
	const struct timestamp_plan	*plan;
	struct timestamp_item		*items;
	struct progress			*progress;
	size_t				 count;
	size_t				 left;		/* items not done */
	struct asked			*asked;		/* authorities */
	struct flight			*flights;
	size_t				 flight_count;	/* slots */
	size_t				 rounds;	/* at most */
	CURLM				*multi;
};

static void
flight_end(struct fetch *f, struct flight *l)
{
	if (!l->flying)
		return;
	if (l->exchange.curl != NULL)
		curl_multi_remove_handle(f->multi, l->exchange.curl);
	exchange_done(&l->exchange);
	buf_done(&l->reply);
	l->flying = false;
}

static void
fetch_done(struct fetch *f)
{
	for (size_t i = 0; i < f->flight_count; i++)
		flight_end(f, &f->flights[i]);
	curl_multi_cleanup(f->multi);
	free(f->flights);
	free(f->asked);
	free(f->progress);
}

static size_t
parallel_of(const struct timestamp_plan *plan, size_t authority)
{
	return plan->parallel != NULL && plan->parallel[authority] > 0 ?
	    plan->parallel[authority] : PARALLEL;
}

/* The slots of all authorities lie one after the other. */
static void
slots_make(struct fetch *f)
{
	size_t at = 0, count = f->plan->authority_count;

	f->asked = xcalloc(count, sizeof(*f->asked));
	for (size_t i = 0; i < count; i++) {
		f->asked[i].parallel = parallel_of(f->plan, i);
		f->flight_count += f->asked[i].parallel;
	}
	f->flights = xcalloc(f->flight_count, sizeof(*f->flights));
	for (size_t i = 0; i < count; i++) {
		f->asked[i].flights = &f->flights[at];
		at += f->asked[i].parallel;
	}
}

static bool
fetch_open(struct fetch *f, const struct timestamp_plan *plan,
    struct timestamp_item *items, size_t count, struct err *e)
{
	if (plan->authority_count == 0 ||
	    plan->authority_count > TIMESTAMP_AUTHORITIES)
		return err_set(e, ERR_NET_UNREACHABLE, "%zu timestamp "
		    "authorities are declared", plan->authority_count);
	f->plan = plan;
	f->items = items;
	f->count = f->left = count;
	f->rounds = plan->rounds > 0 ? plan->rounds : 1;
	f->progress = xcalloc(count + 1, sizeof(*f->progress));
	slots_make(f);
	f->multi = curl_multi_init();
	if (f->multi == NULL)
		return err_set(e, ERR_NET_UNREACHABLE,
		    "libcurl does not start");
	return true;
}

/*
 * Whom to ask next: the first in the order who was not tried in this round and
 * is not ailing; if there is none, the first who was not tried. The number of
 * authorities: nobody is left.
 */
static size_t
authority_of(const struct fetch *f, size_t item)
{
	const struct timestamp_plan *plan = f->plan;
	uint32_t not = f->items[item].passed | f->progress[item].tried;
	size_t ailing = plan->authority_count;

	for (size_t i = 0; i < plan->authority_count; i++) {
		size_t who = plan->order == NULL ? i : plan->order[i];

		if ((not & 1U << who) != 0)
			continue;
		if (f->asked[who].failures < AILING)
			return who;
		if (ailing == plan->authority_count)
			ailing = who;
	}
	return ailing;
}

static void
item_end(struct fetch *f, size_t item)
{
	f->progress[item].done = true;
	f->left--;
}

static void
tell_failure(struct asked *who, const struct err *why)
{
	who->failures++;
	who->told.failed++;
	who->told.err = *why;
}

/*
 * item_failed sends an item on, or gives up on it with the last error. A round
 * that failed everywhere is followed by a pause.
 */
static void
item_failed(struct fetch *f, size_t item, size_t authority,
    const struct err *why)
{
	struct progress *p = &f->progress[item];

	tell_failure(&f->asked[authority], why);
	p->flying = false;
	p->tried |= 1U << authority;
	if (authority_of(f, item) < f->plan->authority_count)
		return;
	p->tried = 0;
	p->not_before = clock_in((int64_t)f->plan->pause <<
	    (p->rounds > 10 ? 10 : p->rounds));
	if (++p->rounds < f->rounds)
		return;
	f->items[item].err = *why;
	item_end(f, item);
}

/* Nobody may be asked for it: all were passed over. */
static void
item_hopeless(struct fetch *f, size_t item)
{
	err_set(&f->items[item].err, ERR_NET_UNREACHABLE,
	    "no timestamp authority is left to be asked");
	item_end(f, item);
}

static void
item_answered(struct fetch *f, struct flight *l)
{
	struct timestamp_item *item = &f->items[l->item];
	struct err why;

	if (f->plan->check != NULL && !f->plan->check(f->plan->arg, l->item,
	    buf_span(&l->reply), &why)) {
		err_at(&why, "%s", f->plan->authorities[l->authority]);
		item_failed(f, l->item, l->authority, &why);
		return;
	}
	f->asked[l->authority].failures = 0;
	item->reply = l->reply;
	l->reply = (struct buf){ 0 };
	item->authority = l->authority;
	item->err = (struct err){ .what = NULL };
	f->progress[l->item].flying = false;
	item_end(f, l->item);
}

/* slot_of gives a free slot of an authority's share, or NULL. */
static struct flight *
slot_of(struct fetch *f, size_t authority)
{
	for (size_t i = 0; i < f->asked[authority].parallel; i++) {
		struct flight *l = &f->asked[authority].flights[i];

		if (!l->flying)
			return l;
	}
	return NULL;
}

static bool
flight_start(struct fetch *f, struct flight *l, struct err *e)
{
	const uint32_t *form = f->plan->form;
	const struct http_post post = {
		.type = "application/timestamp-query",
		.accept = "application/timestamp-reply",
		.answer_type = "application/timestamp-reply",
		.body = f->items[l->item].requests[form == NULL ? 0 :
		    form[l->authority]],
	};

	l->sink = exchange_buffer(&l->reply);
	if (!exchange_open(&l->exchange, &f->plan->rules[l->authority],
	    f->plan->authorities[l->authority], LIMIT_TIMESTAMP_REPLY,
	    &l->sink, e) || !exchange_body(&l->exchange, &post, e) ||
	    !exchange_begin(&l->exchange, e))
		return false;
	if (curl_easy_setopt(l->exchange.curl, CURLOPT_PRIVATE, l) !=
	    CURLE_OK || curl_multi_add_handle(f->multi, l->exchange.curl) !=
	    CURLM_OK)
		return err_set(e, ERR_NET_UNREACHABLE, "libcurl is full");
	return true;
}

static void
start(struct fetch *f, struct flight *l, size_t item, size_t authority)
{
	struct err why;

	*l = (struct flight){ .item = item, .flying = true,
	    .authority = authority, .began = clock_monotonic() };
	f->progress[item].flying = true;
	if (flight_start(f, l, &why))
		return;
	flight_end(f, l);
	item_failed(f, item, authority, &why);
}

/* fill starts what may start now. */
static void
fill(struct fetch *f)
{
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < f->count; i++) {
		const struct progress *p = &f->progress[i];
		struct flight *l;

		if (p->done || p->flying || p->not_before > now)
			continue;
		size_t who = authority_of(f, i);
		if (who == f->plan->authority_count)
			item_hopeless(f, i);
		else if ((l = slot_of(f, who)) != NULL)
			start(f, l, i, who);
	}
}

static void
took_answer(struct fetch *f, struct flight *l)
{
	struct timestamp_try *t = &f->asked[l->authority].told;

	t->answered++;
	t->time += clock_monotonic() - l->began;
	item_answered(f, l);
}

/* land takes what has arrived. */
static void
land(struct fetch *f)
{
	CURLMsg *m;
	int more;

	while ((m = curl_multi_info_read(f->multi, &more)) != NULL) {
		struct flight *l = NULL;
		CURLcode code = m->data.result;
		struct err why;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &l);
		if (exchange_result(&l->exchange, code, &why))
			took_answer(f, l);
		else
			item_failed(f, l->item, l->authority, &why);
		flight_end(f, l);
	}
}

/* wait_time: until something arrives, or an item's pause is over. */
static int
wait_time(const struct fetch *f)
{
	int64_t now = clock_monotonic(), wait = LONGEST_WAIT;

	for (size_t i = 0; i < f->count; i++) {
		const struct progress *p = &f->progress[i];

		if (!p->done && !p->flying && p->not_before > now &&
		    p->not_before - now < wait)
			wait = p->not_before - now;
	}
	return (int)wait;
}

bool
timestamp_fetch(const struct timestamp_plan *plan,
    struct timestamp_item *items, size_t count, struct err *e)
{
	CLEANUP(fetch_done) struct fetch f = { .plan = NULL };
	int running;

	if (!fetch_open(&f, plan, items, count, e))
		return false;
	while (f.left > 0) {
		fill(&f);
		if (curl_multi_perform(f.multi, &running) != CURLM_OK)
			return err_set(e, ERR_NET_UNREACHABLE,
			    "libcurl lost its place");
		land(&f);
		if (f.left > 0 && running > 0)
			curl_multi_poll(f.multi, NULL, 0, wait_time(&f),
			    NULL);
		else if (f.left > 0)
			curl_multi_poll(f.multi, NULL, 0,
			    wait_time(&f) < LONGEST_WAIT ? wait_time(&f) : 0,
			    NULL);
	}
	for (size_t i = 0; plan->tries != NULL && i < plan->authority_count;
	    i++)
		plan->tries[i] = f.asked[i].told;
	return true;
}
