/*
 * timestamp - asking an authority, and judging what it says (RFC 3161):
 *
 *	request   SEQUENCE  version 1, SEQUENCE imprint (algorithm, octets),
 *	                    policy, nonce, certReq
 *	reply     SEQUENCE  SEQUENCE status (code, text, failure bits), token
 *	token     CMS whose content is
 *	          SEQUENCE  version 1, policy, imprint, serial, genTime,
 *	                    accuracy, ordering, nonce, [0] tsa, [1] extensions
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/der.h"
#include "crypto/timestamp.h"

/* RFC 3161 2.4.2, PKIStatus. */
enum { STATUS_GRANTED = 0, STATUS_GRANTED_WITH_MODS = 1 };

static const char *const statuses[] = {
	"granted", "granted with modifications", "rejected", "waiting",
	"revocation is near", "revoked",
};

static const struct {
	enum timestamp_failure	bit;
	const char		*text;
} failures[] = {
	{ TIMESTAMP_BAD_ALGORITHM, "the hash algorithm is not accepted" },
	{ TIMESTAMP_BAD_REQUEST, "the request is not accepted" },
	{ TIMESTAMP_BAD_FORMAT, "the request has a wrong format" },
	{ TIMESTAMP_TIME_NOT_AVAILABLE, "its time source is not available" },
	{ TIMESTAMP_UNACCEPTED_POLICY, "the policy is not supported" },
	{ TIMESTAMP_UNACCEPTED_EXTENSION, "an extension is not supported" },
	{ TIMESTAMP_INFO_NOT_AVAILABLE, "information is not available" },
	{ TIMESTAMP_SYSTEM_FAILURE, "a failure of its system" },
};

static void
put_imprint(struct buf *b, const struct digest *d)
{
	size_t at = der_open(b, DER_SEQUENCE);

	algorithm_put_digest(b, d->kind, true);
	der_put(b, DER_OCTETS, digest_span(d));
	der_close(b, at);
}

void
timestamp_request_write(const struct timestamp_request *q, struct buf *b)
{
	size_t at = der_open(b, DER_SEQUENCE);

	der_put_small(b, 1);
	put_imprint(b, &q->imprint);
	buf_put(b, q->policy);
	if (q->nonce.len > 0)
		der_put_unsigned(b, q->nonce);
	if (q->certificates)
		der_put_true(b);
	der_close(b, at);
}

/* Fills a digest from an imprint; the length must be the algorithm's. */
static bool
imprint_read(struct der *d, bool old, struct digest *out, struct err *e)
{
	struct der imprint = der_enter(d, DER_SEQUENCE);

	if (old ? !algorithm_digest_old(&imprint, &out->kind, e) :
	    !algorithm_digest(&imprint, &out->kind, e))
		return false;
	struct span octets = der_value(&imprint, DER_OCTETS);
	struct reader r = rd_open(octets);
	out->len = digest_rows[out->kind].size;
	if (!der_end(&imprint) || octets.len != out->len)
		return err_set(e, ERR_TIMESTAMP_MALFORMED,
		    "the imprint has the wrong length");
	for (size_t i = 0; i < out->len; i++)
		out->bytes[i] = rd_u8(&r);
	return true;
}

bool
timestamp_request_parse(struct span der, struct timestamp_request *out,
    struct err *e)
{
	struct timestamp_request q = { .certificates = false };
	struct der top = der_read(der);
	struct der d = der_enter(&top, DER_SEQUENCE);
	uint32_t version = der_small(&d);

