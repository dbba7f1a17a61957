/* rules_keys - what uses of keys do to the state: see fold.h. */
#include <inttypes.h>

#include "base/text.h"
#include "ledger/fold_state.h"

static bool
impossible(struct err *e, const char *why)
{
	return err_set(e, ERR_LEDGER_STATE, "%s", why);
}

const struct fold_intent *
fold_open_intent(const struct fold_request *q)
{
	for (size_t i = 0; i < q->intent_count; i++)
		if (q->intents[i].state == INTENT_OPEN)
			return &q->intents[i];
	return NULL;
}

uint64_t
fold_key_spent(const struct fold_request *q)
{
	return q->signatures + q->signatures_failed + q->signatures_unknown;
}

/* Keys are used by the engine that decided, whoever else holds them. */
static bool
own_engine(const struct fold_request *q, const struct event *ev,
    struct err *e)
{
	struct span engine = event_text(ev, "engine");

	return span_eq(engine, q->engine) || err_set(e, ERR_LEDGER_ENGINE,
	    "engine '%s' carries the request, not '%s'",
	    text_show(q->engine).text, text_show(engine).text);
}

bool
keys_intended(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	struct fold_intent i = { ev->n, event_integer(ev, "level"),
	    event_integer(ev, "count"), event_integer(ev, "attempt"),
	    event_integer(ev, "signer_count"), ev->at, INTENT_OPEN };
	uint64_t total;

	if (!fold_may_sign(f, e) || !own_engine(q, ev, e))
		return false;
	if (i.attempt != q->attempt ||
	    !span_eq(event_text(ev, "spki_sha256"), q->spki_sha256))
		return impossible(e, "another attempt or key than the one "
		    "authorised");
	if (!span_eq(event_text(ev, "certificate"), q->certificate))
		return impossible(e, "another certificate than the one "
		    "authorised");
	if (fold_open_intent(q) != NULL)
		return impossible(e, "an intent is still open");
	if (__builtin_add_overflow(fold_key_spent(q), i.count, &total) ||
	    total > q->signatures_max)
		return impossible(e, "more signatures than authorised");
	q->intents = arena_grow(f->arena, q->intents, q->intent_count,
	    sizeof(i));
	if (q->intents == NULL)
		return err_budget(e, f->arena);
	q->intents[q->intent_count++] = i;
	f->open_intents++;
	return true;
}

/* Both are below 2^53. What was lost with a signer's memory is unknown. */
static bool
counted(const struct fold_intent *i, const struct event *ev, struct err *e)
{
	uint64_t after = event_integer(ev, "signer_count");

	return after == i->signer_count + i->count || err_set(e,
	    ERR_LEDGER_COUNT, "the signer's count was %" PRIu64 " before %"
	    PRIu64 " signatures and is %" PRIu64 " after them",
	    i->signer_count, i->count, after);
}

static bool
close_intent(struct fold *f, struct fold_request *q, const struct event *ev,
    enum intent_state state, struct err *e)
{
	for (size_t i = 0; i < q->intent_count; i++) {
		struct fold_intent *in = &q->intents[i];

		if (in->n != event_integer(ev, "intended") ||
		    in->state != INTENT_OPEN)
			continue;
		if (in->count != event_integer(ev, "count"))
			return impossible(e, "another number of signatures "
			    "than was intended");
		if (state == INTENT_USED && !counted(in, ev, e))
			return false;
		in->state = state;
		f->open_intents--;
		return true;
	}
	return impossible(e, "no such intent of this request is open");
}

bool
keys_used(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	uint64_t made = event_integer(ev, "made");
	uint64_t failed = event_integer(ev, "failed");

	if (!own_engine(q, ev, e))
		return false;
	if (made + failed != event_integer(ev, "count"))
		return impossible(e, "made and failed are not all that was "
		    "intended");
	if (!close_intent(f, q, ev, INTENT_USED, e))
		return false;
	q->signatures += made;
	q->attempt_made += made;
	q->signatures_failed += failed;
	f->key_uses += made;
	return true;
}

bool
keys_unknown(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	if (!close_intent(f, q, ev, INTENT_UNKNOWN, e))
		return false;
	q->signatures_unknown += event_integer(ev, "count");
	return true;
}
