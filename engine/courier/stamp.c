/* stamp - timestamps from authorities; nobody here looks into them. */
#include <stdlib.h>

#include "base/limits.h"
#include "courier/carry.h"
#include "net/timestamp.h"

#define PARALLEL_MOST	64	/* connections to one authority */
#define ROUNDS_MOST	10
#define PAUSE		500	/* ms before the second round, doubling */

struct batch {
	struct timestamp_item	*items;
	size_t			 count;
};

static void
batch_done(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		buf_done(&b->items[i].reply);
}

static uint32_t
at_most(uint32_t value, uint32_t most)
{
	return value < most ? value : most;
}

static bool
rules_make(const struct courier *c, const struct stamp_request *q,
    const char *const *authorities, struct arena *a,
    const struct http_rules **out, struct err *e)
{
	struct http_rules *rules = ARENA_ARRAY(a, struct http_rules,
	    q->authority_count + 1);

	if (rules == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < q->authority_count; i++) {
		if (!courier_rules(c, authorities[i],
		    (struct span){ NULL, 0 }, a, &rules[i], e))
			return false;
		rules[i].total = q->timeout > 0 ? at_most(q->timeout,
		    LIMIT_HTTP_TOTAL) : LIMIT_HTTP_TOTAL;
		/* Administrators name them. */
		rules[i].private_addresses = true;
	}
	*out = rules;
	return true;
}

static bool
plan_make(const struct courier *c, const struct stamp_request *q,
    struct arena *a, struct timestamp_plan *out, struct err *e)
{
	struct timestamp_plan plan = {
		.authority_count = q->authority_count,
		.parallel = at_most(q->parallel, PARALLEL_MOST),
		.rounds = at_most(q->rounds, ROUNDS_MOST),
		.pause = PAUSE,
	};

	if (!wire_texts(a, q->authorities, q->authority_count,
	    &plan.authorities, e) ||
	    !rules_make(c, q, plan.authorities, a, &plan.rules, e))
		return false;
	*out = plan;
	return true;
}

static bool
answer_write(const struct batch *b, struct arena *a, struct buf *answer,
    struct err *e)
{
	struct stamped_item *items = ARENA_ARRAY(a, struct stamped_item,
	    b->count);

	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < b->count; i++)
		items[i] = (struct stamped_item){
			.reply = buf_span(&b->items[i].reply),
			.authority = (uint32_t)b->items[i].authority,
			.err = b->items[i].err,
		};
	stamped_write(items, b->count, answer);
	return true;
}

bool
carry_stamps(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(batch_done) struct batch b = { .items = NULL };
	struct stamp_request q;
	struct timestamp_plan plan;

	if (!stamp_read(buf_span(&m->body), a, &q, e) ||
	    !plan_make(c, &q, a, &plan, e))
		return false;
	b.items = ARENA_ARRAY(a, struct timestamp_item, q.count);
	if (b.items == NULL)
		return err_budget(e, a);
	b.count = q.count;
	for (size_t i = 0; i < q.count; i++) {
		b.items[i].request = q.items[i].request;
		b.items[i].first = q.items[i].first;
	}
	return timestamp_fetch(&plan, b.items, b.count, e) &&
	    answer_write(&b, a, answer, e);
}
