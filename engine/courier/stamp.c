/* stamp - timestamps from authorities; nobody here looks into them. */
#include <stdlib.h>

#include "base/limits.h"
#include "courier/carry.h"
#include "net/timestamp.h"

#define PARALLEL	32	/* connections to one authority */
#define PARALLEL_MOST	64
#define ROUNDS_MOST	10
#define PAUSE		500	/* ms before the second round, doubling */

struct batch {
	struct timestamp_item	*items;
	size_t			 count;
	struct timestamp_try	 tries[STAMP_AUTHORITIES];
	uint32_t		 parallel[STAMP_AUTHORITIES];
	uint32_t		 form[STAMP_AUTHORITIES];
	const char		*urls[STAMP_AUTHORITIES];
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
		rules[i].private_addresses =
		    q->authorities[i].private_addresses;
	}
	*out = rules;
	return true;
}

static bool
plan_make(const struct courier *c, const struct stamp_request *q,
    struct batch *b, struct arena *a, struct timestamp_plan *out,
    struct err *e)
{
	struct timestamp_plan plan = {
		.authorities = b->urls,
		.authority_count = q->authority_count,
		.order = q->order,
		.parallel = b->parallel,
		.form = b->form,
		.rounds = at_most(q->rounds, ROUNDS_MOST),
		.pause = PAUSE,
		.tries = b->tries,
	};

	for (size_t i = 0; i < q->authority_count; i++) {
		const struct stamp_authority *who = &q->authorities[i];

		b->parallel[i] = who->at_once == 0 ? PARALLEL :
		    at_most(who->at_once, PARALLEL_MOST);
		b->form[i] = who->form;
		b->urls[i] = arena_text(a, who->url);
		if (b->urls[i] == NULL)
			return err_budget(e, a);
	}
	if (!rules_make(c, q, plan.authorities, a, &plan.rules, e))
		return false;
	*out = plan;
	return true;
}

static void
tries_tell(const struct batch *b, size_t count, struct stamped_try *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct timestamp_try *t = &b->tries[i];

		out[i] = (struct stamped_try){
			.answered = t->answered,
			.failed = t->failed,
			.latency = t->answered == 0 ? 0 :
			    (uint32_t)(t->time / t->answered),
			.err = t->err,
		};
	}
}

static bool
answer_write(const struct batch *b, size_t authorities, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct stamped_try tries[STAMP_AUTHORITIES];
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
	tries_tell(b, authorities, tries);
	stamped_write(&(struct stamped){ items, b->count, tries,
	    authorities }, answer);
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
	    !plan_make(c, &q, &b, a, &plan, e))
		return false;
	b.items = ARENA_ARRAY(a, struct timestamp_item, q.count);
	if (b.items == NULL)
		return err_budget(e, a);
	b.count = q.count;
	for (size_t i = 0; i < q.count; i++) {
		b.items[i].requests = q.items[i].requests;
		b.items[i].passed = q.items[i].passed;
	}
	return timestamp_fetch(&plan, b.items, b.count, e) &&
	    answer_write(&b, q.authority_count, a, answer, e);
}
