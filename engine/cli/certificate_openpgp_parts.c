/* certificate_openpgp_parts - see certificate_openpgp.h. */
#include <string.h>

#include "base/text.h"
#include "cli/certificate_openpgp.h"
#include "crypto/openpgp.h"
#include "sys/clock.h"
#include "sys/file.h"

#define SECOND		1000			/* ms */
#define DAY		INT64_C(86400000)	/* ms */
#define DAYS_MOST	3650			/* until expiry */

void
pgp_work_done(struct pgp_work *w)
{
	token_close(w->token);
	w->token = NULL;
}

/* ---- options ---- */
static bool
expires_read(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	const char *text = option_text(in, "expires");
	uint64_t seconds = PGP_DAYS * (uint64_t)(DAY / SECOND);
	int64_t most = w->now + DAYS_MOST * DAY;

	if (text == NULL || text_duration(span_text(text), &seconds)) {
		if (seconds > DAYS_MOST * (uint64_t)(DAY / SECOND))
			seconds = DAYS_MOST * (uint64_t)(DAY / SECOND) + 1;
		w->terms.ends = w->now + (int64_t)seconds * SECOND;
	} else if (!text_untime(span_text(text), &w->terms.ends)) {
		return err_set(e, ERR_USAGE, "--expires '%s' is no date and no "
		    "duration", text_show(span_text(text)).text);
	}
	if (w->terms.ends <= w->now)
		return err_set(e, ERR_OPENPGP_DATE, "--expires lies in the "
		    "past");
	return w->terms.ends <= most || err_set(e, ERR_OPENPGP_DATE,
	    "--expires lies more than %d days ahead", DAYS_MOST);
}

static bool
digest_option(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	const char *name = option_text(in, "digest");

	if (name == NULL)
		return true;
	w->terms.digest = &w->digest;
	return (digest_find(span_text(name), &w->digest) &&
	    !digest_rows[w->digest].weak) || err_set(e, ERR_USAGE,
	    "--digest '%s' is none of sha256, sha384, sha512",
	    text_show(span_text(name)).text);
}

bool
pgp_begin(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	w->now = w->terms.at = clock_now() / SECOND * SECOND;
	return expires_read(in, w, e) && digest_option(in, w, e);
}

bool
pgp_load(const char *path, struct pgp_work *w, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span kept;
	int64_t newest;

	if (!file_load(path, OPENPGP_FILE, &b, e))
		return false;
	if (!arena_copy(w->arena, buf_span(&b), &kept))
		return err_budget(e, w->arena);
	if (!openpgp_certificate_read(w->arena, kept, &w->c, e))
		return err_at(e, "%s", path);
	newest = openpgp_newest(&w->c);
	if (newest > w->now + PGP_APART) {
		err_set(e, ERR_OPENPGP_DATE, "it has signatures from the "
		    "future");
		return err_at(e, "%s", path);
	}
	if (newest >= w->terms.at)
		w->terms.at = newest + SECOND;
	return true;
}

/* ---- keys ---- */
bool
pgp_open(const struct invocation *in, struct pgp_work *w,
    struct token_key *out, struct err *e)
{
	const char *uri;

	return option_need(in, "key", &uri, e) &&
	    token_open(in, uri, &w->token, e) &&
	    token_find(w->token, w->arena, out, e);
}

bool
pgp_open_same(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	const struct openpgp_v4_key *k = &w->c.parts[0].key;
	struct token_key key;

	if (!pgp_open(in, w, &key, e))
		return false;
	if (span_eq(key.spki, k->spki))
		return true;
	text_hex(openpgp_fingerprint(k), &hex);
	return err_set(e, ERR_OPENPGP_TOKEN_KEY, "the key %s is not the "
	    "primary key %s", option_text(in, "key"), buf_cstr(&hex));
}

/* ---- parts ---- */
static bool
wait_for(struct pgp_work *w, size_t part, const struct openpgp_draft *d,
    struct err *e)
{
	if (w->count == OPENPGP_PARTS)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d signatures",
		    OPENPGP_PARTS);
	w->places[w->count] = part;
	w->drafts[w->count++] = *d;
	return true;
}

bool
pgp_self(struct pgp_work *w, size_t part, struct err *e)
{
	struct openpgp_draft d;

	return openpgp_make_self(&w->c, part, &w->terms, w->arena, &d, e) &&
	    wait_for(w, part, &d, e);
}

