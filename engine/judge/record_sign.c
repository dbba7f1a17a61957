/* record_sign - intents before, uses after: the ledger's part in signing. */
#include <string.h>

#include "crypto/canonical.h"
#include "judge/record_state.h"
#include "ledger/proof.h"

void
record_leave_done(struct record_leave *l)
{
	buf_done(&l->list);
}

/* Which key it is, where it is, and whose it is: in each event of a use. */
static void
holder_put(struct json *v, const struct record_intent *i, const char *session)
{
	struct digest key = digest_of(DIGEST_SHA256, i->key->public_key);
	struct json *token = json_map();

	json_put_text(v, "certificate", i->certificate);
	json_put_hex(v, "certificate_sha256",
	    digest_span(&i->certificate_sha256));
	json_put_hex(v, "spki_sha256", digest_span(&key));
	json_put_span(token, "label", i->key->token);
	json_put_span(token, "serial", i->key->serial);
	json_put(v, "token", token);
	json_put_text(v, "session", session);
}

static struct json *
intended(const struct record *r, const struct record_intent *i,
    const struct merkle_hash *root, const struct digest_hex *list,
    const struct signer_counts *before)
{
	struct json *v = json_map();

	json_put_text(v, "request", i->request);
	json_put_int(v, "attempt", (int64_t)i->attempt);
	json_put_int(v, "level", i->level);
	holder_put(v, i, r->session);
	json_put_int(v, "count", (int64_t)i->count);
	json_put_hex(v, "root_sha256", merkle_span(root));
	json_put_text(v, "list_sha256", list->text);
	json_put_int(v, "signer_count", (int64_t)before->signatures);
	return v;
}

bool
record_intend(struct record *r, const struct record_intent *i,
    struct record_leave *out, struct err *e)
{
	CLEANUP(record_leave_done) struct record_leave leave = { .n = 0 };
	struct signer_counts before;
	struct merkle_hash root;
	struct digest_hex list;

	if (!sign_list_write(i->items, i->count, &leave.list, &root, e) ||
	    !record_counts(r, &before, e) ||
	    !record_evidence(r, buf_span(&leave.list), &list, e) ||
	    !record_add(r, "keys.intended", intended(r, i, &root, &list,
	    &before),
	    &leave.n, e))
		return false;
	memcpy(leave.session, r->session, sizeof(leave.session));
	*out = leave;
	leave = (struct record_leave){ .n = 0 };
	return true;
}

bool
record_sign(struct record *r, const struct record_leave *l, struct arena *a,
    struct signature_item **out, size_t *count, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, proof = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct merkle_proof p;

	if (!ledger_event(r->ledger, l->n, &event, e) ||
	    !ledger_prove_inclusion(r->ledger, l->n, ledger_size(r->ledger),
	    &p, e))
		return false;
	merkle_proof_write(&p, &proof);
	const struct sign_request q = { buf_span(&event), buf_span(&proof),
	    buf_span(&l->list) };
	sign_write(&q, &body);
	return record_ask(r, SIGNER_SIGN, SIGNER_SIGNED, buf_span(&body),
	    &answer, e) && signed_read(buf_span(&answer), a, out, count, e);
}

/* put_sha256 adds the SHA-256 of bytes that are not empty. */
static void
put_sha256(struct json *v, const char *name, struct span bytes)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes);

	if (bytes.len > 0)
		json_put_hex(v, name, digest_span(&d));
}

/*
 * One line of canonical JSON for each item:
 *
 *	{"algorithm":"rsa-sha256","digest":"<hex>","file":"a.exe","i":0,
 *	 "signature_sha256":"<hex>","timestamp_sha256":"<hex>"}
 *
 * with the digest of the message where the algorithm takes whole messages, and
 * no signature_sha256 where there is no signature.
 */
static bool
use_write(const struct sign_item *item, size_t i, struct span value,
    struct span timestamp, struct buf *out, struct err *e)
{
	const struct to_be_signed *t = &item->to_be_signed;
	CLEANUP(json_done) struct json *v = json_map();

	json_put_text(v, "algorithm", signature_rows[t->kind].name);
	if (signature_rows[t->kind].whole_message)
		put_sha256(v, "digest", t->message);
	else
		json_put_hex(v, "digest", digest_span(&t->digest));
	json_put_span(v, "file", item->file);
	json_put_int(v, "i", (int64_t)i);
	put_sha256(v, "signature_sha256", value);
	put_sha256(v, "timestamp_sha256", timestamp);
	if (!canonical_write(v, out, e))
		return false;
	buf_u8(out, '\n');
	return true;
}

bool
record_used(struct record *r, const struct record_intent *i,
    const struct record_leave *l, const struct signature_item *values,
    const struct span *timestamps, struct err *e)
{
	CLEANUP(buf_done) struct buf uses = { 0 };
	struct signer_counts counts;
	struct digest_hex hex;
	size_t good = 0;

	for (size_t k = 0; k < i->count; k++) {
		struct span none = { NULL, 0 };

		if (!use_write(&i->items[k], k, values[k].value,
		    timestamps == NULL ? none : timestamps[k], &uses, e))
			return false;
		good += values[k].err.what == NULL;
	}
	if (!record_counts(r, &counts, e) ||
	    !record_evidence(r, buf_span(&uses), &hex, e))
		return false;
	struct json *v = json_map();
	json_put_text(v, "request", i->request);
	holder_put(v, i, l->session);
	json_put_int(v, "intended", (int64_t)l->n);
	json_put_int(v, "count", (int64_t)i->count);
	json_put_int(v, "made", (int64_t)good);
	json_put_int(v, "failed", (int64_t)(i->count - good));
	json_put_text(v, "uses_sha256", hex.text);
	json_put_int(v, "signer_count", (int64_t)counts.signatures);
	return record_add(r, "keys.used", v, NULL, e);
}

/* What cannot be told of a use is where it was to be: its intent says it. */
static bool
holder_copy(struct record *r, uint64_t intended, struct json *v,
    struct err *e)
{
	static const char *const members[] = { "certificate",
	    "certificate_sha256", "spki_sha256", "session" };
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(json_done) struct json *json = NULL;
	struct json *token;
	struct event ev;

	if (!ledger_event_read(r->ledger, intended, &bytes, &json, &ev, e))
		return false;
	for (size_t i = 0; i < COUNT(members); i++)
		json_put_span(v, members[i], event_text(&ev, members[i]));
	const struct json *from = json_member(ev.json, "token");
	token = json_map();
	json_put_span(token, "label", json_span(json_member(from, "label")));
	json_put_span(token, "serial", json_span(json_member(from,
	    "serial")));
	json_put(v, "token", token);
	return true;
}

bool
record_unknown(struct record *r, struct span request, uint64_t intended,
    uint64_t count, const char *reason, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	struct signer_counts counts;

	if (!record_counts(r, &counts, e) ||
	    !holder_copy(r, intended, v, e))
		return false;
	json_put_span(v, "request", request);
	json_put_int(v, "intended", (int64_t)intended);
	json_put_int(v, "count", (int64_t)count);
	json_put_int(v, "signer_count", (int64_t)counts.signatures);
	json_put_text(v, "reason", reason);
	return record_add(r, "keys.unknown", TAKE(v), NULL, e);
}
