/*
 * issue - see issue.h.
 *
 *	request      SEQUENCE  version 0, subject, public key,
 *	                       [0] attributes: the extensions asked for
 *	certificate  SEQUENCE  [0] version 2, serial, algorithm, issuer,
 *	                       validity, subject, public key, [3] extensions
 *
 * Both become SEQUENCE { that, algorithm, BIT STRING signature }.
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/der.h"
#include "crypto/issue.h"
#include "crypto/oid.h"
#include "crypto/x509.h"

#define SERIAL_LEAST	8	/* bytes: CA/B Forum asks for 64 random bits */
#define SERIAL_MOST	20	/* RFC 5280 4.1.2.2 */
#define KEY_ID_SIZE	20	/* RFC 7093 2, method 1: 160 bits of SHA-256 */

static const struct {
	uint8_t		unused;		/* bits of keyUsage's last byte */
	uint8_t		usage;		/* keyUsage, bit 0 highest */
	bool		named;		/* extendedKeyUsage */
	enum oid	purpose;
	bool		critical;
	bool		ca;
} uses[CERTIFICATE_USES] = {
	[CERTIFICATE_CODE_SIGNING] = { 7, 0x80, true, OID_EKU_CODE_SIGNING,
	    false, false },
	[CERTIFICATE_TIME_STAMPING] = { 7, 0x80, true, OID_EKU_TIME_STAMPING,
	    true, false },
	[CERTIFICATE_AUTHORITY] = { 1, 0x06, false, 0, false, true },
};

static const struct {
	const char	*prefix;
	unsigned	 tag;
} name_kinds[] = {
	{ "email:", DER_CONTEXT(1) },
	{ "dns:", DER_CONTEXT(2) },
	{ "uri:", DER_CONTEXT(6) },
};

static bool
keep(struct arena *a, const struct buf *b, struct span *out, struct err *e)
{
	return arena_copy(a, buf_span(b), out) || err_budget(e, a);
}

/* Extension ::= SEQUENCE { OID, critical, OCTET STRING of the value }. */
static void
put_extension(struct buf *b, enum oid oid, bool critical,
    const struct buf *value)
{
	size_t at = der_open(b, DER_SEQUENCE);

	buf_put(b, oid_der(oid));
	if (critical)
		der_put_true(b);
	der_put(b, DER_OCTETS, buf_span(value));
	der_close(b, at);
}

static void
put_constraints(struct buf *b, enum certificate_use use)
{
	CLEANUP(buf_done) struct buf v = { 0 };
	size_t at = der_open(&v, DER_SEQUENCE);

	if (uses[use].ca)
		der_put_true(&v);
	der_close(&v, at);
	put_extension(b, OID_BASIC_CONSTRAINTS, true, &v);
}

static void
put_usage(struct buf *b, enum certificate_use use)
{
	CLEANUP(buf_done) struct buf v = { 0 };
	size_t at = der_open(&v, DER_BIT_STRING);

	buf_u8(&v, uses[use].unused);
	buf_u8(&v, uses[use].usage);
	der_close(&v, at);
	put_extension(b, OID_KEY_USAGE, true, &v);
}

static void
put_purpose(struct buf *b, enum certificate_use use)
{
	CLEANUP(buf_done) struct buf v = { 0 };

	if (!uses[use].named)
		return;
	size_t at = der_open(&v, DER_SEQUENCE);
	buf_put(&v, oid_der(uses[use].purpose));
	der_close(&v, at);
	put_extension(b, OID_EXTENDED_KEY_USAGE, uses[use].critical, &v);
}

static bool
put_name(struct buf *b, struct span name, struct err *e)
{
	for (size_t i = 0; i < COUNT(name_kinds); i++)
		if (span_starts(name, name_kinds[i].prefix)) {
			der_put(b, name_kinds[i].tag, span_from(name,
			    span_text(name_kinds[i].prefix).len));
			return true;
		}
	return err_set(e, ERR_SUBJECT_MALFORMED, "alternative name \"%s\" "
	    "begins with none of dns:, email:, uri:", text_show(name).text);
}

