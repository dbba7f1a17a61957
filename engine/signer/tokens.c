/*
 * tokens - the tokens of a signer: which are there, which went away, and which
 * have a key.
 *
 * The order is that of engine.yaml: the first token that is there and has the
 * key is used. One that fails is passed over for a while, longer each time, as
 * long as another one will do.
 */
#include "base/text.h"
#include "signer/requests.h"
#include "sys/clock.h"

#define PAUSE_FIRST	1000	/* ms before a token is looked for again */
#define PAUSE_MOST	300000

/* A token that is gone, or that nobody can reach: another may do. */
static const enum err_code gone[] = {
	ERR_TOKEN_ABSENT, ERR_TOKEN_SESSION, ERR_TOKEN_DEVICE, ERR_TOKEN_MODULE,
};

/* As long as nobody corrects the PIN, no other attempt is made. */
static const enum err_code locked_out[] = {
	ERR_TOKEN_PIN_WRONG, ERR_TOKEN_PIN_LOCKED, ERR_TOKEN_PIN_LOW,
};

static bool
is_one_of(const struct err *e, const enum err_code *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (err_is(e, codes[i]))
			return true;
	return false;
}

bool
token_is_gone(const struct err *e)
{
	return is_one_of(e, gone, COUNT(gone)) ||
	    is_one_of(e, locked_out, COUNT(locked_out));
}

void
token_failed(struct signer *s, struct held_token *t, const struct err *why)
{
	int64_t pause = t->pause * 2;

	if (!token_is_gone(why))
		return;
	if (t->away.what == NULL)
		log_err(s->terms->log, "token.away", why);
	t->away = *why;
	t->stopped = t->stopped ||
	    is_one_of(why, locked_out, COUNT(locked_out));
	t->pause = pause < PAUSE_FIRST ? PAUSE_FIRST :
	    pause > PAUSE_MOST ? PAUSE_MOST : pause;
	t->again = clock_in(t->pause);
}

static bool
token_back(struct signer *s, struct held_token *t)
{
	struct err why;

	if (!keystore_renew(t->store, &why)) {
		token_failed(s, t, &why);
		t->away = why;
		return false;
	}
	t->away = (struct err){ 0 };
	t->pause = 0;
	LOG(s->terms->log, LOG_LEVEL_INFO, "token.back",
	    { "token", text_show(keystore_names(t->store).label).text },
	    { "serial", text_show(keystore_names(t->store).serial).text });
	return true;
}

bool
token_ready(struct signer *s, struct held_token *t, bool needed)
{
	if (t->away.what == NULL)
		return true;
	if (t->stopped || (!needed && clock_left(t->again) > 0))
		return false;
	return token_back(s, t);
}

static bool
token_first(struct signer *s, struct held_token *t, struct err *e)
{
	struct err why;

	if (!keystore_new(t->terms, &t->store, e))
		return false;
	if (keystore_renew(t->store, &why)) {
		if (keystore_warning(t->store) != NULL)
			log_err(s->terms->log, "token.warning",
			    keystore_warning(t->store));
		return true;
	}
	*e = why;
	if (!is_one_of(&why, gone, COUNT(gone)))
		return false;
	token_failed(s, t, &why);
	return true;
}

/* One that is there will do for the start; the others may come later. */
bool
tokens_open(struct signer *s, struct err *e)
{
	const struct signer_terms *t = s->terms;
	size_t there = 0;

	if (t->token_count > SIGNER_TOKENS)
		return err_set(e, ERR_USAGE, "more than %d tokens",
		    SIGNER_TOKENS);
	for (size_t i = 0; i < t->token_count; i++) {
		struct held_token *h = &s->tokens[i];

		h->terms = &t->tokens[i];
		s->token_count++;
		if (!token_first(s, h, e))
			return false;
		there += h->away.what == NULL;
	}
	for (size_t i = 0; i < t->token_count; i++)
		pin_forget(&t->tokens[i].pin);
	if (there == 0 && s->token_count > 0)
		*e = s->tokens[0].away;
	return there > 0 || s->token_count == 0;
}

void
tokens_close(struct signer *s)
{
	while (s->token_count > 0)
		keystore_close(s->tokens[--s->token_count].store);
}

/* ---- keys ---- */

/* What is the same key in two tokens, its public half says. */
static bool
copy_add(struct held_key *k, size_t i, const struct key *copy, struct span uri,
    struct err *e)
{
	struct span spki = key_facts_of(copy)->public_key;

	if (k->count > 0 && !span_eq(k->spki, spki))
		return err_set(e, ERR_KEY_AMBIGUOUS, "%zu tokens have keys "
		    "'%s', which are not the same", k->count + 1,
		    text_show(uri).text);
	if (k->count++ == 0) {
		k->spki = spki;
		k->key = copy;
		k->at = i;
	}
	k->copies[i] = copy;
	return true;
}

/* The error that says most wins: a key that is there but unfit. */
struct missing {
	struct err	*e;
	bool		 says_more;
};

static void
missing_note(struct missing *m, const struct err *why)
{
	if (m->says_more)
		return;
	*m->e = *why;
	m->says_more = !err_is(why, ERR_KEY_ABSENT);
}

static bool
find_in(struct signer *s, size_t i, const struct key_uri *u, bool needed,
    const struct key **out, struct err *why)
{
	struct held_token *t = &s->tokens[i];

	if (!token_ready(s, t, needed)) {
		*why = t->away;
		return false;
	}
	if (keystore_find(t->store, u, out, why))
		return true;
	token_failed(s, t, why);
	return false;
}

static bool
find_all(struct signer *s, const struct key_uri *u, struct span uri,
    bool needed, struct held_key *k, struct err *e)
{
	struct missing missing = { .e = e };

	err_set(e, ERR_KEY_ABSENT, "no token is open");
	for (size_t i = 0; i < s->token_count; i++) {
		const struct key *copy = NULL;
		struct err why;

		if (!find_in(s, i, u, needed, &copy, &why))
			missing_note(&missing, &why);
		else if (!copy_add(k, i, copy, uri, e))
			return false;
	}
	return k->count > 0;
}

bool
signer_find(struct signer *s, struct span uri, struct arena *a,
    struct held_key *out, struct err *e)
{
	struct held_key k = { .use = SIGNER_USE_SIGN };
	struct key_uri u;

	if (!key_uri_parse(a, uri, KEY_URI_SHARED, &u, e))
		return false;
	if (!find_all(s, &u, uri, false, &k, e)) {
		if (k.count > 0 || !token_is_gone(e))
			return false;
		/* Nobody else has it: those that are away are asked now. */
		if (!find_all(s, &u, uri, true, &k, e))
			return false;
	}
	*out = k;
	return true;
}

bool
signer_copy(struct signer *s, struct held_key *k, size_t i, bool needed,
    struct err *e)
{
	struct held_token *t = &s->tokens[i];

	if (k->copies[i] == NULL)
		return err_set(e, ERR_KEY_ABSENT, "token '%s' was not seen to "
		    "have the key", text_show(keystore_names(t->store).label)
		    .text);
	if (!token_ready(s, t, needed)) {
		*e = t->away;
		return false;
	}
	k->key = k->copies[i];
	k->at = i;
	return true;
}