	if (!der_end(&top) || !der_ok(&d))
		return err_set(e, ERR_TIMESTAMP_REQUEST, "it is no request");
	if (version != 1)
		return err_set(e, ERR_TIMESTAMP_VERSION,
		    "it is a request of version %u, not 1", version);
	if (!imprint_read(&d, false, &q.imprint, e))
		return false;
	if (der_tag(&d) == DER_OID)
		q.policy = der_whole(&d, DER_OID);
	if (der_tag(&d) == DER_INTEGER)
		q.nonce = der_unsigned(&d);
	q.certificates = der_flag(&d);
	if (der_ok(&d) && der_tag(&d) == DER_EXPLICIT(0))
		return err_set(e, ERR_TIMESTAMP_EXTENSION,
		    "it has extensions");
	if (!der_end(&d))
		return err_set(e, ERR_TIMESTAMP_REQUEST, "it is broken");
	*out = q;
	return true;
}

/* The bits of PKIFailureInfo in words, or "no reason given". */
static const char *
failure_text(struct span bits)
{
	struct reader r = rd_open(bits);

	rd_u8(&r);	/* how many bits of the last byte are unused */
	for (unsigned bit = 0; rd_left(&r) > 0; bit += 8) {
		unsigned byte = rd_u8(&r);

		for (size_t i = 0; i < COUNT(failures); i++)
			if (failures[i].bit >= bit && failures[i].bit < bit + 8
			    && (byte & 0x80U >> (failures[i].bit - bit)) != 0)
				return failures[i].text;
	}
	return "no reason given";
}

/* PKIStatusInfo: only granted, with or without modifications, is yes. */
static bool
status_check(struct der *reply, struct err *e)
{
	struct der d = der_enter(reply, DER_SEQUENCE);
	uint32_t status = der_small(&d);
	struct der free_text = der_enter_if(&d, DER_SEQUENCE);
	struct span said = der_value_if(&free_text, DER_UTF8);
	struct span bits = der_value_if(&d, DER_BIT_STRING);

	if (!der_end(&d))
		return err_set(e, ERR_TIMESTAMP_MALFORMED,
		    "the reply's status is broken (RFC 3161 2.4.2)");
	if (status == STATUS_GRANTED || status == STATUS_GRANTED_WITH_MODS)
		return true;
	return err_set(e, ERR_TIMESTAMP_REFUSED,
	    "the authority says %s: %s%s%s",
	    status < COUNT(statuses) ? statuses[status] : "nothing known",
	    failure_text(bits), said.len > 0 ? ": " : "",
	    said.len > 0 ? text_show(said).text : "");
}

static bool
info_read(struct span content, bool old, struct timestamp *t, struct err *e)
{
	struct der top = der_read(content);
	struct der d = der_enter(&top, DER_SEQUENCE);

	if (der_small(&d) != 1 || !der_end(&top))
		return err_set(e, ERR_TIMESTAMP_MALFORMED,
		    "the token's content is no TSTInfo of version 1");
	t->policy = der_whole(&d, DER_OID);
	if (!imprint_read(&d, old, &t->imprint, e))
		return false;
	t->serial = der_value(&d, DER_INTEGER);
	if (der_tag(&d) == DER_UTC_TIME)
		d.bad = true;
	t->time = der_time(&d);
	der_value_if(&d, DER_SEQUENCE);		/* accuracy */
	der_flag(&d);				/* ordering */
	if (der_tag(&d) == DER_INTEGER)
		t->nonce = der_unsigned(&d);
	der_value_if(&d, DER_EXPLICIT(0));	/* tsa: a hint only */
	der_value_if(&d, DER_EXPLICIT(1));
	return der_end(&d) || err_set(e, ERR_TIMESTAMP_MALFORMED,
	    "the token's content is broken (RFC 3161 2.4.2)");
}

bool
timestamp_signer_check(const struct certificate *c, const struct cms *m,
    const struct timestamp_terms *terms, struct arena *a,
    struct timestamp *out, struct err *e)
{
	struct chain_terms chain = {
		.trust = terms->roots,
		.purpose = terms->embedded ? PURPOSE_TIME_STAMPED :
		    PURPOSE_TIME_STAMPING,
		.at = out->time,
		.now = terms->now,
		.old = terms->old,
	};

