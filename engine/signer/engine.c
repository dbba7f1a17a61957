/*
 * engine - the requests that an engine's signer knows. What it signs is bound
 * to the ledger; see docs/protocol-signer.md for the why of each rule.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/sshsig.h"
#include "signer/intent.h"
#include "signer/requests.h"

#define COMMIT_NAMESPACE	"git"
#define COMMIT_BEGINNING	"tree "

static struct held_key *
held_find(struct signer *s, struct span spki_sha256)
{
	for (size_t i = 0; i < s->held_count; i++) {
		const struct key_facts *f = key_facts_of(s->held[i].key);

		if (span_eq(digest_span(&f->spki_sha256), spki_sha256))
			return &s->held[i];
	}
	return NULL;
}

static struct held_key *
held_for(struct signer *s, enum signer_use use)
{
	for (size_t i = 0; i < s->held_count; i++)
		if (s->held[i].use == use)
			return &s->held[i];
	return NULL;
}

/* The log's key is one of those that engine.yaml pins, if it pins any. */
static bool
log_key_pinned(const struct signer *s, const struct held_key *k, struct err *e)
{
	struct span spki = key_facts_of(k->key)->public_key;

	for (size_t i = 0; i < s->terms->log_key_count; i++)
		if (span_eq(s->terms->log_keys[i].public_key, spki) &&
		    span_eq(s->terms->log_keys[i].name, s->terms->origin))
			return true;
	return s->terms->log_key_count == 0 || err_set(e, ERR_SIGNER_KEY,
	    "the ledger's key is not one that this engine was set up with");
}

/*
 * Since it was opened a token may have come back, or gone: one that is away may
 * have its copy still.
 */
static void
held_renew(const struct signer *s, struct held_key *k,
    const struct held_key *now)
{
	struct held_key was = *k;

	*k = *now;
	for (size_t i = 0; i < s->token_count; i++) {
		if (k->copies[i] != NULL || was.copies[i] == NULL ||
		    s->tokens[i].away.what == NULL)
			continue;
		k->copies[i] = was.copies[i];
		k->count++;
	}
}

/* A key has one use for ever; the ledger has one key for each of its two. */
static bool
held_add(struct signer *s, const struct held_key *k, struct err *e)
{
	const struct key_facts *f = key_facts_of(k->key);
	struct held_key *same =
	    held_find(s, digest_span(&f->spki_sha256));

	if (same != NULL && same->use == k->use) {
		held_renew(s, same, k);
		return true;
	}
	if (same != NULL)
		return err_set(e, ERR_SIGNER_KEY,
		    "key '%s' is kept for another use",
		    text_show(f->label).text);
	if (k->use != SIGNER_USE_SIGN && held_for(s, k->use) != NULL)
		return err_set(e, ERR_SIGNER_KEY, "the ledger has a key for "
		    "that already: '%s' is another", text_show(f->label).text);
	if (k->use == SIGNER_USE_LOG && !log_key_pinned(s, k, e))
		return false;
	if (s->held_count == SIGNER_KEYS)
		return err_set(e, ERR_SIGNER_KEY, "more than %d keys",
		    SIGNER_KEYS);
	s->held[s->held_count++] = *k;
	return true;
}

/* No copy of it may be one that can leave its token. */
static bool
copies_confined(const struct held_key *k, struct err *e)
{
	for (size_t i = 0; i < SIGNER_TOKENS; i++)
		if (k->copies[i] != NULL &&
		    !key_confined(key_facts_of(k->copies[i]), e))
			return false;
	return true;
}

static bool
open_one(struct signer *s, const struct open_item *item, struct arena *a,
    struct key_record *out, struct err *e)
{
	struct held_key k = { 0 };

	if (!signer_find(s, item->uri, a, &k, e))
		return false;
	k.use = item->use;
	/* The ledger has to go on, or nobody would hear of it. */
	if (k.use == SIGNER_USE_SIGN && !copies_confined(&k, e))
		return false;
	return held_add(s, &k, e) && signer_record(k.key, a, out, e);
}

bool
on_open(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct open_item *items;
	size_t count;

	if (!open_read(body, a, &items, &count, e))
		return false;
	buf_u32be(answer, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		struct key_record record = { 0 };
		struct err failed;

		if (!open_one(s, &items[i], a, &record, &failed))
			record = (struct key_record){ .err = failed };
		key_record_write(&record, answer);
	}
	return true;
}

/* The ledger shown begins with the one that was signed last. */
static bool
checkpoint_extends(const struct signer *s, const struct checkpoint_request *q,
    struct err *e)
{
	const struct signer_counts *last = &s->state.counts;
	struct merkle_proof proof;

