/* record_keys - what the ledger has signed: commits and checkpoints. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "crypto/note.h"
#include "crypto/sshsig.h"
#include "judge/record_state.h"
#include "ledger/proof.h"

bool
record_ask(struct record *r, enum signer_message request,
    enum signer_message due, struct span body, struct buf *answer,
    struct err *e)
{
	const struct stream_question q = { (uint8_t)request, (uint8_t)due,
	    SIGNER_FAILED, SIGNER_MESSAGE_LIMIT, r->terms->patience,
	    NULL, 0 };

	return stream_ask(r->terms->signer, &q, body, answer, e);
}

bool
record_counts(struct record *r, struct signer_counts *out, struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };

	return record_ask(r, SIGNER_COUNT, SIGNER_COUNTED,
	    (struct span){ NULL, 0 }, &answer, e) &&
	    counts_read(buf_span(&answer), out, e);
}

/* Opens keys; one that the token does not give is the error of all. */
static bool
keys_open(struct record *r, const struct open_item *items, size_t n,
    struct arena *a, struct key_record **out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	size_t count;

	open_write(items, n, &body);
	if (!record_ask(r, SIGNER_OPEN, SIGNER_OPENED, buf_span(&body),
	    &answer, e) || !key_records_read(buf_span(&answer), a, out, &count,
	    e))
		return false;
	if (count != n)
		return wire_malformed(e, "opened");
	for (size_t i = 0; i < count; i++)
		if ((*out)[i].err.what != NULL) {
			*e = (*out)[i].err;
			return false;
		}
	return true;
}

bool
record_signer(const struct record *r, struct json **out, struct err *e)
{
	struct err why;

	return json_parse(buf_span(&r->signer), out, &why) ||
	    wire_malformed(e, "told");
}

/* Each start of a signer has a name, which intents for it have to say. */
static bool
signer_ask(struct record *r, struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	CLEANUP(json_done) struct json *told = NULL;
	uint8_t raw[SIGNER_SESSION];
	struct span text;

	if (!record_ask(r, SIGNER_ABOUT, SIGNER_TOLD, (struct span){ NULL, 0 },
	    &answer, e) || !text_body_read(buf_span(&answer), &text, e))
		return false;
	r->signer.len = 0;
	buf_put(&r->signer, text);
	if (!record_signer(r, &told, e))
		return false;
	struct span session = json_span(json_member(told, "session"));
	if (!text_unhex(session, raw, sizeof(raw)))
		return wire_malformed(e, "told");
	memcpy(r->session, session.ptr, 2 * SIGNER_SESSION);
	return true;
}

bool
record_keys_open(struct record *r, struct err *e)
{
	const struct open_item items[] = {
		{ SIGNER_USE_LOG, r->terms->log_key },
		{ SIGNER_USE_COMMIT, r->terms->commit_key },
	};
	struct key_record *keys;

	if (!keys_open(r, items, COUNT(items), r->keys, &keys, e))
		return err_at(e, "the ledger's keys");
	r->log_spki = keys[0].public_key;
	r->commit_spki = keys[1].public_key;
	return signer_ask(r, e);
}

bool
record_key_told(struct record *r, const struct open_item *item,
    struct arena *a, struct key_record *out, struct err *e)
{
	struct key_record *keys;

	if (!keys_open(r, item, 1, a, &keys, e))
		return false;
	*out = keys[0];
	return true;
}

bool
record_key(struct record *r, struct span uri, struct arena *a,
    struct record_key *out, struct err *e)
{
	const struct open_item item = { SIGNER_USE_SIGN, uri };
	CLEANUP(json_done) struct json *told = NULL;
	struct key_record key;
	struct err why;

	if (!record_key_told(r, &item, a, &key, e))
		return false;
	if (!json_parse(key.json, &told, &why))
		return wire_malformed(e, "opened");
	out->public_key = key.public_key;
	return (arena_copy(a, json_span(json_member(told, "token")),
	    &out->token) && arena_copy(a, json_span(json_member(told,
	    "serial")), &out->serial)) || err_budget(e, a);
}