	if (!certificate_purpose_check(c, chain.purpose, e))
		return false;
	if (terms->roots == NULL)
		return true;
	if (!chain_check(c, m->certificates, m->certificate_count, &chain, a,
	    &out->chain, e))
		return false;
	out->weak = out->weak || out->chain.weak;
	return true;
}

/*
 * Of an answer to our own question: what is wrong with the authority's own
 * certificate has codes of its own, because others can do something about it
 * than about a signer's.
 */
static bool
authority_check(const struct certificate *c, const struct timestamp *t,
    struct err *e)
{
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE], at[TEXT_TIME_SIZE];
	struct err why;

	if (!certificate_purpose_check(c, PURPOSE_TIME_STAMPING, &why))
		return err_is(&why, ERR_CERTIFICATE_PURPOSE) ?
		    err_set(e, ERR_TIMESTAMP_PURPOSE, "%s", why.text) :
		    (*e = why, false);
	if (t->time >= c->not_before && t->time <= c->not_after)
		return true;
	text_time(c->not_before, from);
	text_time(c->not_after, to);
	text_time(t->time, at);
	return err_set(e, ERR_TIMESTAMP_EXPIRED, "certificate \"%s\" is valid "
	    "from %s to %s, the timestamp is of %s",
	    text_show(c->subject).text, from, to, at);
}

/*
 * The token as a message: its signer, who must be named by hash in what is
 * signed, must be for timestamps alone, and trusted at the time stated.
 */
static bool
signer_check(const struct cms *m, struct span content,
    const struct timestamp_terms *terms, struct arena *a, struct timestamp *t,
    struct err *e)
{
	const struct cms_signer *s;
	bool named;

	if (!cms_only_signer(m, &s, e))
		return false;
	struct digest d = digest_of(s->digest_kind, content);
	if (!cms_check(m, s, &d, a, &t->signer, e) ||
	    !cms_names_signer(s, &t->signer, &named, e))
		return false;
	if (!named)
		return err_set(e, ERR_TIMESTAMP_SIGNER,
		    "signed attribute signingCertificate is missing");
	if (terms->request != NULL && !authority_check(&t->signer, t, e))
		return false;
	t->kind = s->kind;
	t->weak = digest_rows[s->digest_kind].weak ||
	    digest_rows[t->imprint.kind].weak;
	return timestamp_signer_check(&t->signer, m, terms, a, t, e);
}

static bool
token_check(struct span token, const struct timestamp_terms *terms,
    struct arena *a, struct timestamp *out, struct err *e)
{
	struct timestamp t = { 0 };
	struct cms m;

	if (token.len > LIMIT_TIMESTAMP_REPLY)
		return err_set(e, ERR_LIMIT_SIZE, "timestamp of %zu bytes, at "
		    "most %llu are taken", token.len,
		    (unsigned long long)LIMIT_TIMESTAMP_REPLY);
	if (!(terms->old ? cms_parse_old : cms_parse)(token, false, a, &m, e))
		return false;
	struct der d = der_read(m.content);
	struct span content = der_value(&d, DER_OCTETS);
	if (!oid_is(m.content_type, OID_TST_INFO) || !der_end(&d))
		return err_set(e, ERR_TIMESTAMP_MALFORMED,
		    "the token's content is no TSTInfo");
	if (!info_read(content, terms->old, &t, e) ||
	    !signer_check(&m, content, terms, a, &t, e))
		return false;
	*out = t;
	return true;
}

static bool
imprint_check(const struct timestamp *t, const struct digest *want,
    struct err *e)
{
	if (digest_eq(&t->imprint, want))
		return true;
	return err_set(e, ERR_TIMESTAMP_IMPRINT, "the timestamp is for %s %s, "
	    "wanted was %s", digest_rows[t->imprint.kind].name,
	    digest_hex(&t->imprint).text, digest_hex(want).text);
}

