/* timestamp - see timestamp.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "net/exchange.h"
#include "net/timestamp.h"
#include "sys/clock.h"

#define PARALLEL	4
#define LONGEST_WAIT	1000	/* milliseconds between two looks around */

/* Where an item stands. */
struct progress {
	size_t	attempts;	/* made so far, over all authorities */
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
	bool			 flying;
};

struct fetch {
	const struct timestamp_plan	*plan;
	struct timestamp_item		*items;
	struct progress			*progress;
	size_t				 count;
	size_t				 left;		/* items not done */
	struct flight			*flights;
	size_t				 flight_count;	/* slots */
	size_t				 parallel;
	size_t				 attempts;	/* per item, at most */
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
	free(f->progress);
}

static bool
fetch_open(struct fetch *f, const struct timestamp_plan *plan,
    struct timestamp_item *items, size_t count, struct err *e)
{
	size_t rounds = plan->rounds > 0 ? plan->rounds : 1;

	if (plan->authority_count == 0)
		return err_set(e, ERR_NET_UNREACHABLE,
		    "no timestamp authority is declared");
	f->plan = plan;
	f->items = items;
	f->count = f->left = count;
	f->parallel = plan->parallel > 0 ? plan->parallel : PARALLEL;
	f->attempts = rounds * plan->authority_count;
	f->progress = xcalloc(count + 1, sizeof(*f->progress));
	f->flight_count = f->parallel * plan->authority_count;
	f->flights = xcalloc(f->flight_count, sizeof(*f->flights));
	f->multi = curl_multi_init();
	if (f->multi == NULL)
		return err_set(e, ERR_NET_UNREACHABLE,
		    "libcurl does not start");
	return true;
}

static size_t
authority_of(const struct fetch *f, size_t item)
{
	return (f->items[item].first + f->progress[item].attempts) %
	    f->plan->authority_count;
}

/* pause_after: a round that failed everywhere is followed by a pause. */
static int64_t
pause_after(const struct fetch *f, size_t attempts)
{
	size_t round = attempts / f->plan->authority_count;

	if (attempts % f->plan->authority_count != 0)
		return 0;
	return (int64_t)f->plan->pause << (round > 10 ? 10 : round - 1);
}

/* item_failed sends an item on, or gives up on it with the last error. */
static void
item_failed(struct fetch *f, size_t item, const struct err *why)
{
	struct progress *p = &f->progress[item];

	p->flying = false;
	p->attempts++;
	p->not_before = clock_in(pause_after(f, p->attempts));
	if (p->attempts < f->attempts)
		return;
	f->items[item].err = *why;
	p->done = true;
	f->left--;
}

static void
item_answered(struct fetch *f, struct flight *l)
{
	struct timestamp_item *item = &f->items[l->item];
	struct err why;

	if (f->plan->check != NULL && !f->plan->check(f->plan->arg, l->item,
	    buf_span(&l->reply), &why)) {
		err_at(&why, "%s", f->plan->authorities[l->authority]);
		item_failed(f, l->item, &why);
		return;
	}
	item->reply = l->reply;
	l->reply = (struct buf){ 0 };
	item->authority = l->authority;
	item->err = (struct err){ .what = NULL };
	f->progress[l->item].flying = false;
	f->progress[l->item].done = true;
	f->left--;
}

/* slot_of gives a free slot of an authority's share, or NULL. */
static struct flight *
slot_of(struct fetch *f, size_t authority)
{
	for (size_t i = 0; i < f->parallel; i++) {
		struct flight *l = &f->flights[authority * f->parallel + i];

		if (!l->flying)
			return l;
	}
	return NULL;
}

static bool
flight_start(struct fetch *f, struct flight *l, struct err *e)
{
	const struct http_post post = {
		.type = "application/timestamp-query",
		.accept = "application/timestamp-reply",
		.answer_type = "application/timestamp-reply",
		.body = f->items[l->item].request,
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

/* fill starts what may start now. */
static void
fill(struct fetch *f)
{
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < f->count; i++) {
		struct progress *p = &f->progress[i];
		struct flight *l;
		struct err why;

		if (p->done || p->flying || p->not_before > now)
			continue;
		l = slot_of(f, authority_of(f, i));
		if (l == NULL)
			continue;
		*l = (struct flight){ .item = i, .flying = true,
		    .authority = authority_of(f, i) };
		p->flying = true;
		if (!flight_start(f, l, &why)) {
			flight_end(f, l);
			item_failed(f, i, &why);
		}
	}
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
			item_answered(f, l);
		else
			item_failed(f, l->item, &why);
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
	return true;
}
