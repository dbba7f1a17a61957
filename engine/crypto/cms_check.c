/*
 * cms_check - whether one signer of a message made it (RFC 5652 5.6). Every
 * step compares something with what the signature covers; nothing is skipped
 * for being absent.
 */
#include "crypto/algorithm.h"
#include "crypto/cms.h"
#include "crypto/der.h"

static bool
needed(const struct cms_signer *s, enum oid type, unsigned tag,
    struct span *contents, struct err *e)
{
	struct span value;

	if (!cms_value(&s->signed_attributes, type, &value, e))
		return false;
	if (value.len == 0)
		return err_set(e, ERR_CMS_ATTRIBUTE, "signed attribute %s is "
		    "missing", oid_rows[type].dotted);
	struct der d = der_read(value);
	*contents = der_value(&d, tag);
	return der_end(&d) || err_set(e, ERR_CMS_ATTRIBUTE, "signed attribute "
	    "%s is broken", oid_rows[type].dotted);
}

static bool
type_check(const struct cms *m, const struct cms_signer *s, struct err *e)
{
	struct der wanted = der_read(m->content_type);
	struct span type;

	if (!needed(s, OID_CONTENT_TYPE, DER_OID, &type, e))
		return false;
	if (!span_eq(type, der_value(&wanted, DER_OID)))
		return err_set(e, ERR_CMS_CONTENT_TYPE, "the signature is for "
		    "another type of content");
	return true;
}

static bool
digest_check(const struct cms_signer *s, const struct digest *content,
    struct err *e)
{
	struct span stored;

	if (!needed(s, OID_MESSAGE_DIGEST, DER_OCTETS, &stored, e))
		return false;
	if (content->kind != s->digest_kind ||
	    !span_eq(stored, digest_span(content)))
		return err_set(e, ERR_CMS_DIGEST, "the signature is for other "
		    "content: its %s is not %s",
		    digest_rows[s->digest_kind].name,
		    digest_hex(content).text);
	return true;
}

bool
cms_signed_by(const struct cms_signer *s, const struct certificate *c)
{
	if (s->key_id.len > 0)
		return span_eq(s->key_id, c->key_id);
	return span_eq(s->issuer_name, c->issuer_name) &&
	    span_eq(s->serial, c->serial);
}

static bool
signer_find(const struct cms *m, const struct cms_signer *s, struct arena *a,
    struct certificate *out, struct err *e)
{
	for (size_t i = 0; i < m->certificate_count; i++) {
		struct certificate c;

		/* A bystander that cannot be parsed is no signer. */
		if (certificate_parse(m->certificates[i], a, &c, e) &&
		    cms_signed_by(s, &c)) {
			*out = c;
			return true;
		}
	}
	return err_set(e, ERR_CMS_SIGNER_MISSING, "the signer's certificate is "
	    "not among the %zu in the message", m->certificate_count);
}

/* ESSCertIDv2 (RFC 5035 5.4.1): hash with its default, issuer and serial. */
static bool
ess_matches(struct der id, enum digest_kind kind, const struct certificate *c)
{
	struct span hash = der_value(&id, DER_OCTETS);
	struct digest d = digest_of(kind, c->der);
	bool good = der_ok(&id) && span_eq(hash, digest_span(&d));

	if (good && id.rest.len > 0) {
		struct der pair = der_enter(&id, DER_SEQUENCE);
		struct der names = der_enter(&pair, DER_SEQUENCE);
		struct span name = der_value(&names, DER_EXPLICIT(4));
		struct span serial = der_value(&pair, DER_INTEGER);

		good = der_end(&names) && der_end(&pair) &&
		    span_eq(name, c->issuer_name) &&
		    span_eq(serial, c->serial);
	}
	return good && der_end(&id);
}

/*
 * RFC 5035 5.4.1 and RFC 2634 5.4: a signature may name its certificate by
 * hash, which binds it to that one among several with the same key. Version 1
 * hashes with SHA-1; as the signature itself rests on better, it may stay.
 */