static bool
commit_key(const struct record *r, struct ssh_key *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span blob;

	if (!ssh_key_from_spki(r->commit_spki, &b, e))
		return false;
	if (!arena_copy(r->keys, buf_span(&b), &blob))
		return err_budget(e, r->keys);
	return ssh_key_parse(blob, out, e);
}

bool
record_keys_check(const struct record *r, struct err *e)
{
	const struct ledger_format *f = ledger_format(r->ledger);
	struct span id = span_text(r->terms->engine);
	const struct ledger_engine *known = engines_find(ledger_engines(
	    r->ledger), id);
	struct ssh_key mine;

	if (!span_eq(f->log.public_key, r->log_spki))
		return err_set(e, ERR_SIGNER_KEY, "the ledger names another "
		    "key for checkpoints");
	if (!commit_key(r, &mine, e))
		return false;
	if (known == NULL)
		return err_set(e, ERR_ENGINE_UNDECLARED, "the ledger knows no "
		    "engine '%s'", text_show(id).text);
	if (known->retired > 0)
		return err_set(e, ERR_ENGINE_RETIRED, "event %" PRIu64 " of "
		    "the ledger retired engine '%s'", known->retired,
		    text_show(id).text);
	return span_eq(known->key.blob, mine.blob) || err_set(e,
	    ERR_SIGNER_KEY, "the ledger names another key for this engine's "
	    "commits");
}

bool
record_format(const struct record *r, struct span origin,
    struct ledger_format *out, struct err *e)
{
	struct ledger_format f = { .origin = origin };

	if (!note_key_make(r->keys, origin, r->log_spki, &f.log, e) ||
	    !commit_key(r, &f.commits, e))
		return false;
	*out = f;
	return true;
}

bool
record_finish(struct record *r, const struct ledger_draft *d,
    struct object_id *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct span armor;

	text_body_write(buf_span(&d->payload), &body);
	return record_ask(r, SIGNER_COMMIT, SIGNER_COMMITTED, buf_span(&body),
	    &answer, e) && text_body_read(buf_span(&answer), &armor, e) &&
	    ledger_finish(r->ledger, d, armor, out, e);
}

/* The signer remembers what it signed: the ledger must hold all of that. */
static bool
counts_check(const struct record *r, const struct signer_counts *c,
    struct err *e)
{
	uint64_t size = ledger_size(r->ledger);

	if (c->size > size)
		return err_set(e, ERR_LEDGER_REWIND, "the ledger has %" PRIu64
		    " events, but %" PRIu64 " were signed for", size, c->size);
	struct merkle_hash root = ledger_root(r->ledger, c->size);
	return merkle_eq(&root, &c->root) || err_set(e, ERR_LEDGER_REWIND,
	    "the first %" PRIu64 " events are not those that were signed for",
	    c->size);
}

static bool
checkpoint_ask(struct record *r, const struct signer_counts *c,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, proof = { 0 };
	uint64_t size = ledger_size(r->ledger);
	struct merkle_proof p;

	if (!ledger_prove_consistency(r->ledger, c->size, size, &p, e))
		return false;
	merkle_proof_write(&p, &proof);
	const struct checkpoint_request q = { c->size, c->root, size,
	    ledger_root(r->ledger, size), buf_span(&proof) };
	checkpoint_request_write(&q, &body);
	return record_ask(r, SIGNER_CHECKPOINT, SIGNER_CHECKPOINTED,
	    buf_span(&body), answer, e);
}

bool
record_checkpoint(struct record *r, struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	uint64_t size = ledger_size(r->ledger);
	struct signer_counts counts;
	struct checkpoint c;
	struct span note;

	if (!record_counts(r, &counts, e))
		return false;
	if (!counts_check(r, &counts, e))
		return record_alarm(r, e);
	bool stored = ledger_checkpoint_size(r->ledger) == size;
	if (counts.size == size && (stored || r->checkpoint.len > 0))
		return true;
	if (!checkpoint_ask(r, &counts, &answer, e) ||
	    !text_body_read(buf_span(&answer), &note, e) ||
	    !checkpoint_verify(note, &ledger_format(r->ledger)->log, &c, e))
		return false;
	r->checkpoint.len = 0;
	if (!stored)
		buf_put(&r->checkpoint, note);
	return true;
}
