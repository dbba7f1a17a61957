/* verifier - see verifier.h. */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "git/openpgp_protocol.h"
#include "sys/blob.h"
#include "sys/clock.h"
#include "verifier/keyring.h"
#include "verifier/pool.h"
#include "verifier/verifier.h"

#define PHASE_KEYS	1u	/* the keys are still to come */
#define PHASE_CHECK	2u

#define ANSWER_TIME	10000	/* milliseconds that the asker may not listen */
#define CHECK_TIME	30000	/* milliseconds that one check may take */
#define MOST_CHECKS	(KEYRING_DESKS / 2)

static_assert(KEYRING_DESKS == POOL_JOBS, "each job has a desk");

static const struct message_row messages[] = {
	{ VERIFIER_KEYS, "keys", PHASE_KEYS, 1 },
	{ VERIFIER_CHECK, "check", PHASE_CHECK, 2 },
};

struct session {
	struct channel	channel;
	struct keyring	keyring;
	struct pool	pool;
};

static void
session_done(struct session *s)
{
	pool_done(&s->pool);
	keyring_done(&s->keyring);
	channel_done(&s->channel);
}

static bool
keys_take(struct session *s, struct span blob, struct err *e)
{
	CLEANUP(free_done) struct openpgp_key *keys = xcalloc(KEYRING_KEYS,
	    sizeof(*keys));
	size_t count;

	if (!openpgp_keys_read(blob, keys, KEYRING_KEYS, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!keyring_add(&s->keyring, &keys[i], e))
			return err_at(e, "declared key %zu", i + 1);
	return keyring_complete(&s->keyring, e);
}

/*
 * What is good to be asked at once: while one gpg ends and another begins, no
 * processor shall have nothing to do.
 */
static uint32_t
checks_at_once(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors < MOST_CHECKS / 2 ? 2 * (uint32_t)processors :
	    MOST_CHECKS;
}

static bool
answer(struct session *s, uint8_t type, struct span body, struct err *e)
{
	return channel_send(&s->channel, type, body, NULL, 0,
	    clock_in(ANSWER_TIME), e);
}

static bool
refuse(struct session *s, uint32_t number, const struct err *why,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	openpgp_refused_write(number, why, &body);
	return answer(s, VERIFIER_REFUSED, buf_span(&body), e);
}

static bool
on_keys(struct session *s, struct message *m, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err why;

	if (!blob_take(m, 0, LIMIT_OPENPGP_KEYS, &blob, &why) ||
	    !keys_take(s, buf_span(&blob), &why))
		return refuse(s, 0, &why, e);
	s->channel.phase = PHASE_CHECK;
	openpgp_ready_write(checks_at_once(), &body);
	return answer(s, VERIFIER_READY, buf_span(&body), e);
}

/* ---- one check, in a process of its own ---- */

struct check {
	const struct keyring	*keyring;
	size_t			 desk;
	struct message		*message;
	uint32_t		 number;
};

static bool
check_do(const struct check *c, struct openpgp_signer *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload = { 0 };
	CLEANUP(buf_done) struct buf armor = { 0 };

	return blob_take(c->message, 0, LIMIT_SIGNED_OBJECT, &payload, e) &&
	    blob_take(c->message, 1, LIMIT_SIGNED_OBJECT, &armor, e) &&
	    keyring_check(c->keyring, c->desk, buf_span(&payload),
	    buf_span(&armor), out, e);
}

/* It says the type of an answer, and then its body. */
static void
check_work(void *arg, struct buf *said)
{
	const struct check *c = arg;
	struct openpgp_signer signer;
	struct err why;

	if (check_do(c, &signer, &why)) {
		buf_u8(said, VERIFIER_SIGNER);
		openpgp_signer_write(c->number, &signer, said);
	} else {
		buf_u8(said, VERIFIER_REFUSED);
		openpgp_refused_write(c->number, &why, said);
	}
}

static bool
check_start(struct session *s, struct message *m,
    const struct openpgp_check *q, struct err *e)
{
	struct check c = { .keyring = &s->keyring, .message = m,
	    .number = q->number };

	if (!pool_place(&s->pool, &c.desk))
		return err_set(e, ERR_GIT_VERIFIER, "too much at once");
	return keyring_desk(&s->keyring, c.desk, q->seconds, e) &&
	    pool_start(&s->pool, c.desk, q->number, check_work, &c, e);
}

static bool
on_check(struct session *s, struct message *m, struct err *e)
{
	struct openpgp_check q = { .number = 0 };
	struct err why;

	return (openpgp_check_read(buf_span(&m->body), &q, &why) &&
	    check_start(s, m, &q, &why)) || refuse(s, q.number, &why, e);
}

/* ---- all of them ---- */

/* What is done for each request. Refusals are answers, not errors. */
static const struct {
	uint8_t	request;
	bool	(*run)(struct session *, struct message *, struct err *);
} handlers[] = {
	{ VERIFIER_KEYS, on_keys },
	{ VERIFIER_CHECK, on_check },
};

static bool
request_take(struct session *s, struct err *e)
{
	CLEANUP(message_done) struct message m = { .type = 0 };

	if (!channel_receive(&s->channel, &m, CLOCK_NEVER, e))
		return false;
	for (size_t i = 0; i < COUNT(handlers); i++)
		if (handlers[i].request == m.type)
			return handlers[i].run(s, &m, e);
	return true;
}

static bool
outcome_tell(struct session *s, const struct pool_outcome *o, struct err *e)
{
	if (!o->good)
		return refuse(s, o->number, &o->why, e);
	return answer(s, o->said.ptr[0], span_from(buf_span(&o->said), 1), e);
}

static bool
outcomes_tell(struct session *s, struct err *e)
{
	for (;;) {
		CLEANUP(pool_outcome_done) struct pool_outcome o = {
			.number = 0 };

		if (!pool_take(&s->pool, &o))
			return true;
		if (!outcome_tell(s, &o, e))
			return false;
	}
}

/* Questions are taken while there is a place for one. */
static bool
turn(struct session *s, struct err *e)
{
	bool asked;
	size_t place;
	int fd = pool_place(&s->pool, &place) ? s->channel.fd : -1;

	return pool_wait(&s->pool, fd, &asked, e) && outcomes_tell(s, e) &&
	    (!asked || request_take(s, e));
}

bool
verifier_serve(int fd, const char *folder, struct err *e)
{
	CLEANUP(session_done) struct session s = {
		.channel = CHANNEL(fd, "asker", messages),
		.pool = { .patience = CHECK_TIME },
	};

	if (!keyring_open(folder, &s.keyring, e))
		return false;
	while (turn(&s, e))
		;
	return err_is(e, ERR_CHANNEL_CLOSED);
}
