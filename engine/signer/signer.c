/* signer - see signer.h: opening, the loop, and what all requests share. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "signer/requests.h"
#include "sys/clock.h"
#include "sys/random.h"

#define REQUEST_ARENA	((size_t)512 << 20)	/* a list of LIMIT_SIGN_ITEMS */

static const struct {
	uint8_t		 request;
	uint8_t		 answer;
	request_handler	*run;
} handlers[] = {
	{ SIGNER_OPEN,		SIGNER_OPENED,		on_open },
	{ SIGNER_CHECKPOINT,	SIGNER_CHECKPOINTED,	on_checkpoint },
	{ SIGNER_COMMIT,	SIGNER_COMMITTED,	on_commit },
	{ SIGNER_SIGN,		SIGNER_SIGNED,		on_sign },
	{ SIGNER_COUNT,		SIGNER_COUNTED,		on_count },
	{ SIGNER_ABOUT,		SIGNER_TOLD,		on_about },
	{ SIGNER_SIGN_LOCAL,	SIGNER_SIGNED,		on_sign_local },
	{ SIGNER_KEY_MAKE,	SIGNER_MADE,		on_key_make },
	{ SIGNER_KEY_LIST,	SIGNER_LISTED,		on_key_list },
	{ SIGNER_KEY_CHECK,	SIGNER_CHECKED,		on_key_check },
	{ SIGNER_KEY_IMPORT,	SIGNER_MADE,		on_key_import },
};

bool
signer_ready(const struct signer *s)
{
	bool log = false, commit = false;

	for (size_t i = 0; i < s->held_count; i++) {
		log = log || s->held[i].use == SIGNER_USE_LOG;
		commit = commit || s->held[i].use == SIGNER_USE_COMMIT;
	}
	return log && commit;
}

/* The error that says most wins: a key that is there but unfit. */
bool
signer_find(struct signer *s, struct span uri, struct arena *a,
    struct held_key *out, struct err *e)
{
	struct key_uri u;
	struct err found;
	size_t hits = 0;
	bool unfit = false;

	if (!key_uri_parse(a, uri, KEY_URI_SHARED, &u, e))
		return false;
	err_set(e, ERR_KEY_ABSENT, "no token is open");
	for (size_t i = 0; i < s->store_count; i++) {
		const struct key *k = NULL;

		if (keystore_find(s->stores[i], &u, &k, &found)) {
			*out = (struct held_key){ k, s->stores[i],
			    SIGNER_USE_SIGN };
			hits++;
		} else if (!unfit) {
			*e = found;
			unfit = !err_is(&found, ERR_KEY_ABSENT);
		}
	}
	if (hits > 1)
		return err_set(e, ERR_KEY_AMBIGUOUS, "%zu tokens have a key "
		    "'%s'", hits, text_show(uri).text);
	return hits == 1;
}

static void
item_of(struct sign_job *job, struct signature_item *out)
{
	if (job->err != NULL)
		out->err = *job->err;
	else
		out->value = buf_span(&job->value);
}

static void
items_write(struct sign_job *jobs, size_t count, struct buf *answer,
    uint64_t *good)
{
	buf_u32be(answer, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		struct signature_item item = { 0 };

		item_of(&jobs[i], &item);
		*good += item.err.what == NULL;
		buf_str(answer, item.value);
		wire_put_err(answer, &item.err);
		sign_job_done(&jobs[i]);
	}
}

bool
signer_sign(const struct held_key *k, const struct sign_item *items,
    size_t count, struct arena *a, struct buf *answer, uint64_t *good,
    struct err *e)
{
	struct sign_job *jobs = ARENA_ARRAY(a, struct sign_job, count);
	struct err first;

	if (jobs == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		jobs[i].key = k->key;
		jobs[i].to_be_signed = items[i].to_be_signed;
	}
	/* Each item carries its own error: the first one is among them. */
	*good = 0;
	(void)!keystore_sign(k->store, jobs, count, &first);
	items_write(jobs, count, answer, good);
	return true;
}

bool
signer_sign_one(const struct held_key *k, const struct to_be_signed *t,
    struct arena *a, struct span *value, struct err *e)
{
	CLEANUP(sign_job_done) struct sign_job job = { .key = k->key,
	    .to_be_signed = *t };

	if (!keystore_sign(k->store, &job, 1, e))
		return false;
	return arena_copy(a, buf_span(&job.value), value) || err_budget(e, a);
}

bool
signer_record(const struct key *k, struct arena *a, struct key_record *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = key_describe(key_facts_of(k));
	CLEANUP(buf_done) struct buf text = { 0 };

	json_write(v, &text);
	out->public_key = key_facts_of(k)->public_key;
	return arena_copy(a, buf_span(&text), &out->json) || err_budget(e, a);
}

