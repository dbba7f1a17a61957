/* dsse - see dsse.h. */
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/dsse.h"
#include "crypto/pem.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

#define TRUST_MEMORY	((size_t)16 << 20)	/* bytes of one bundle */

/* ---- reading ---- */

static bool
decode(const struct json *text, const char *what, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span in = json_span(text);

	if (in.ptr == NULL || !text_unbase64(in, &bytes))
		return err_set(e, ERR_DSSE_MALFORMED, "%s is no base64", what);
	return arena_copy(a, buf_span(&bytes), out) || err_budget(e, a);
}

/* What came along beside an envelope, in a Sigstore bundle. */
static bool
bundle_certificates(const struct json *material, struct arena *a,
    struct dsse_signature *out, struct err *e)
{
	const struct json *one = json_member(material, "certificate");
	const struct json *chain = json_member(json_member(material,
	    "x509CertificateChain"), "certificates");
	size_t count = one != NULL ? 1 : json_count(chain);

	if (count > LIMIT_CERTIFICATES)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d certificates",
		    LIMIT_CERTIFICATES);
	out->certificates = ARENA_ARRAY(a, struct span, count + 1);
	if (out->certificates == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		if (!decode(json_member(one != NULL ? one :
		    json_item(chain, i), "rawBytes"), "a certificate", a,
		    &out->certificates[i], e))
			return false;
	out->certificate_count = count;
	return true;
}

static bool
signature_read(const struct json *v, const struct json *material,
    struct arena *a, struct dsse_signature *out, struct err *e)
{
	struct span pem = json_span(json_member(v, "cert"));

	if (!decode(json_member(v, "sig"), "a signature", a, &out->value, e))
		return false;
	if (pem.len > 0)
		return certificates_parse(pem, a, &out->certificates,
		    &out->certificate_count, e);
	return bundle_certificates(material, a, out, e);
}

static bool
signatures_read(const struct json *list, const struct json *material,
    struct arena *a, struct dsse *out, struct err *e)
{
	if (list == NULL || json_kind(list) != JSON_KIND_LIST)
		return err_set(e, ERR_DSSE_MALFORMED, "the envelope has no "
		    "list of signatures");
	if (json_count(list) > LIMIT_SIGNERS)
		return err_set(e, ERR_LIMIT_SIZE, "the envelope has %zu "
		    "signatures, more than %d", json_count(list),
		    LIMIT_SIGNERS);
	out->signatures = ARENA_ARRAY(a, struct dsse_signature,
	    json_count(list) + 1);
	if (out->signatures == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < json_count(list); i++)
		if (!signature_read(json_item(list, i), material, a,
		    &out->signatures[out->count++], e))
			return false;
	return true;
}

static bool
envelope_read(const struct json *v, struct arena *a, struct dsse *out,
    struct err *e)
{
	const struct json *bundled = json_member(v, "dsseEnvelope");
	const struct json *envelope = bundled != NULL ? bundled : v;
	struct span type = json_span(json_member(envelope, "payloadType"));

	*out = (struct dsse){ .count = 0 };
	if (type.ptr == NULL)
		return err_set(e, ERR_DSSE_MALFORMED, "it is no envelope: "
		    "there is no payloadType");
	if (!span_is(type, DSSE_IN_TOTO))
		return err_set(e, ERR_DSSE_TYPE, "the payload is \"%s\"",
		    text_show(type).text);
	return decode(json_member(envelope, "payload"), "the payload", a,
	    &out->payload, e) && signatures_read(json_member(envelope,
	    "signatures"), bundled != NULL ?
	    json_member(v, "verificationMaterial") : NULL, a, out, e);
}

struct envelopes {
	struct arena	*arena;
	struct dsse	*items;
	size_t		 count;
};

static bool
envelope_add(struct envelopes *list, const struct json *v, struct err *e)
{
	struct dsse *grown = arena_grow(list->arena, list->items, list->count,
	    sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, list->arena);
	list->items = grown;
	return envelope_read(v, list->arena, &grown[list->count++], e);
}

