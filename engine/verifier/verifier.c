/* verifier - see verifier.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "git/openpgp_protocol.h"
#include "sys/blob.h"
#include "sys/clock.h"
#include "verifier/keyring.h"
#include "verifier/verifier.h"

#define PHASE_KEYS	1u	/* the keys are still to come */
#define PHASE_CHECK	2u

#define ANSWER_TIME	10000	/* milliseconds that the asker may not listen */

static const struct message_row messages[] = {
	{ VERIFIER_KEYS, "keys", PHASE_KEYS, 1 },
	{ VERIFIER_CHECK, "check", PHASE_CHECK, 2 },
};

struct session {
	struct channel	channel;
	struct keyring	keyring;
};

static void
session_done(struct session *s)
{
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
	return true;
}

static bool
on_keys(struct session *s, struct message *m, struct buf *answer,
    struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };

	(void)answer;
	if (!blob_take(m, 0, LIMIT_OPENPGP_KEYS, &blob, e) ||
	    !keys_take(s, buf_span(&blob), e))
		return false;
	s->channel.phase = PHASE_CHECK;
	return true;
}

static bool
on_check(struct session *s, struct message *m, struct buf *answer,
    struct err *e)
{
	CLEANUP(buf_done) struct buf payload = { 0 };
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct openpgp_signer signer;
	int64_t seconds;

	if (!openpgp_check_read(buf_span(&m->body), &seconds, e) ||
	    !blob_take(m, 0, LIMIT_SIGNED_OBJECT, &payload, e) ||
	    !blob_take(m, 1, LIMIT_SIGNED_OBJECT, &armor, e) ||
	    !keyring_check(&s->keyring, buf_span(&payload), buf_span(&armor),
	    seconds, &signer, e))
		return false;
	openpgp_signer_write(&signer, answer);
	return true;
}

/* What is done for each request, and the answer when it went well. */
static const struct {
	uint8_t	request;
	uint8_t	answer;
	bool	(*run)(struct session *, struct message *, struct buf *,
		    struct err *);
} handlers[] = {
	{ VERIFIER_KEYS, VERIFIER_READY, on_keys },
	{ VERIFIER_CHECK, VERIFIER_SIGNER, on_check },
};

static bool
request_answer(struct session *s, struct message *m, struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	uint8_t type = VERIFIER_REFUSED;
	struct err why;

	for (size_t i = 0; i < COUNT(handlers); i++) {
		if (handlers[i].request != m->type)
			continue;
		if (handlers[i].run(s, m, &answer, &why))
			type = handlers[i].answer;
		else
			openpgp_refused_write(&why, &answer);
	}
	return channel_send(&s->channel, type, buf_span(&answer), NULL, 0,
	    clock_in(ANSWER_TIME), e);
}

bool
verifier_serve(int fd, const char *folder, struct err *e)
{
	CLEANUP(session_done) struct session s = {
		.channel = CHANNEL(fd, "asker", messages) };

	if (!keyring_open(folder, &s.keyring, e))
		return false;
	for (;;) {
		CLEANUP(message_done) struct message m = { .type = 0 };

		if (!channel_receive(&s.channel, &m, CLOCK_NEVER, e))
			return err_is(e, ERR_CHANNEL_CLOSED);
		if (!request_answer(&s, &m, e))
			return false;
	}
}