	if (q->old_size != last->size || !merkle_eq(&q->old_root, &last->root))
		return err_set(e, ERR_SIGNER_CHECKPOINT, "the last checkpoint "
		    "was of size %" PRIu64 ", not the one shown of size %"
		    PRIu64, last->size, q->old_size);
	if (q->size < last->size)
		return err_set(e, ERR_SIGNER_CHECKPOINT, "size %" PRIu64
		    " is below the last one, %" PRIu64, q->size, last->size);
	if (!merkle_proof_read(q->proof, &proof) ||
	    !merkle_check_consistency(q->old_size, &q->old_root, q->size,
	    &q->root, &proof, e))
		return err_set(e, ERR_SIGNER_CHECKPOINT, "the ledger of size %"
		    PRIu64 " does not begin with the last one, of size %"
		    PRIu64, q->size, last->size);
	return true;
}

/* The note is written here: nobody else chooses a byte of what is signed. */
static bool
checkpoint_sign(struct signer *s, const struct checkpoint_request *q,
    struct arena *a, struct buf *note, struct err *e)
{
	struct held_key *k = held_for(s, SIGNER_USE_LOG);
	CLEANUP(buf_done) struct buf text = { 0 };
	struct checkpoint c = { s->terms->origin, q->size, q->root };
	struct to_be_signed t;
	struct note_key key;
	struct span value;

	if (!note_key_make(a, s->terms->origin,
	    key_facts_of(k->key)->public_key, &key, e))
		return false;
	checkpoint_write(&c, &text);
	note_plan(&key, buf_span(&text), &t);
	return signer_sign_one(s, k, &t, a, &value, e) &&
	    note_finish(&key, buf_span(&text), value, note, e);
}

/*
 * Before the first one, this memory knows of no intent: those that the ledger
 * has by then may have been honoured by the one that was lost.
 */
static void
checkpoint_note(struct signer_counts *c, const struct checkpoint_request *q)
{
	if (c->checkpoints == 0 && c->next_event < q->size)
		c->next_event = q->size;
	c->size = q->size;
	c->root = q->root;
	c->checkpoints++;
}

/* Remembered before it leaves, or it does not leave. */
bool
on_checkpoint(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf note = { 0 };
	struct signer_counts before = s->state.counts;
	struct checkpoint_request q;

	if (!checkpoint_request_read(body, &q, e) ||
	    !checkpoint_extends(s, &q, e) ||
	    !checkpoint_sign(s, &q, a, &note, e))
		return false;
	checkpoint_note(&s->state.counts, &q);
	if (!state_save(&s->state, e)) {
		s->state.counts = before;
		return false;
	}
	text_body_write(buf_span(&note), answer);
	return true;
}

static bool
commit_sign(struct signer *s, struct span payload, struct arena *a,
    struct buf *armor, struct err *e)
{
	struct held_key *k = held_for(s, SIGNER_USE_COMMIT);
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct sshsig_draft draft;
	struct ssh_key key;
	struct span value;

	return ssh_key_from_spki(key_facts_of(k->key)->public_key, &blob, e) &&
	    ssh_key_parse(buf_span(&blob), &key, e) &&
	    sshsig_plan(a, &key, COMMIT_NAMESPACE, payload, &draft, e) &&
	    signer_sign_one(s, k, &draft.to_be_signed, a, &value, e) &&
	    sshsig_finish(&draft, value, armor, e);
}

/* Commits only: a signed tag could be taken for somebody's statement. */
bool
on_commit(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct span payload;

	if (!text_body_read(body, &payload, e))
		return false;
	if (payload.len > LIMIT_SIGNED_OBJECT ||
	    !span_starts(payload, COMMIT_BEGINNING))
		return err_set(e, ERR_SIGNER_EVENT,
		    "what is to be signed is no commit");
	if (!commit_sign(s, payload, a, &armor, e))
		return false;
	s->state.counts.commits++;
	if (!state_save(&s->state, e))
		return false;
	text_body_write(buf_span(&armor), answer);
	return true;
}

static bool
intent_proven(const struct signer *s, const struct sign_request *q,
    const struct intent *intent, struct err *e)
{
	const struct signer_counts *last = &s->state.counts;
	struct merkle_hash leaf = merkle_leaf(q->event);
	struct merkle_proof proof;

	if (!merkle_proof_read(q->proof, &proof))
		return err_set(e, ERR_MERKLE_PROOF, "the proof is cut");
	return merkle_check_inclusion(&leaf, intent->n, last->size,
	    &last->root, &proof, e) || err_at(e, "event %" PRIu64, intent->n);
}

/* Engines share keys: each intent is for the signer of one of them. */
static bool
intent_own(const struct signer *s, const struct intent *intent, struct err *e)
{
	return span_eq(SPAN(intent->engine), s->terms->engine) ||
	    err_set(e, ERR_SIGNER_ENGINE, "event %" PRIu64 " is the intent of "
	    "engine '%s'; this is the signer of '%s'", intent->n,
	    text_show(SPAN(intent->engine)).text,
	    text_show(s->terms->engine).text);
}