static bool
lines_parse(struct envelopes *list, struct span file, struct err *e)
{
	struct span rest = file, line;

	while (span_line(&rest, &line)) {
		CLEANUP(json_done) struct json *v = NULL;

		if (line.len == 0)
			continue;
		if (list->count == LIMIT_ENVELOPES)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "envelopes in one file", LIMIT_ENVELOPES);
		if (!json_parse(line, &v, e) || !envelope_add(list, v, e))
			return err_at(e, "envelope %zu", list->count);
	}
	return list->count > 0 ||
	    err_set(e, ERR_DSSE_MALFORMED, "there is no envelope in it");
}

bool
dsse_parse(struct span file, struct arena *a, struct dsse **out,
    size_t *count, struct err *e)
{
	struct envelopes list = { .arena = a };
	CLEANUP(json_done) struct json *v = NULL;

	if (file.len > LIMIT_ATTESTATION)
		return err_set(e, ERR_LIMIT_SIZE, "it has %s, more than %s",
		    text_show_size(file.len).text,
		    text_show_size(LIMIT_ATTESTATION).text);
	if (json_parse(file, &v, e) ? !envelope_add(&list, v, e) :
	    !lines_parse(&list, file, e))
		return false;
	*out = list.items;
	*count = list.count;
	return true;
}

/* ---- checking ---- */

void
dsse_pae(struct span type, struct span payload, struct buf *out)
{
	buf_printf(out, "DSSEv1 %zu ", type.len);
	buf_put(out, type);
	buf_printf(out, " %zu ", payload.len);
	buf_put(out, payload);
}

/* What signers of each kind of key do; bits 0: whatever its size. */
static const struct {
	enum key_kind		key;
	unsigned		bits;
	enum signature_kind	kind;
} ways[] = {
	{ KEY_ED25519, 0, SIGNATURE_ED25519 },
	{ KEY_EC, 256, SIGNATURE_ECDSA_SHA256 },
	{ KEY_EC, 384, SIGNATURE_ECDSA_SHA384 },
	{ KEY_EC, 384, SIGNATURE_ECDSA_SHA256 },
	{ KEY_EC, 521, SIGNATURE_ECDSA_SHA512 },
	{ KEY_RSA, 0, SIGNATURE_RSA_PKCS1_SHA256 },
	{ KEY_RSA, 0, SIGNATURE_RSA_PSS_SHA256 },
};

static bool
way_fits(enum signature_kind kind, const struct public_key *about,
    struct span spki, struct span pae, struct span value)
{
	struct to_be_signed t = { .kind = kind, .message = pae };
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct err why;

	if (!signature_rows[kind].whole_message)
		t.digest = digest_of(signature_rows[kind].digest, pae);
	if (about->kind == KEY_EC && !signature_ecdsa_from_der(value,
	    about->field_size, &raw))
		return false;
	return signature_check(spki, &t, about->kind == KEY_EC ?
	    buf_span(&raw) : value, &why);
}

static bool
key_fits(struct span spki, struct span pae, struct span value)
{
	struct public_key about;
	struct err why;

	if (!public_key_parse(spki, &about, &why))
		return false;
	for (size_t i = 0; i < COUNT(ways); i++)
		if (ways[i].key == about.kind && (ways[i].bits == 0 ||
		    ways[i].bits == about.bits) && way_fits(ways[i].kind,
		    &about, spki, pae, value))
			return true;
	return false;
}

/*
 * The key of a PEM file, and the certificate that it may be: *c has no DER if
 * it is a bare key.
 */
