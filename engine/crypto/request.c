/*
 * request - see request.h.
 *
 *	SEQUENCE
 *	  SEQUENCE		what is signed
 *	    version 0, subject, SubjectPublicKeyInfo, [0] attributes
 *	  algorithm
 *	  BIT STRING		signature
 */
#include "base/limits.h"
#include "crypto/algorithm.h"
#include "crypto/der.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "crypto/request.h"

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_CSR_MALFORMED, "%s (RFC 2986)", what);
}

/* Of the attributes only the extensions asked for are for us. */
static bool
attribute_read(struct der *list, bool *asked, struct arena *a,
    struct certificate *c, struct err *e)
{
	struct der one = der_enter(list, DER_SEQUENCE);
	struct span type = der_whole(&one, DER_OID);
	struct der values = der_enter(&one, DER_SET);

	if (!der_end(&one))
		return malformed(e, "an attribute is broken");
	if (!oid_is(type, OID_EXTENSION_REQUEST))
		return true;
	struct span extensions = der_value(&values, DER_SEQUENCE);
	if (*asked || !der_end(&values))
		return malformed(e, "extensions are asked for twice");
	*asked = true;
	return certificate_extensions(extensions, a, c, e);
}

static bool
body_read(struct der body, struct arena *a, struct certificate *c,
    struct err *e)
{
	bool asked = false;
	uint32_t version = der_small(&body);

	c->subject_name = der_whole(&body, DER_SEQUENCE);
	c->spki = der_whole(&body, DER_SEQUENCE);
	struct der list = der_enter_if(&body, DER_EXPLICIT(0));
	if (version != 0 || !der_end(&body))
		return malformed(e, "its structure is broken");
	while (der_ok(&list) && list.rest.len > 0)
		if (!attribute_read(&list, &asked, a, c, e))
			return false;
	return (der_end(&list) || malformed(e, "its attributes are broken")) &&
	    certificate_name(c->subject_name, a, &c->subject, e);
}

/* The value in the form of signature.h: ECDSA as r || s. */
static bool
value_read(struct span bits, const struct public_key *key, struct buf *out)
{
	struct reader r = rd_open(bits);
	struct span value = span_from(bits, 1);

	/* The first byte counts unused bits. */
	if (rd_u8(&r) != 0 || value.len == 0)
		return false;
	if (key->kind == KEY_EC)
		return signature_ecdsa_from_der(value, key->field_size, out);
	buf_put(out, value);
	return true;
}

static bool
proof_check(struct span body, struct der *outer, const struct certificate *c,
    struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct to_be_signed what = { .message = body };
	struct public_key key;
	struct err bad;

	if (!algorithm_signature(outer, &what.kind, e))
		return false;
	struct span bits = der_value(outer, DER_BIT_STRING);
	if (!der_end(outer))
		return malformed(e, "its structure is broken");
	if (!public_key_parse(c->spki, &key, e))
		return false;
	if (!signature_rows[what.kind].whole_message)
		what.digest = digest_of(signature_rows[what.kind].digest,
		    body);
	if (signature_rows[what.kind].key == key.kind &&
	    value_read(bits, &key, &value) &&
	    signature_check(c->spki, &what, buf_span(&value), &bad))
		return true;
	return err_set(e, ERR_CSR_PROOF, "its signature is not by the key in "
	    "it");
}

static bool
der_parse(struct span der, struct arena *a, struct certificate *out,
    struct err *e)
{
	struct certificate c = { .der = der };
	struct der top = der_read(der);
	struct der outer = der_enter(&top, DER_SEQUENCE);
	struct der before = outer;
	struct der body = der_enter(&outer, DER_SEQUENCE);
	struct span signed_bytes = der_whole(&before, DER_SEQUENCE);

	if (!der_ok(&body) || !der_ok(&top))
		return malformed(e, "it is no request");
	if (!der_end(&top))
		return err_set(e, ERR_CSR_MALFORMED, "%zu bytes follow the "
		    "request", top.rest.len);
	if (!body_read(body, a, &c, e) ||
	    !proof_check(signed_bytes, &outer, &c, e))
		return false;
	*out = c;
	return true;
}

static bool
pem_parse(struct span in, struct arena *a, struct span *der, struct err *e)
{
	static const char *const labels[] = { "CERTIFICATE REQUEST",
	    "NEW CERTIFICATE REQUEST", NULL };
	bool found;

	return pem_first(in, labels, a, der, &found, e) && (found ||
	    malformed(e, "there is no request in it"));
}

bool
request_parse(struct span in, struct arena *a, struct certificate *out,
    struct err *e)
{
	struct der top = der_read(in);
	struct span der = in;

	if (in.len > LIMIT_REQUEST)
		return err_set(e, ERR_LIMIT_SIZE, "a request of %zu bytes, at "
		    "most %d are taken", in.len, LIMIT_REQUEST);
	return (der_tag(&top) == DER_SEQUENCE || pem_parse(in, a, &der, e)) &&
	    der_parse(der, a, out, e);
}
