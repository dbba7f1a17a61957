/*
 * local - the requests that a command line's signer knows: no ledger, the PIN
 * is the protection. Every use is logged.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "signer/requests.h"

static void
use_log(const struct signer *s, const char *fact, const struct key *k,
    uint64_t signatures)
{
	const struct key_facts *f = key_facts_of(k);
	char count[32];

	snprintf(count, sizeof(count), "%" PRIu64, signatures);
	LOG(s->terms->log, LOG_LEVEL_INFO, fact, { "mode", "local" },
	    { "key", text_show(f->label).text },
	    { "token", text_show(f->token.label).text },
	    { "serial", text_show(f->token.serial).text },
	    { "spki_sha256", digest_hex(&f->spki_sha256).text },
	    { "signatures", count });
}

bool
on_sign_local(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct sign_local_request q;
	struct merkle_hash root;
	struct sign_item *items;
	struct held_key k;
	uint64_t good;
	size_t count;

	if (!sign_local_read(body, &q, e) ||
	    !signer_find(s, q.uri, a, &k, e) ||
	    !sign_list_read(q.list, a, &items, &count, &root, e) ||
	    !signer_sign(s, &k, items, count, a, answer, &good, e))
		return false;
	use_log(s, "signer.signed", k.key, good);
	return true;
}

/* The one token of that label; an empty label means the only one. */
static struct keystore *
store_of(const struct signer *s, struct span label, struct err *e)
{
	struct keystore *found = NULL;
	size_t hits = 0;

	for (size_t i = 0; i < s->token_count; i++) {
		struct keystore *one = s->tokens[i].store;

		if (s->tokens[i].away.what == NULL && (label.len == 0 ||
		    span_eq(keystore_names(one).label, label))) {
			found = one;
			hits++;
		}
	}
	if (hits == 1)
		return found;
	err_set(e, hits == 0 ? ERR_TOKEN_ABSENT : ERR_TOKEN_AMBIGUOUS,
	    "%zu open tokens are '%s'", hits, text_show(label).text);
	return NULL;
}

bool
on_key_make(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct key_record record = { 0 };
	struct key_make_request q;
	const struct key *k = NULL;

	if (!key_make_read(body, &q, e))
		return false;
	struct key_plan plan = { q.algorithm, q.label };
	struct keystore *store = store_of(s, q.token, e);
	if (store == NULL || !keystore_make(store, &plan, &k, e) ||
	    !signer_record(k, a, &record, e))
		return false;
	use_log(s, "signer.key_made", k, 0);
	key_records_write(&record, 1, answer);
	return true;
}

/* It has been outside: whoever asks for it wants the key all the same. */
bool
on_key_import(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	enum { FILE_FD, PASSPHRASE_FD };
	struct key_record record = { 0 };
	struct key_import_request q;
	const struct key *k = NULL;

	if (!key_import_read(body, &q, e))
		return false;
	struct key_source source = { q.label, s->asked->fds[FILE_FD],
	    s->asked->fds[PASSPHRASE_FD] };
	struct keystore *store = store_of(s, q.token, e);
	if (store == NULL || !keystore_import(store, &source, &k, e) ||
	    !signer_record(k, a, &record, e))
		return false;
	use_log(s, "signer.key_imported", k, 1);
	key_records_write(&record, 1, answer);
	return true;
}

/* Who asks what is there wants to hear what is not. */
static bool
all_there(struct signer *s, struct err *e)
{
	for (size_t i = 0; i < s->token_count; i++)
		if (!token_ready(s, &s->tokens[i], true)) {
			*e = s->tokens[i].away;
			return false;
		}
	return true;
}

/* The keys of one token: how many, and their records. */
static bool
keys_put(struct keystore *store, struct arena *a, uint32_t *total,
    struct buf *records, struct err *e)
{
	const struct key **keys;
	size_t count;

	if (!keystore_list(store, a, &keys, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct key_record record = { 0 };

		if (!signer_record(keys[i], a, &record, e))
			return false;
		key_record_write(&record, records);
	}
	*total += (uint32_t)count;
	return true;
}

bool
on_key_list(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf records = { 0 };
	struct span label;
	uint32_t total = 0;
	size_t seen = 0;

	if (!text_body_read(body, &label, e) || !all_there(s, e))
		return false;
	for (size_t i = 0; i < s->token_count; i++) {
		struct keystore *store = s->tokens[i].store;

		if (label.len > 0 &&
		    !span_eq(keystore_names(store).label, label))
			continue;
		seen++;
		if (!keys_put(store, a, &total, &records, e))
			return false;
	}
	if (seen == 0)
		return err_set(e, ERR_TOKEN_ABSENT, "no open token is '%s'",
		    text_show(label).text);
	buf_u32be(answer, total);
	buf_put(answer, buf_span(&records));
	return true;
}

/* The record of each copy; one that is not sound says why. */
static bool
copies_put(struct signer *s, const struct held_key *k, struct arena *a,
    struct buf *answer, struct err *e)
{
	buf_u32be(answer, (uint32_t)k->count);
	for (size_t i = 0; i < s->token_count; i++) {
		struct key_record record = { 0 };

		if (k->copies[i] == NULL)
			continue;
		if (!signer_record(k->copies[i], a, &record, e))
			return false;
		if (key_sound(key_facts_of(k->copies[i]), &record.err))
			record.err = (struct err){ 0 };
		key_record_write(&record, answer);
	}
	return true;
}

/* A key that is not sound is an answer, not a failure. */
bool
on_key_check(struct signer *s, struct span body, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct held_key k;
	struct span uri;

	return text_body_read(body, &uri, e) && signer_find(s, uri, a, &k, e) &&
	    copies_put(s, &k, a, answer, e);
}
