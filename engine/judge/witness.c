/* witness - see witness.h. */
#include "base/text.h"
#include "judge/anchor.h"
#include "judge/witness.h"
#include "ledger/proof.h"
#include "ledger/witness.h"
#include "wire/courier.h"

#define TRIES		3		/* its answer tells where to begin */
#define ARENA		((size_t)1 << 20)
#define SHOWN		200		/* bytes of an answer in an error */

/* One witness that is asked about one checkpoint. */
struct asking {
	struct desk		*desk;
	const struct witness	*witness;
	struct arena		*arena;
	struct note_key		 key;
	struct span		 note;
	struct note		 parts;		/* of the note */
	struct checkpoint	 checkpoint;
	struct witness_seen	*seen;		/* where it was, as far as we
						 * know */
};

/* What is remembered of a witness; the oldest makes room for one more. */
static struct witness_seen *
seen_of(struct desk *d, const struct note_key *k)
{
	struct witness_seen *s = d->witnesses;

	for (size_t i = 0; i < DESK_WITNESSES; i++)
		if (s[i].id == k->id)
			return &s[i];
	for (size_t i = DESK_WITNESSES - 1; i > 0; i--)
		s[i] = s[i - 1];
	s[0] = (struct witness_seen){ .id = k->id };
	return &s[0];
}

static bool
question_make(const struct asking *q, struct buf *out, struct err *e)
{
	struct witness_request r = { .old = q->seen->size, .note = q->note };

	if (r.old > 0 && r.old < q->checkpoint.size &&
	    !ledger_prove_consistency(record_ledger(q->desk->record), r.old,
	    q->checkpoint.size, &r.proof, e))
		return false;
	witness_request_write(&r, out);
	return true;
}

static bool
ask(const struct asking *q, struct buf *answer, struct cosigned *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf question = { 0 }, url = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };

	if (!question_make(q, &question, e))
		return false;
	buf_put(&url, q->witness->url);
	buf_text(&url, span_ends(q->witness->url, "/") ? "add-checkpoint" :
	    "/add-checkpoint");
	cosign_write(&(struct cosign_request){ buf_span(&url),
	    buf_span(&question), q->witness->private_address }, &body);
	return desk_ask(q->desk, COURIER_COSIGN, COURIER_COSIGNED,
	    buf_span(&body), -1, answer, e) &&
	    cosigned_read(buf_span(answer), out, e);
}

/* The line that is ours to want; those of other keys are passed over. */
static bool
take_line(const struct asking *q, struct span answer, struct buf *lines,
    struct err *e)
{
	struct span rest = answer, line;
	struct note_line by;
	struct err why;

	while (span_line(&rest, &line)) {
		if (!note_line_parse(q->arena, line, &by, &why) ||
		    !note_line_by(&by, &q->key))
			continue;
		if (!cosignature_line_check(&by, q->parts.text, &q->key, NULL,
		    &why))
			return err_set(e, ERR_WITNESS_ANSWER, "%s", why.text);
		note_line_write(&q->key, by.signature, lines);
		return true;
	}
	return err_set(e, ERR_WITNESS_ANSWER, "its answer has no cosignature "
	    "of %s", text_show(q->key.name).text);
}

static bool
conflict(const struct asking *q, uint64_t size, struct err *e)
{
	return err_set(e, ERR_WITNESS_CONFLICT, "%s saw another history: it "
	    "cosigned %llu events that are not the first %llu of this ledger",
	    text_show(q->key.name).text, (unsigned long long)size,
	    (unsigned long long)size);
}

/* It saw more than we have: of another engine, or of another history. */
static bool
is_ahead(const struct asking *q, uint64_t size, struct err *e)
{
	if (!record_refresh(q->desk->record, e))
		return false;
	if (ledger_size(record_ledger(q->desk->record)) < size)
		return conflict(q, size, e);
	return err_set(e, ERR_WITNESS_BEHIND, "another engine went on to %llu "
	    "events", (unsigned long long)size);
}

static bool
other_answer(const struct cosigned *c, struct err *e)
{
	struct span text = c->answer;

	if (text.len > SHOWN)
		text.len = SHOWN;
	return err_set(e, ERR_WITNESS_ANSWER, "HTTP %u: %s",
	    (unsigned)c->status, text_show(text).text);
}

/* 409 says what it saw last; *again if that is where to begin. */
static bool
go_on(const struct asking *q, const struct cosigned *c, bool *again,
    struct err *e)
{
	struct span rest = c->answer, line;
	uint64_t size;

	if (!span_line(&rest, &line) || !text_u64(line, &size))
		return other_answer(c, e);
	if (size > q->checkpoint.size)
		return is_ahead(q, size, e);
	if (size == q->seen->size)
		return conflict(q, size, e);
	q->seen->size = size;
	*again = true;
	return true;
}

static bool
cosign_once(const struct asking *q, struct buf *lines, bool *again,
    struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct cosigned c;

	*again = false;
	if (!ask(q, &answer, &c, e))
		return false;
	switch (c.status) {
	case WITNESS_GOOD:
		if (!take_line(q, c.answer, lines, e))
			return false;
		q->seen->size = q->checkpoint.size;
		return true;
	case WITNESS_CONFLICT:
		return go_on(q, &c, again, e);
	case WITNESS_UNPROVEN:
		return conflict(q, q->seen->size, e);
	default:
		return other_answer(&c, e);
	}
}

static bool
cosign(struct desk *d, const struct witness *w, struct span note,
    struct buf *lines, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct asking q = { .desk = d, .witness = w, .arena = a,
	    .note = note };
	bool again = true;

	if (!cosigner_parse(a, w->key, &q.key, e) ||
	    !note_parse(a, note, &q.parts, e) ||
	    !checkpoint_parse(q.parts.text, &q.checkpoint, e))
		return false;
	q.seen = seen_of(d, &q.key);
	if (q.seen->size > q.checkpoint.size)
		q.seen->size = 0;
	for (int i = 0; again && i < TRIES; i++)
		if (!cosign_once(&q, lines, &again, e))
			return err_at(e, "witness %s",
			    text_show(q.key.name).text);
	return !again || err_set(e, ERR_WITNESS_BEHIND, "%s is asked by others "
	    "at the same time", text_show(q.key.name).text);
}

/* One that did not cosign: told, and passed over. */
static bool
pass_over(struct desk *d, const struct err *why, struct err *e)
{
	if (!anchor_passes(d, "anchor.witness", why, e))
		return false;
	return !err_is(why, ERR_WITNESS_CONFLICT) ||
	    alarm_raise(d, why->what->code, span_text(why->text), e);
}

bool
witness_gather(struct desk *d, struct span note, struct buf *lines,
    size_t *good, struct err *e)
{
	const struct ledger_config *l =
	    &chain_config(d->chain)->organization.ledger;

	*good = 0;
	for (size_t i = 0; i < l->witnesses.count; i++) {
		struct err why;

		if (cosign(d, &l->witnesses.items[i], note, lines, &why))
			++*good;
		else if (!pass_over(d, &why, e))
			return false;
	}
	return true;
}