static bool
key_read(struct span pem, struct arena *a, struct span *spki,
    struct certificate *c, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	struct span rest = pem, *certificates;
	struct public_key about;
	size_t count;
	bool found;

	*c = (struct certificate){ .not_before = 0 };
	if (!pem_next(&rest, "PUBLIC KEY", &der, &found, e))
		return err_set(e, ERR_DSSE_KEY, "the PEM is broken");
	if (found && !arena_copy(a, buf_span(&der), spki))
		return err_budget(e, a);
	if (!found) {
		if (!certificates_parse(pem, a, &certificates, &count, e) ||
		    !certificate_parse(certificates[0], a, c, e))
			return err_set(e, ERR_DSSE_KEY, "it is neither a "
			    "public key nor a certificate (PEM)");
		*spki = c->spki;
	}
	return public_key_parse(*spki, &about, e);
}

static bool
roots_read(const struct dsse_trust *t, struct trust *roots, struct err *e)
{
	if (t->name_count == 0)
		return err_set(e, ERR_DSSE_KEY, "an authority is trusted, but "
		    "nobody is named whom it vouches for");
	return trust_add(roots, t->roots, e);
}

bool
dsse_trust_check(const struct dsse_trust *t, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(TRUST_MEMORY);
	CLEANUP(trust_done) struct trust *roots = trust_new();
	struct certificate c;
	struct span spki;

	return t->key.len > 0 ? key_read(t->key, a, &spki, &c, e) :
	    roots_read(t, roots, e);
}

static bool
is_named(const struct certificate *c, const struct dsse_trust *t)
{
	for (size_t i = 0; i < c->name_count; i++)
		for (size_t k = 0; k < t->name_count; k++)
			if (span_eq(c->names[i], t->names[k]))
				return true;
	return false;
}

/* The certificate that came along is somebody's whom we trust. */
static bool
certificate_fits(const struct dsse_signature *s, const struct dsse_trust *t,
    const struct chain_terms *terms, struct arena *a, struct certificate *c)
{
	struct err why;

	return s->certificate_count > 0 &&
	    certificate_parse(s->certificates[0], a, c, &why) && !c->ca &&
	    (!c->has_key_usage ||
	    (c->key_usage & KEY_USAGE_DIGITAL_SIGNATURE) != 0) &&
	    is_named(c, t) && chain_check(c, s->certificates + 1,
	    s->certificate_count - 1, terms, a, NULL, &why);
}

static bool
verify_roots(const struct dsse *d, const struct dsse_trust *t, struct span pae,
    int64_t at, struct arena *a, struct err *e)
{
	CLEANUP(trust_done) struct trust *roots = trust_new();
	struct chain_terms terms = { .trust = roots, .purpose = PURPOSE_ANY,
	    .at = at };

	if (!roots_read(t, roots, e))
		return false;
	for (size_t i = 0; i < d->count; i++) {
		struct certificate c;

		if (certificate_fits(&d->signatures[i], t, &terms, a, &c) &&
		    key_fits(c.spki, pae, d->signatures[i].value))
			return true;
	}
	return err_set(e, ERR_DSSE_SIGNER, "none of its %zu signatures is by "
	    "somebody who is named in a valid certificate of the authority",
	    d->count);
}

static bool
verify_key(const struct dsse *d, const struct dsse_trust *t, struct span pae,
    int64_t at, struct arena *a, struct err *e)
{
	struct certificate c;
	struct span spki;

	if (!key_read(t->key, a, &spki, &c, e))
		return false;
	if (c.der.len > 0 && (at < c.not_before || at > c.not_after))
		return err_set(e, ERR_DSSE_SIGNER, "the certificate of \"%s\" "
		    "is not valid now", text_show(c.subject).text);
	for (size_t i = 0; i < d->count; i++)
		if (key_fits(spki, pae, d->signatures[i].value))
			return true;
	return err_set(e, ERR_DSSE_SIGNER, "none of its %zu signatures is by "
	    "the key", d->count);
}

bool
dsse_verify(const struct dsse *d, const struct dsse_trust *t, int64_t at,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf pae = { 0 };

	dsse_pae(SPAN_TEXT(DSSE_IN_TOTO), d->payload, &pae);
	return (t->key.len > 0 ? verify_key : verify_roots)(d, t,
	    buf_span(&pae), at, a, e);
}