static bool
put_names(struct buf *b, const struct certificate_terms *t, struct err *e)
{
	CLEANUP(buf_done) struct buf v = { 0 };

	if (t->name_count == 0)
		return true;
	size_t at = der_open(&v, DER_SEQUENCE);
	for (size_t i = 0; i < t->name_count; i++)
		if (!put_name(&v, t->names[i], e))
			return false;
	der_close(&v, at);
	put_extension(b, OID_SUBJECT_ALT_NAME, false, &v);
	return true;
}

/* RFC 7093 2: the key's bits hashed. */
static bool
key_id_make(struct span spki, struct digest *out, struct err *e)
{
	struct der top = der_read(spki);
	struct der key = der_enter(&top, DER_SEQUENCE);

	der_value(&key, DER_SEQUENCE);
	struct span bits = der_value(&key, DER_BIT_STRING);
	if (!der_end(&key) || !der_end(&top))
		return err_set(e, ERR_KEY_UNFIT, "the public key is no "
		    "SubjectPublicKeyInfo");
	*out = digest_of(DIGEST_SHA256, span_from(bits, 1));
	return true;
}

/* By its own key, that is the authority's key too. */
static bool
put_key_ids(struct buf *b, const struct certificate_terms *t, bool authority,
    struct err *e)
{
	CLEANUP(buf_done) struct buf subject = { 0 }, issuer = { 0 };
	struct digest own;

	if (!key_id_make(t->spki, &own, e))
		return false;
	struct span id = digest_span(&own);
	id.len = KEY_ID_SIZE;
	der_put(&subject, DER_OCTETS, id);
	put_extension(b, OID_SUBJECT_KEY_ID, false, &subject);
	if (!authority || (t->issuer != NULL && t->issuer->key_id.len == 0))
		return true;
	size_t at = der_open(&issuer, DER_SEQUENCE);
	der_put(&issuer, DER_CONTEXT(0), t->issuer != NULL ?
	    t->issuer->key_id : id);
	der_close(&issuer, at);
	put_extension(b, OID_AUTHORITY_KEY_ID, false, &issuer);
	return true;
}

static bool
put_extensions(struct buf *b, const struct certificate_terms *t,
    bool authority, struct err *e)
{
	size_t at = der_open(b, DER_SEQUENCE);

	put_constraints(b, t->use);
	put_usage(b, t->use);
	put_purpose(b, t->use);
	if (!put_names(b, t, e) || !put_key_ids(b, t, authority, e))
		return false;
	der_close(b, at);
	return true;
}

static bool
to_be_signed_make(enum signature_kind kind, struct span draft,
    struct to_be_signed *out, struct err *e)
{
	const struct signature_row *row = &signature_rows[kind];

	*out = (struct to_be_signed){ .kind = kind };
	if (!row->whole_message) {
		out->digest = digest_of(row->digest, draft);
		return true;
	}
	if (draft.len > LIMIT_SIGNED_MESSAGE)
		return err_set(e, ERR_LIMIT_SIZE, "%zu bytes are too long for "
		    "%s, which signs them in one piece", draft.len, row->name);
	out->message = draft;
	return true;
}

/* Whose key signs. */
static struct span
signer_key(const struct certificate_terms *t)
{
	return t->issuer != NULL ? t->issuer->spki : t->spki;
}

static bool
key_fits(const struct certificate_terms *t, struct err *e)
{
	struct public_key key;

	if (!public_key_parse(t->spki, &key, e) ||
	    !public_key_parse(signer_key(t), &key, e))
		return false;
	if (key.kind != signature_rows[t->kind].key)
		return err_set(e, ERR_KEY_UNFIT, "the key is of another kind "
		    "than %s needs", signature_rows[t->kind].name);
	return true;
}

static void
put_attribute(struct buf *b, enum oid type, const struct buf *value)
{
	size_t at = der_open(b, DER_SEQUENCE);

	buf_put(b, oid_der(type));
	der_put(b, DER_SET, buf_span(value));
	der_close(b, at);
}