/* Near enough to this machine's clock? */
static bool
time_check(const struct timestamp *t, const struct timestamp_terms *terms,
    struct err *e)
{
	char stated[TEXT_TIME_SIZE], now[TEXT_TIME_SIZE];

	if (terms->skew == 0 || (t->time >= terms->now - terms->skew &&
	    t->time <= terms->now + terms->skew))
		return true;
	text_time(t->time, stated);
	text_time(terms->now, now);
	return t->time > terms->now ?
	    err_set(e, ERR_TIMESTAMP_FUTURE, "the authority says that it is "
	    "%s, this machine only %s", stated, now) :
	    err_set(e, ERR_TIMESTAMP_OLD, "the authority says that it is %s, "
	    "this machine already %s", stated, now);
}

/* A big-endian number without its leading zeros. */
static struct span
number(struct span bytes)
{
	struct reader r = rd_open(bytes);

	while (rd_left(&r) > 0 && rd_u8(&r) == 0)
		bytes = span_from(bytes, 1);
	return bytes;
}

bool
timestamp_check(struct span token, struct span value,
    const struct timestamp_terms *terms, struct arena *a,
    struct timestamp *out, struct err *e)
{
	struct timestamp t;

	if (!token_check(token, terms, a, &t, e))
		return false;
	struct digest d = digest_of(t.imprint.kind, value);
	if (!imprint_check(&t, &d, e) || !time_check(&t, terms, e))
		return false;
	*out = t;
	return true;
}

static bool
answer_check(const struct timestamp *t, const struct timestamp_request *q,
    struct err *e)
{
	if (!imprint_check(t, &q->imprint, e))
		return false;
	if (!span_eq(number(t->nonce), number(q->nonce)))
		return err_set(e, ERR_TIMESTAMP_NONCE,
		    "the reply does not carry the nonce of the request");
	if (q->policy.len > 0 && !span_eq(t->policy, q->policy))
		return err_set(e, ERR_TIMESTAMP_POLICY,
		    "the reply is not under the policy demanded");
	return true;
}

/* The first character that is not blank. */
static uint8_t
first_of(struct span text)
{
	struct reader r = rd_open(text);
	uint8_t c = 0;

	while (rd_left(&r) > 0) {
		c = rd_u8(&r);
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	return c;
}

/* One SEQUENCE and nothing else; what it is otherwise is told. */
static bool
is_reply(struct span reply, struct der *top, struct err *e)
{
	if (der_end(top))
		return true;
	if (first_of(reply) == '<')
		return err_set(e, ERR_TIMESTAMP_PAGE,
		    "the answer of %zu bytes is a web page", reply.len);
	if (!top->bad && top->rest.len > 0)
		return err_set(e, ERR_TIMESTAMP_TRAILING, "%zu bytes come "
		    "after the reply", top->rest.len);
	return err_set(e, ERR_TIMESTAMP_MALFORMED,
	    "the answer is no timestamp reply, or it was cut");
}

bool
timestamp_reply_check(struct span reply, const struct timestamp_terms *terms,
    struct arena *a, struct span *token, struct timestamp *out, struct err *e)
{
	struct der top = der_read(reply);
	struct der d = der_enter(&top, DER_SEQUENCE);
	struct timestamp t;

	if (reply.len > LIMIT_TIMESTAMP_REPLY)
		return err_set(e, ERR_LIMIT_SIZE, "reply of %zu bytes, at most "
		    "%llu are taken", reply.len,
		    (unsigned long long)LIMIT_TIMESTAMP_REPLY);
	if (!is_reply(reply, &top, e) || !status_check(&d, e))
		return false;
	struct span found = der_whole(&d, DER_SEQUENCE);
	if (!der_end(&d))
		return err_set(e, ERR_TIMESTAMP_MALFORMED,
		    "the reply grants, but holds no token");
	if (!token_check(found, terms, a, &t, e) ||
	    !answer_check(&t, terms->request, e) || !time_check(&t, terms, e))
		return false;
	*token = found;
	*out = t;
	return true;
}
