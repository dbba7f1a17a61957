/* openpgp_asker - see openpgp_asker.h. */
#include <string.h>

#include "git/openpgp_asker.h"

bool
verifier_keys(struct openpgp_asker *a, const struct openpgp_key *keys,
    size_t count, struct err *e)
{
	const struct openpgp_carrier *c = a->carrier;
	CLEANUP(buf_done) struct buf blob = { 0 };
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct span none = { 0 };
	uint32_t number;
	uint8_t type;
	struct err why;

	openpgp_keys_write(keys, count, &blob);
	struct span blobs[] = { buf_span(&blob) };
	if (!c->ask(c->arg, VERIFIER_KEYS, none, blobs, COUNT(blobs), e) ||
	    !c->hear(c->arg, &type, &answer, e))
		return err_at(e, "verifier");
	if (type == VERIFIER_READY)
		return openpgp_ready_read(buf_span(&answer), &a->window, e);
	if (type != VERIFIER_REFUSED)
		return openpgp_malformed("ready", e);
	if (openpgp_refused_read(buf_span(&answer), &number, &why, e))
		*e = why;
	return false;
}

/* ---- questions ---- */

static struct digest
question_digest(const struct openpgp_question *q)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA256);
	CLEANUP(buf_done) struct buf head = { 0 };

	buf_u64be(&head, (uint64_t)q->seconds);
	buf_u64be(&head, q->payload.len);
	hasher_put(h, buf_span(&head));
	hasher_put(h, q->payload);
	hasher_put(h, q->armor);
	return hasher_end(h);
}

static bool
question_send(struct openpgp_asker *a, const struct openpgp_question *q,
    struct err *e)
{
	const struct openpgp_carrier *c = a->carrier;
	CLEANUP(buf_done) struct buf body = { 0 };
	struct openpgp_check check = { a->last + 1, q->seconds };
	struct span blobs[] = { q->payload, q->armor };

	openpgp_check_write(&check, &body);
	if (!c->ask(c->arg, VERIFIER_CHECK, buf_span(&body), blobs,
	    COUNT(blobs), e))
		return err_at(e, "verifier");
	a->last = check.number;
	return true;
}

static struct openpgp_asked *
asked_find(struct openpgp_asker *a, const struct digest *question)
{
	for (size_t i = 0; i < a->count; i++)
		if (digest_eq(&a->asked[i].question, question))
			return &a->asked[i];
	return NULL;
}

static void
asked_remove(struct openpgp_asker *a, struct openpgp_asked *one)
{
	*one = a->asked[--a->count];
}

/* ---- answers ---- */

static bool
answer_read(uint8_t type, struct span body, struct openpgp_asked *out,
    struct err *e)
{
	struct openpgp_asked one = { .answered = true,
	    .good = type == VERIFIER_SIGNER };

	if (type != VERIFIER_SIGNER && type != VERIFIER_REFUSED)
		return openpgp_malformed("signer", e);
	if (!(one.good ?
	    openpgp_signer_read(body, &one.number, &one.signer, e) :
	    openpgp_refused_read(body, &one.number, &one.why, e)))
		return false;
	*out = one;
	return true;
}

static bool
answer_hear(struct openpgp_asker *a, struct openpgp_asked *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	uint8_t type;

	return (a->carrier->hear(a->carrier->arg, &type, &answer, e) ||
	    err_at(e, "verifier")) &&
	    answer_read(type, buf_span(&answer), out, e);
}

/* One that nobody waits for any more has no place. */
static void
answer_keep(struct openpgp_asker *a, const struct openpgp_asked *answer)
{
	for (size_t i = 0; i < a->count; i++) {
		struct openpgp_asked *one = &a->asked[i];
		struct digest question = one->question;

		if (one->number != answer->number)
			continue;
		*one = *answer;
		one->question = question;
	}
}

static bool
answer_wait(struct openpgp_asker *a, uint32_t number,
    struct openpgp_asked *out, struct err *e)
{
	do {
		if (!answer_hear(a, out, e))
			return false;
		answer_keep(a, out);
	} while (out->number != number);
	return true;
}

bool
verifier_ask(struct openpgp_asker *a, const struct openpgp_question *q,
    struct openpgp_signer *out, struct err *e)
{
	struct digest question = question_digest(q);
	struct openpgp_asked *one = asked_find(a, &question), answer;

	if (one == NULL) {
		if (!question_send(a, q, e) ||
		    !answer_wait(a, a->last, &answer, e))
			return false;
	} else {
		answer = *one;
		if (!answer.answered &&
		    !answer_wait(a, answer.number, &answer, e))
			return false;
		asked_remove(a, asked_find(a, &question));
	}
	if (!answer.good) {
		*e = answer.why;
		return false;
	}
	*out = answer.signer;
	return true;
}

/* ---- ahead of need ---- */

size_t
verifier_room(const struct openpgp_asker *a)
{
	size_t most = a->window < OPENPGP_ASKED ? a->window : OPENPGP_ASKED;

	return a->count < most ? most - a->count : 0;
}

/*
 * What does not come through is the same for the next question: it tells. The
 * same may be asked twice, of two commits with one signature.
 */
void
verifier_ahead(struct openpgp_asker *a, const struct openpgp_question *q)
{
	struct digest question = question_digest(q);
	struct err why;

	if (a->count == OPENPGP_ASKED || asked_find(a, &question) != NULL)
		return;
	a->hurried = true;
	if (question_send(a, q, &why))
		a->asked[a->count++] = (struct openpgp_asked){
			.number = a->last, .question = question };
}

void
verifier_forget(struct openpgp_asker *a)
{
	a->count = 0;
}