bool
pgp_revoke(struct pgp_work *w, size_t part, enum openpgp_reason reason,
    struct span text, struct err *e)
{
	struct openpgp_draft d;

	return openpgp_make_revocation(&w->c, part, &w->terms, reason, text,
	    w->arena, &d, e) && wait_for(w, part, &d, e);
}

bool
pgp_names(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	const char *name;
	size_t part;

	for (size_t i = 0; (name = option_nth(in, "name", i)) != NULL; i++)
		if (!openpgp_make_name(&w->c, span_text(name), w->arena,
		    &part, e) || !pgp_self(w, part, e))
			return err_at(e, "--name '%s'",
			    text_show(span_text(name)).text);
	return true;
}

/* The subkey signs first: its signature stands in the primary key's. */
static bool
subkey_add(const struct invocation *in, const char *uri, struct pgp_work *w,
    int64_t created, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	struct token_key key;
	struct openpgp_v4_key k;
	struct openpgp_draft back;
	struct span value;
	size_t part;

	if (!token_open(in, uri, &token, e) ||
	    !token_find(token, w->arena, &key, e) ||
	    !openpgp_key_make(key.spki, created, w->arena, &k, e) ||
	    !openpgp_make_subkey(&w->c, &k, &part, e) ||
	    !openpgp_make_back(&w->c, part, &w->terms, w->arena, &back, e))
		return false;
	return token_sign(token, &back.what, "subkey", &value, w->arena, e) &&
	    openpgp_signature_finish(&back, value, w->arena, &w->terms.back,
	    e) && pgp_self(w, part, e);
}

bool
pgp_subkeys(const struct invocation *in, struct pgp_work *w, int64_t created,
    struct err *e)
{
	const char *uri;

	for (size_t i = 0; (uri = option_nth(in, "subkey", i)) != NULL; i++)
		if (!subkey_add(in, uri, w, created, e))
			return err_at(e, "--subkey %s",
			    text_show(span_text(uri)).text);
	return true;
}

/* ---- reasons ---- */
bool
pgp_reason(const struct invocation *in, const char *option,
    enum openpgp_reason *out, struct span *text, struct err *e)
{
	static const struct {
		const char		*name;
		enum openpgp_reason	 reason;
	} reasons[] = {
		{ "none", OPENPGP_NO_REASON },
		{ "superseded", OPENPGP_SUPERSEDED },
		{ "compromised", OPENPGP_COMPROMISED },
		{ "retired", OPENPGP_RETIRED },
	};
	const char *name = option_text(in, option);
	const char *why = option_text(in, "reason-text");

	*out = OPENPGP_NO_REASON;
	*text = span_text(why == NULL ? "" : why);
	if (name == NULL)
		return true;
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (strcmp(reasons[i].name, name) == 0) {
			*out = reasons[i].reason;
			return true;
		}
	return err_set(e, ERR_USAGE, "--%s '%s' is none of none, superseded, "
	    "compromised, retired", option, text_show(span_text(name)).text);
}

/* ---- signing and writing ---- */
bool
pgp_sign(struct pgp_work *w, const char *name, struct err *e)
{
	struct sign_item items[OPENPGP_PARTS];
	struct span values[OPENPGP_PARTS];

	for (size_t i = 0; i < w->count; i++)
		items[i] = (struct sign_item){ span_text(name),
		    w->drafts[i].what };
	if (w->count > 0 && !token_sign_items(w->token, items, w->count,
	    values, w->arena, e))
		return false;
	for (size_t i = 0; i < w->count; i++)
		if (!openpgp_make_put(&w->c, w->places[i], &w->drafts[i],
		    values[i], w->arena, e))
			return false;
	w->count = 0;
	return true;
}

bool
pgp_write(const struct pgp_work *w, const char *path, unsigned flags,
    struct err *e)
{
	CLEANUP(buf_done) struct buf packets = { 0 }, armor = { 0 };
	struct openpgp_certificate again;

	openpgp_certificate_write(&w->c, &packets);
	openpgp_armor(buf_span(&packets), &armor);
	return openpgp_certificate_read(w->arena, buf_span(&armor), &again,
	    e) && file_replace_span(path, buf_span(&armor), flags, e);
}
