/*
 * replay_expiring - what was told of ends, once more: the config commit in
 * force has these things, and they end then (see expiring.h).
 */
#include "base/text.h"
#include "judge/expiring.h"
#include "judge/replay_state.h"

/* The tokens that an event rests on. */
static bool
tokens_of(struct replay *r, const struct event *ev, struct expiry_seen *out,
    struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");
	struct span *tokens = ARENA_ARRAY(r->scratch, struct span,
	    json_count(list) + 1);

	if (tokens == NULL)
		return err_budget(e, r->scratch);
	for (size_t i = 0; i < json_count(list); i++) {
		CLEANUP(buf_done) struct buf raw = { 0 };

		if (!ledger_blob(r->terms->ledger, json_span(json_member(
		    json_item(list, i), "raw_sha256")), &raw, e))
			return false;
		if (!arena_copy(r->scratch, buf_span(&raw), &tokens[i]))
			return err_budget(e, r->scratch);
	}
	*out = (struct expiry_seen){ tokens, json_count(list) };
	return true;
}

/* The thing that an event tells of, by what memory_end_told knows it. */
static const struct expiry *
row_find(const struct expiries *list, const struct event *ev)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct expiry *x = &list->items[i];
		CLEANUP(buf_done) struct buf thing = { 0 };
		char ends[TEXT_TIME_SIZE];

		expiry_thing(x, &thing);
		text_time(x->ends, ends);
		if (x->unread.len == 0 && span_eq(buf_span(&thing),
		    event_text(ev, "thing")) && span_eq(x->file,
		    event_text(ev, "file")) && span_eq(x->element,
		    event_text(ev, "element")) && span_is(event_text(ev,
		    "ends"), ends))
			return x;
	}
	return NULL;
}

static bool
row_judge(struct replay *r, const struct event *ev, const struct expiry *x,
    struct err *e)
{
	CLEANUP(json_done) struct json *again = json_map();

	expiring_members(x, r->now, again);
	if (x->covered)
		replay_note(r, REPLAY_DIFFERENT, "its successor takes over in "
		    "time");
	if (x->crowded)
		replay_note(r, REPLAY_DIFFERENT, "%d others of its thing "
		    "come before it", EXPIRY_MOST);
	if (x->successor.len == 0 && event_text(ev, "successor").len > 0)
		replay_note(r, REPLAY_DIFFERENT, "nothing follows it");
	if (memory_end_told(&r->memory, ev->json) <=
	    event_integer(ev, "threshold"))
		replay_note(r, REPLAY_DIFFERENT, "it was told of before");
	return replay_same(r, ev, again, e);
}

bool
replay_expiring(struct replay *r, const struct event *ev, struct err *e)
{
	struct expiry_seen seen;
	struct expiries list;
	const struct expiry *x;

	if (!replay_rests(r, ev))
		return true;
	replay_time(r, ev, event_text(ev, "decided"));
	if (!tokens_of(r, ev, &seen, e) || !expiry_list(chain_config(
	    r->chain), &seen, r->now, r->scratch, &list, e))
		return false;
	x = row_find(&list, ev);
	if (x != NULL)
		return row_judge(r, ev, x, e);
	replay_note(r, REPLAY_DIFFERENT, "nothing of that kind ends then");
	return true;
}