/*
 * Whose memory is lost must not take the ledger's from whoever shows it one:
 * every intent in it could be honoured again.
 */
static bool
state_known(const struct signer *s, struct err *e)
{
	const struct signer_terms *t = s->terms;

	return t->begins || t->least_size > 0 || s->state.sequence > 0 ||
	    err_set(e, ERR_SIGNER_NEW, "the signer's state file is empty, and "
	    "engine.yaml does not say what the ledger contains at least");
}

/* What an empty state file begins with: engine.yaml's word. */
static bool
state_begin(struct signer *s, struct err *e)
{
	const struct signer_terms *t = s->terms;

	s->state.fd = t->state;
	s->state.counts.size = t->least_size;
	s->state.counts.next_event = t->least_size;
	s->state.counts.root = t->least_size == 0 ? merkle_empty() :
	    t->least_root;
	return t->local || (state_load(&s->state, e) && state_known(s, e));
}

static bool
stores_open(struct signer *s, struct err *e)
{
	const struct signer_terms *t = s->terms;

	if (t->token_count > SIGNER_TOKENS)
		return err_set(e, ERR_USAGE, "more than %d tokens",
		    SIGNER_TOKENS);
	for (size_t i = 0; i < t->token_count; i++) {
		if (!keystore_open(&t->tokens[i], &s->stores[i], e))
			return false;
		s->store_count++;
		if (keystore_warning(s->stores[i]) != NULL)
			log_err(t->log, "token.warning",
			    keystore_warning(s->stores[i]));
	}
	return true;
}

/* Handles of PKCS#11 mean nothing to others: a start has a name of its own. */
static void
session_begin(struct signer *s)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	uint8_t random[SIGNER_SESSION];

	random_bytes(random, sizeof(random));
	text_hex(SPAN(random), &hex);
	memcpy(s->session, hex.ptr, hex.len);
}

bool
signer_open(const struct signer_terms *terms, struct signer **out,
    struct err *e)
{
	CLEANUP(signer_done) struct signer *s = xcalloc(1, sizeof(*s));

	s->terms = terms;
	session_begin(s);
	if (!state_begin(s, e) || !stores_open(s, e))
		return false;
	LOG(terms->log, LOG_LEVEL_INFO, "signer.opened",
	    { "mode", terms->local ? "local" : "engine" },
	    { "session", terms->local ? NULL : s->session });
	*out = TAKE(s);
	return true;
}

/* In the other order: the first one may run a module for several. */
void
signer_free(struct signer *s)
{
	while (s->store_count > 0)
		keystore_close(s->stores[--s->store_count]);
	free(s);
}

static bool
request_run(struct signer *s, const struct message *m, struct buf *answer,
    uint8_t *type, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(REQUEST_ARENA);

	s->asked = m;
	for (size_t i = 0; i < COUNT(handlers); i++) {
		if (handlers[i].request != m->type)
			continue;
		*type = handlers[i].answer;
		return handlers[i].run(s, buf_span(&m->body), a, answer, e);
	}
	return err_set(e, ERR_PROCESS_PROTOCOL, "no request of type %u",
	    m->type);
}

static unsigned
phase_of(const struct signer *s)
{
	if (s->terms->local)
		return SIGNER_LOCAL;
	return signer_ready(s) ? SIGNER_READY : SIGNER_FRESH;
}

static bool
answer_one(struct signer *s, struct channel *c, const struct message *m,
    struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	uint8_t type = SIGNER_FAILED;
	struct err failed;

	if (!request_run(s, m, &answer, &type, &failed)) {
		type = SIGNER_FAILED;
		answer.len = 0;
		wire_put_err(&answer, &failed);
		log_err(s->terms->log, "signer.refused", &failed);
	}
	return stream_send(c, type, buf_span(&answer), NULL, 0, CLOCK_NEVER, e);
}

bool
signer_serve(struct signer *s, int channel, struct err *e)
{
	CLEANUP(channel_done) struct channel c = channel_open(channel,
	    s->terms->peer, signer_requests, signer_request_count);

	for (;;) {
		CLEANUP(message_done) struct message m = { .fd_count = 0 };

		c.phase = phase_of(s);
		if (!stream_receive(&c, SIGNER_MESSAGE_LIMIT, &m, CLOCK_NEVER,
		    e))
			return err_is(e, ERR_CHANNEL_CLOSED);
		if (!answer_one(s, &c, &m, e))
			return false;
	}
}

bool
signer_run(const struct signer_terms *terms, int channel, struct err *e)
{
	CLEANUP(signer_done) struct signer *s = NULL;

	return signer_open(terms, &s, e) && signer_serve(s, channel, e);
}
