/* signer - see signer.h: opening, the loop, and what all requests share. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "signer/requests.h"
#include "signer/lookout.h"
#include "sys/clock.h"
#include "sys/random.h"

#define LAST_WORD	1000	/* ms to say that a module hangs */
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

/* What one of them says of its token holds for the token. */
static void
jobs_judge(struct signer *s, size_t at, const struct sign_job *jobs,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (jobs[i].err != NULL && token_is_gone(jobs[i].err)) {
			token_failed(s, &s->tokens[at], jobs[i].err);
			return;
		}
}

/* Copies the jobs that their token could not do, for another copy. */
static size_t
jobs_left(const struct held_key *k, struct sign_job *jobs, size_t count,
    struct sign_job *left, size_t *places)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (jobs[i].err == NULL || !token_is_gone(jobs[i].err))
			continue;
		places[n] = i;
		left[n++] = (struct sign_job){ .key = k->key,
		    .to_be_signed = jobs[i].to_be_signed };
	}
	return n;
}

static bool
jobs_elsewhere(struct signer *s, struct held_key *k, struct sign_job *jobs,
    size_t count, struct arena *a, struct err *e)
{
	struct sign_job *left = ARENA_ARRAY(a, struct sign_job, count);
	size_t *places = ARENA_ARRAY(a, size_t, count), n;
	struct err why;

	if (left == NULL || places == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->token_count; i++) {
		if (i == k->at || k->copies[i] == NULL ||
		    !signer_copy(s, k, i, false, &why))
			continue;
		if ((n = jobs_left(k, jobs, count, left, places)) == 0)
			break;
		(void)!keystore_sign(s->tokens[i].store, left, n, &why);
		LOG(s->terms->log, LOG_LEVEL_INFO, "signer.went_over",
		    { "token", text_show(key_facts_of(k->key)->token.label)
		    .text });
		for (size_t j = 0; j < n; j++) {
			sign_job_done(&jobs[places[j]]);
			jobs[places[j]] = left[j];
		}
		jobs_judge(s, i, left, n);
	}
	return true;
}

bool
signer_sign(struct signer *s, const struct held_key *k,
    const struct sign_item *items, size_t count, struct arena *a,
    struct buf *answer, uint64_t *good, struct err *e)
{
	struct sign_job *jobs = ARENA_ARRAY(a, struct sign_job, count);
	struct held_key copy = *k;
	struct err first;

	if (jobs == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		jobs[i].key = k->key;
		jobs[i].to_be_signed = items[i].to_be_signed;
	}
	/* Each item carries its own error: the first one is among them. */
	*good = 0;
	if (!keystore_sign(s->tokens[k->at].store, jobs, count, &first)) {
		jobs_judge(s, k->at, jobs, count);
		if (s->terms->local && k->count > 1 &&
		    !jobs_elsewhere(s, &copy, jobs, count, a, e))
			return false;
	}
	items_write(jobs, count, answer, good);
	return true;
}

static bool
sign_in(struct signer *s, const struct held_key *k,
    const struct to_be_signed *t, struct arena *a, struct span *value,
    struct err *e)
{
	CLEANUP(sign_job_done) struct sign_job job = { .key = k->key,
	    .to_be_signed = *t };

	if (!keystore_sign(s->tokens[k->at].store, &job, 1, e)) {
		token_failed(s, &s->tokens[k->at], e);
		return false;
	}
	return arena_copy(a, buf_span(&job.value), value) || err_budget(e, a);
}

static bool
sign_anywhere(struct signer *s, struct held_key *k,
    const struct to_be_signed *t, bool needed, struct arena *a,
    struct span *value, struct err *e)
{
	for (size_t i = 0; i < s->token_count; i++) {
		if (k->copies[i] == NULL ||
		    !signer_copy(s, k, i, needed, e))
			continue;
		if (sign_in(s, k, t, a, value, e))
			return true;
		if (!token_is_gone(e))
			return false;
	}
	return false;
}

/*
 * The ledger's own keys: they sign the same whichever token it is. If none is
 * there, those that are away are asked once more.
 */
bool
signer_sign_one(struct signer *s, struct held_key *k,
    const struct to_be_signed *t, struct arena *a, struct span *value,
    struct err *e)
{
	return sign_anywhere(s, k, t, false, a, value, e) ||
	    (token_is_gone(e) && sign_anywhere(s, k, t, true, a, value, e));
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

static void
open_late(void *arg, const struct err *why)
{
	const struct signer_terms *t = arg;

	log_err(t->log, "token.hangs", why);
	if (t->late != NULL)
		t->late(why);
}

static bool
tokens_open_in_time(struct signer *s, struct err *e)
{
	struct lookout lookout;

	lookout_begin(&lookout, open_late, (void *)(uintptr_t)s->terms);
	bool ok = tokens_open(s, e);
	lookout_end(&lookout);
	return ok;
}

bool
signer_open(const struct signer_terms *terms, struct signer **out,
    struct err *e)
{
	CLEANUP(signer_done) struct signer *s = xcalloc(1, sizeof(*s));

	s->terms = terms;
	session_begin(s);
	if (!state_begin(s, e) || !tokens_open_in_time(s, e))
		return false;
	LOG(terms->log, LOG_LEVEL_INFO, "signer.opened",
	    { "mode", terms->local ? "local" : "engine" },
	    { "session", terms->local ? NULL : s->session });
	*out = TAKE(s);
	return true;
}

void
signer_free(struct signer *s)
{
	tokens_close(s);
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

/* Whoever asked, and a channel that nobody else writes to meanwhile. */
struct asking {
	const struct signer	*signer;
	struct channel		*channel;
};

static void
answer_late(void *arg, const struct err *why)
{
	const struct asking *a = arg;
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct err e;

	log_err(a->signer->terms->log, "token.hangs", why);
	wire_put_err(&answer, why);
	if (!stream_send(a->channel, SIGNER_FAILED, buf_span(&answer), NULL,
	    0, clock_in(LAST_WORD), &e))
		log_err(a->signer->terms->log, "token.hangs", &e);
}

static bool
answer_one(struct signer *s, struct channel *c, const struct message *m,
    struct err *e)
{
	struct asking asking = { s, c };
	CLEANUP(buf_done) struct buf answer = { 0 };
	uint8_t type = SIGNER_FAILED;
	struct lookout lookout;
	struct err failed;

	lookout_begin(&lookout, answer_late, &asking);
	bool ok = request_run(s, m, &answer, &type, &failed);
	lookout_end(&lookout);
	if (!ok) {
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