static bool
ess_check(const struct cms_signer *s, enum oid type, enum digest_kind kind,
    const struct certificate *c, bool *named, struct err *e)
{
	struct span value;

	if (!cms_value(&s->signed_attributes, type, &value, e))
		return false;
	if (value.len == 0)
		return true;
	struct der d = der_read(value);
	struct der whole = der_enter(&d, DER_SEQUENCE);
	struct der ids = der_enter(&whole, DER_SEQUENCE);
	struct der id = der_enter(&ids, DER_SEQUENCE);
	if (type == OID_SIGNING_CERTIFICATE_V2 &&
	    der_tag(&id) == DER_SEQUENCE && !algorithm_digest(&id, &kind, e))
		return false;
	if (!der_end(&d) || !der_ok(&ids) || !ess_matches(id, kind, c))
		return err_set(e, ERR_CMS_SIGNER_SWAPPED, "the certificate in "
		    "the message is not the one that was signed with");
	*named = true;
	return true;
}

bool
cms_names_signer(const struct cms_signer *s, const struct certificate *c,
    bool *named, struct err *e)
{
	*named = false;
	return ess_check(s, OID_SIGNING_CERTIFICATE, DIGEST_SHA1, c, named,
	    e) && ess_check(s, OID_SIGNING_CERTIFICATE_V2, DIGEST_SHA256, c,
	    named, e);
}

bool
cms_raw_value(const struct cms_signer *s, struct span spki, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct public_key key;

	if (signature_rows[s->kind].key != KEY_EC) {
		*out = s->value;
		return true;
	}
	if (!public_key_parse(spki, &key, e))
		return false;
	if (!signature_ecdsa_from_der(s->value, key.field_size, &raw))
		return err_set(e, ERR_SIGNATURE_BAD,
		    "the ECDSA signature is broken (RFC 3279 2.2.3)");
	return arena_copy(a, buf_span(&raw), out) || err_budget(e, a);
}

/* RFC 5652 5.4: the attributes are signed as a SET OF, tag 0x31. */
static bool
signature_verify(const struct cms_signer *s, const struct certificate *c,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf set = { 0 };
	struct to_be_signed t = { .kind = s->kind };
	struct span value;

	der_put(&set, DER_SET, s->signed_bytes);
	t.message = buf_span(&set);
	if (!signature_rows[s->kind].whole_message)
		t.digest = digest_of(signature_rows[s->kind].digest,
		    buf_span(&set));
	return cms_raw_value(s, c->spki, a, &value, e) &&
	    signature_check(c->spki, &t, value, e);
}

static bool
signer_check(const struct cms *m, const struct cms_signer *s,
    const struct digest *content, struct arena *a, struct certificate *signer,
    struct err *e)
{
	struct certificate c;
	bool named;

	if (!digest_check(s, content, e) ||
	    !signer_find(m, s, a, &c, e) ||
	    !cms_names_signer(s, &c, &named, e) ||
	    !signature_verify(s, &c, a, e))
		return false;
	*signer = c;
	return true;
}

/* RFC 5652 5.1: nobody signed the list, so that it must not say otherwise. */
static bool
digest_listed(const struct cms *m, const struct cms_signer *s, struct err *e)
{
	return (m->digests & 1u << s->digest_kind) != 0 ||
	    err_set(e, ERR_CMS_MALFORMED, "the message does not list the "
	    "digest of its signer, %s", digest_rows[s->digest_kind].name);
}

bool
cms_check(const struct cms *m, const struct cms_signer *s,
    const struct digest *content, struct arena *a, struct certificate *signer,
    struct err *e)
{
	return digest_listed(m, s, e) && type_check(m, s, e) &&
	    signer_check(m, s, content, a, signer, e);
}

bool
cms_check_counter(const struct cms *m, const struct cms_signer *s,
    struct span value, struct arena *a, struct certificate *signer,
    struct err *e)
{
	struct digest d = digest_of(s->digest_kind, value);
	struct span type;

	if (!cms_value(&s->signed_attributes, OID_CONTENT_TYPE, &type, e))
		return false;
	if (type.len > 0 && !oid_is(type, OID_CONTENT_DATA))
		return err_set(e, ERR_CMS_CONTENT_TYPE, "the countersignature "
		    "is for another type of content");
	return signer_check(m, s, &d, a, signer, e);
}

bool
cms_only_signer(const struct cms *m, const struct cms_signer **out,
    struct err *e)
{
	if (m->signer_count != 1)
		return err_set(e, ERR_CMS_SIGNERS, "%zu signers, where there "
		    "must be exactly one", m->signer_count);
	*out = &m->signers[0];
	return true;
}
