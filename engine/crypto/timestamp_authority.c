/*
 * timestamp_authority - the side that grants (RFC 3161 2.4.2): TSTInfo in a
 * signed message, made in two phases as all else, or a reply that refuses.
 */
#include "crypto/algorithm.h"
#include "crypto/der.h"
#include "crypto/timestamp.h"

/* Accuracy ::= SEQUENCE { seconds, [0] millis }. */
static void
put_accuracy(struct buf *b, uint32_t ms)
{
	CLEANUP(buf_done) struct buf millis = { 0 };
	size_t at = der_open(b, DER_SEQUENCE);

	if (ms >= 1000)
		der_put_small(b, ms / 1000);
	der_put_small(&millis, ms % 1000);
	struct der d = der_read(buf_span(&millis));
	if (ms % 1000 != 0)
		der_put(b, DER_CONTEXT(0), der_value(&d, DER_INTEGER));
	der_close(b, at);
}

static void
put_info(struct buf *b, const struct timestamp_request *q,
    const struct timestamp_grant *g)
{
	size_t whole = der_open(b, DER_SEQUENCE);

	der_put_small(b, 1);
	buf_put(b, g->policy);
	size_t imprint = der_open(b, DER_SEQUENCE);
	algorithm_put_digest(b, q->imprint.kind, true);
	der_put(b, DER_OCTETS, digest_span(&q->imprint));
	der_close(b, imprint);
	der_put_unsigned(b, g->serial);
	der_put_precise_time(b, g->time);
	if (g->accuracy_ms > 0)
		put_accuracy(b, g->accuracy_ms);
	if (q->nonce.len > 0)
		der_put_unsigned(b, q->nonce);
	der_close(b, whole);
}

static bool
signer_fits(const struct signing_identity *who, struct arena *a, struct err *e)
{
	struct certificate c;

	return certificate_parse(who->certificate, a, &c, e) &&
	    certificate_purpose_check(&c, PURPOSE_TIME_STAMPING, e);
}

bool
timestamp_plan(const struct timestamp_request *q,
    const struct timestamp_grant *g, const struct signing_identity *who,
    struct arena *a, struct cms_draft **draft, struct to_be_signed *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf info = { 0 }, octets = { 0 };
	struct span content;

	if (q->policy.len > 0 && !span_eq(q->policy, g->policy))
		return err_set(e, ERR_TIMESTAMP_POLICY,
		    "the policy asked for is not the authority's");
	if (!signer_fits(who, a, e))
		return false;
	put_info(&info, q, g);
	der_put(&octets, DER_OCTETS, buf_span(&info));
	if (!arena_copy(a, buf_span(&octets), &content))
		return err_budget(e, a);
	struct cms_terms terms = {
		.dialect = CMS_DIALECT_TIMESTAMP,
		.content_type = oid_der(OID_TST_INFO),
		.content = content,
		.digest = digest_of(signature_rows[who->kind].digest,
		    buf_span(&info)),
		.signing_time = true,
		.time = g->time,
		.certificates = q->certificates,
	};
	return cms_plan(&terms, who, a, draft, out, e);
}

bool
timestamp_finish(const struct cms_draft *d, struct span value,
    struct arena *a, struct span *reply, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span token;

	if (!cms_finish(d, value, (struct span){ NULL, 0 }, a, &token, e))
		return false;
	size_t whole = der_open(&b, DER_SEQUENCE);
	size_t status = der_open(&b, DER_SEQUENCE);
	der_put_small(&b, 0);
	der_close(&b, status);
	buf_put(&b, token);
	der_close(&b, whole);
	return arena_copy(a, buf_span(&b), reply) || err_budget(e, a);
}

enum timestamp_failure
timestamp_failure_of(const struct err *e)
{
	static const struct {
		enum err_code		code;
		enum timestamp_failure	bit;
	} rows[] = {
		{ ERR_DIGEST_WEAK, TIMESTAMP_BAD_ALGORITHM },
		{ ERR_ALGORITHM_UNKNOWN, TIMESTAMP_BAD_ALGORITHM },
		{ ERR_TIMESTAMP_VERSION, TIMESTAMP_BAD_REQUEST },
		{ ERR_TIMESTAMP_EXTENSION, TIMESTAMP_UNACCEPTED_EXTENSION },
		{ ERR_TIMESTAMP_POLICY, TIMESTAMP_UNACCEPTED_POLICY },
		{ ERR_TSA_CLOCK_BACK, TIMESTAMP_TIME_NOT_AVAILABLE },
		{ ERR_TSA_CLOCK_LOOSE, TIMESTAMP_TIME_NOT_AVAILABLE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (err_is(e, rows[i].code))
			return rows[i].bit;
	return TIMESTAMP_BAD_FORMAT;
}

/* PKIFailureInfo is a named BIT STRING: it ends with its last one bit. */
static void
put_failure(struct buf *b, enum timestamp_failure bit)
{
	size_t at = der_open(b, DER_BIT_STRING);

	buf_u8(b, (uint8_t)(7 - bit % 8));
	buf_zero(b, bit / 8);
	buf_u8(b, (uint8_t)(0x80U >> bit % 8));
	der_close(b, at);
}

void
timestamp_refuse(enum timestamp_failure bit, const char *text,
    struct buf *b)
{
	size_t whole = der_open(b, DER_SEQUENCE);
	size_t status = der_open(b, DER_SEQUENCE);

	der_put_small(b, 2);
	size_t list = der_open(b, DER_SEQUENCE);
	der_put(b, DER_UTF8, span_text(text));
	der_close(b, list);
	put_failure(b, bit);
	der_close(b, status);
	der_close(b, whole);
}
