/* stamp_ask - see stamp_ask.h. */
#include "judge/stamp_ask.h"
#include "sys/clock.h"

uint32_t
policies_forms(const struct stamp_policies *p)
{
	return p->count == 0 ? 1 : p->count;
}

struct span
policies_of(const struct stamp_policies *p, uint32_t form)
{
	return form < p->count ? p->oids[form] : (struct span){ 0 };
}

uint32_t
circle_all(const struct stamp_circle *c)
{
	return (uint32_t)((UINT64_C(1) << c->count) - 1);
}

void
circle_ask(const struct stamp_circle *c, struct stamp_item *items,
    size_t count, uint32_t rounds, uint32_t timeout, struct buf *b)
{
	struct span urls[STAMP_AUTHORITIES];
	uint32_t order[STAMP_AUTHORITIES];

	for (size_t i = 0; i < c->count; i++)
		urls[i] = c->authorities[i].url;
	health_order(c->memory, urls, c->count, clock_monotonic(), order);
	stamp_write(&(struct stamp_request){ .authorities = c->authorities,
	    .order = order, .authority_count = c->count,
	    .forms = policies_forms(&c->policies), .rounds = rounds,
	    .timeout = timeout, .items = items, .count = count }, b);
}

void
circle_good(const struct stamp_circle *c, size_t authority)
{
	health_good(c->memory, c->authorities[authority].url);
}

void
circle_bad(const struct stamp_circle *c, size_t authority,
    const struct err *why)
{
	struct span url = c->authorities[authority].url;

	health_bad(c->memory, url, clock_monotonic());
	if (c->passed != NULL)
		c->passed(c->arg, url, why);
}

/* One that answered some of the time is no worse than its latency. */
static void
tries_take(const struct stamp_circle *c, const struct stamped *s)
{
	for (size_t i = 0; i < s->try_count; i++) {
		const struct stamped_try *t = &s->tries[i];

		if (t->answered > 0)
			health_answered(c->memory, c->authorities[i].url,
			    t->latency, clock_monotonic());
		else if (t->failed > 0 && t->err.what != NULL)
			circle_bad(c, i, &t->err);
	}
}

static bool
fits(const struct stamp_circle *c, const struct stamped_item *got,
    const struct stamp_item *asked)
{
	return got->err.what != NULL || (got->authority < c->count &&
	    (asked->passed & 1U << got->authority) == 0);
}

bool
circle_hear(const struct stamp_circle *c, struct span body,
    const struct stamp_item *asked, size_t count, struct arena *a,
    struct stamped *out, struct err *e)
{
	struct stamped s;

	if (!stamped_read(body, a, &s, e))
		return false;
	if (s.count != count || s.try_count > c->count)
		return wire_malformed(e, "stamped");
	for (size_t i = 0; i < count; i++)
		if (!fits(c, &s.items[i], &asked[i]))
			return wire_malformed(e, "stamped");
	tries_take(c, &s);
	*out = s;
	return true;
}