static bool
intent_key(struct signer *s, const struct intent *intent,
    struct held_key **out, struct err *e)
{
	*out = held_find(s, SPAN(intent->key));
	if (*out == NULL)
		return err_set(e, ERR_SIGNER_KEY,
		    "the intent's key is not open");
	if ((*out)->use != SIGNER_USE_SIGN)
		return err_set(e, ERR_SIGNER_KEY, "key '%s' is the ledger's: "
		    "it signs nothing else",
		    text_show(key_facts_of((*out)->key)->label).text);
	/* As the tokens told when the key was asked for last. */
	return copies_confined(*out, e);
}

static bool
is_named(const struct intent *intent, const struct key *copy)
{
	const struct token_names *t = &key_facts_of(copy)->token;

	return span_eq(intent->serial, t->serial) &&
	    span_eq(intent->label, t->label);
}

/*
 * Which token and which start of the signer made a signature, the ledger says
 * before there is one; here it is held against what is so.
 */
static bool
intent_where(struct signer *s, const struct intent *intent,
    struct held_key *k, struct err *e)
{
	CLEANUP(buf_done) struct buf session = { 0 };

	text_hex(SPAN(intent->session), &session);
	if (!span_is(buf_span(&session), s->session))
		return err_set(e, ERR_SIGNER_REPLAY, "event %" PRIu64 " is an "
		    "intent for another start of the signer", intent->n);
	for (size_t i = 0; i < s->token_count; i++)
		if (k->copies[i] != NULL && is_named(intent, k->copies[i]))
			return signer_copy(s, k, i, true, e);
	return err_set(e, ERR_SIGNER_KEY,
	    "event %" PRIu64 " has the key in token '%s' (%s), it is in '%s'",
	    intent->n, text_show(intent->label).text,
	    text_show(intent->serial).text,
	    text_show(key_facts_of(k->key)->token.label).text);
}

static bool
intent_list(const struct intent *intent, struct span list, struct arena *a,
    struct sign_item **items, size_t *count, struct err *e)
{
	struct digest hash = digest_of(DIGEST_SHA256, list);
	struct merkle_hash root;

	if (!span_eq(digest_span(&hash), SPAN(intent->list)))
		return err_set(e, ERR_SIGNER_LIST,
		    "the list is not the intent's");
	if (!sign_list_read(list, a, items, count, &root, e))
		return false;
	return (*count == intent->count && merkle_eq(&root, &intent->root)) ||
	    err_set(e, ERR_SIGNER_LIST, "the intent's root or count of %"
	    PRIu64 " is not that of its list of %zu", intent->count, *count);
}

/*
 * Marked as used, and counted, before the key is used: a crash costs an intent,
 * not a rule, and no signature is made that the count does not hold.
 */
static bool
intent_take(struct signer *s, const struct intent *intent, struct err *e)
{
	struct signer_counts before = s->state.counts;

	if (intent->n < before.next_event)
		return err_set(e, ERR_SIGNER_REPLAY, "event %" PRIu64 ": all "
		    "intents below %" PRIu64 " are used or void", intent->n,
		    before.next_event);
	s->state.counts.next_event = intent->n + 1;
	s->state.counts.signatures += intent->count;
	if (state_save(&s->state, e))
		return true;
	s->state.counts = before;
	return false;
}

static void
sign_log(const struct signer *s, const struct intent *intent, uint64_t good)
{
	char n[32], count[32];

	snprintf(n, sizeof(n), "%" PRIu64, intent->n);
	snprintf(count, sizeof(count), "%" PRIu64, good);
	LOG(s->terms->log, LOG_LEVEL_INFO, "signer.signed",
	    { "event", n }, { "signatures", count });
}

bool
on_sign(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct sign_request q;
	struct sign_item *items;
	struct held_key *k;
	struct intent intent;
	uint64_t good;
	size_t count;

	if (!sign_read(body, &q, e) || !intent_parse(q.event, a, &intent, e) ||
	    !intent_proven(s, &q, &intent, e) ||
	    !intent_own(s, &intent, e) ||
	    !intent_key(s, &intent, &k, e) ||
	    !intent_where(s, &intent, k, e) ||
	    !intent_list(&intent, q.list, a, &items, &count, e) ||
	    !intent_take(s, &intent, e) ||
	    !signer_sign(s, k, items, count, a, answer, &good, e))
		return false;
	sign_log(s, &intent, good);
	return true;
}

bool
on_count(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	(void)a;
	if (body.len != 0)
		return wire_malformed(e, "count");
	counts_write(&s->state.counts, answer);
	return true;
}