/* Attributes: PKCS#9 extensionRequest, and what a token's maker says. */
static bool
put_asked(struct buf *b, const struct certificate_terms *t, struct err *e)
{
	CLEANUP(buf_done) struct buf asked = { 0 }, evidence = { 0 };
	CLEANUP(buf_done) struct buf first = { 0 }, second = { 0 };

	if (!put_extensions(&asked, t, false, e))
		return false;
	put_attribute(&first, OID_EXTENSION_REQUEST, &asked);
	buf_put(&evidence, t->evidence);
	put_attribute(&second, OID_KEY_ATTESTATION, &evidence);
	struct span list[] = { buf_span(&first), buf_span(&second) };
	der_put_set(b, DER_EXPLICIT(0), list, t->evidence.len > 0 ? 2 : 1);
	return true;
}

bool
request_plan(const struct certificate_terms *t, struct arena *a,
    struct span *draft, struct to_be_signed *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span subject;

	if (!key_fits(t, e) || !name_parse(t->subject, a, &subject, e))
		return false;
	size_t whole = der_open(&b, DER_SEQUENCE);
	der_put_small(&b, 0);
	buf_put(&b, subject);
	buf_put(&b, t->spki);
	if (!put_asked(&b, t, e))
		return false;
	der_close(&b, whole);
	return keep(a, &b, draft, e) &&
	    to_be_signed_make(t->kind, *draft, out, e);
}

static bool
terms_fit(const struct certificate_terms *t, struct err *e)
{
	if (t->serial.len < SERIAL_LEAST || t->serial.len > SERIAL_MOST)
		return err_set(e, ERR_SUBJECT_MALFORMED, "serial number of %zu "
		    "bytes, it needs %d to %d", t->serial.len, SERIAL_LEAST,
		    SERIAL_MOST);
	if (t->not_after <= t->not_before)
		return err_set(e, ERR_SUBJECT_MALFORMED,
		    "the certificate would end before it begins");
	return true;
}

static bool
put_certificate(struct buf *b, const struct certificate_terms *t,
    struct span subject, struct err *e)
{
	size_t whole = der_open(b, DER_SEQUENCE);
	size_t version = der_open(b, DER_EXPLICIT(0));

	der_put_small(b, 2);
	der_close(b, version);
	der_put_unsigned(b, t->serial);
	algorithm_put_signature(b, t->kind);
	buf_put(b, t->issuer != NULL ? t->issuer->subject_name : subject);
	size_t validity = der_open(b, DER_SEQUENCE);
	der_put_time(b, t->not_before);
	der_put_time(b, t->not_after);
	der_close(b, validity);
	buf_put(b, subject);
	buf_put(b, t->spki);
	size_t extensions = der_open(b, DER_EXPLICIT(3));
	if (!put_extensions(b, t, true, e))
		return false;
	der_close(b, extensions);
	der_close(b, whole);
	return true;
}

bool
certificate_plan(const struct certificate_terms *t, struct arena *a,
    struct span *draft, struct to_be_signed *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span subject = t->subject_name;

	return key_fits(t, e) && terms_fit(t, e) && (subject.len > 0 ||
	    name_parse(t->subject, a, &subject, e)) &&
	    put_certificate(&b, t, subject, e) && keep(a, &b, draft, e) &&
	    to_be_signed_make(t->kind, *draft, out, e);
}

bool
issue_finish(const struct certificate_terms *t, struct span draft,
    struct span value, struct arena *a, struct span *der, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 }, signature = { 0 };
	struct to_be_signed what;

	if (!to_be_signed_make(t->kind, draft, &what, e))
		return false;
	if (!signature_check(signer_key(t), &what, value, e))
		return err_at(e, "the key's answer");
	size_t whole = der_open(&b, DER_SEQUENCE);
	buf_put(&b, draft);
	algorithm_put_signature(&b, t->kind);
	buf_u8(&signature, 0);
	if (signature_rows[t->kind].key != KEY_EC)
		buf_put(&signature, value);
	else if (!signature_ecdsa_to_der(value, &signature))
		return err_set(e, ERR_SIGNATURE_BAD,
		    "the ECDSA value has an odd length");
	der_put(&b, DER_BIT_STRING, buf_span(&signature));
	der_close(&b, whole);
	return keep(a, &b, der, e);
}
