/* algorithm - see algorithm.h. */
#include "crypto/algorithm.h"
#include "crypto/oid.h"

enum parameters { ABSENT, IS_NULL, PSS };

/* How each signature kind is written. */
static const struct {
	enum oid	oid;		/* in certificates */
	enum parameters	parameters;
	enum oid	signer_oid;	/* in a SignerInfo */
} written[SIGNATURE_KINDS] = {
	[SIGNATURE_RSA_PKCS1_SHA256] = { OID_RSA_SHA256, IS_NULL, OID_RSA },
	[SIGNATURE_RSA_PKCS1_SHA384] = { OID_RSA_SHA384, IS_NULL, OID_RSA },
	[SIGNATURE_RSA_PKCS1_SHA512] = { OID_RSA_SHA512, IS_NULL, OID_RSA },
	[SIGNATURE_RSA_PSS_SHA256] = { OID_RSA_PSS, PSS, OID_RSA_PSS },
	[SIGNATURE_RSA_PSS_SHA384] = { OID_RSA_PSS, PSS, OID_RSA_PSS },
	[SIGNATURE_RSA_PSS_SHA512] = { OID_RSA_PSS, PSS, OID_RSA_PSS },
	[SIGNATURE_ECDSA_SHA256] = { OID_ECDSA_SHA256, ABSENT,
	    OID_ECDSA_SHA256 },
	[SIGNATURE_ECDSA_SHA384] = { OID_ECDSA_SHA384, ABSENT,
	    OID_ECDSA_SHA384 },
	[SIGNATURE_ECDSA_SHA512] = { OID_ECDSA_SHA512, ABSENT,
	    OID_ECDSA_SHA512 },
	[SIGNATURE_ED25519] = { OID_ED25519, ABSENT, OID_ED25519 },
};

/* Besides the above, what others write into a SignerInfo. */
static const struct {
	enum oid	oid;
	enum key_kind	key;
} bare[] = {
	{ OID_RSA, KEY_RSA },
	{ OID_EC, KEY_EC },
};

void
algorithm_put_digest(struct buf *b, enum digest_kind k, bool null)
{
	der_put_algorithm(b, digest_rows[k].oid, null);
}

/* RFC 4055 3.1: hash, MGF1 with the same hash, salt of its size. */
static void
put_pss(struct buf *b, enum digest_kind k)
{
	size_t whole = der_open(b, DER_SEQUENCE);
	size_t hash = der_open(b, DER_EXPLICIT(0));
	algorithm_put_digest(b, k, true);
	der_close(b, hash);
	size_t mask = der_open(b, DER_EXPLICIT(1));
	size_t function = der_open(b, DER_SEQUENCE);
	buf_put(b, oid_der(OID_MGF1));
	algorithm_put_digest(b, k, true);
	der_close(b, function);
	der_close(b, mask);
	size_t salt = der_open(b, DER_EXPLICIT(2));
	der_put_small(b, digest_rows[k].size);
	der_close(b, salt);
	der_close(b, whole);
}

static void
put(struct buf *b, enum signature_kind k, enum oid oid)
{
	size_t at = der_open(b, DER_SEQUENCE);

	buf_put(b, oid_der(oid));
	switch (written[k].parameters) {
	case ABSENT:
		break;
	case IS_NULL:
		der_put_null(b);
		break;
	case PSS:
		put_pss(b, signature_rows[k].digest);
		break;
	}
	der_close(b, at);
}

void
algorithm_put_signature(struct buf *b, enum signature_kind k)
{
	put(b, k, written[k].oid);
}

void
algorithm_put_signer(struct buf *b, enum signature_kind k)
{
	put(b, k, written[k].signer_oid);
}

static bool
null_or_absent(struct span parameters)
{
	static const uint8_t null[] = { DER_NULL, 0 };

	return parameters.len == 0 || span_eq(parameters, SPAN(null));
}

static bool
unknown(struct err *e)
{
	return err_set(e, ERR_ALGORITHM_UNKNOWN,
	    "an algorithm in the signature is not known here");
}

bool
algorithm_digest_old(struct der *d, enum digest_kind *out, struct err *e)
{
	static const uint8_t md5[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86,
	    0xf7, 0x0d, 0x02, 0x05 };
	struct span parameters, oid = der_algorithm(d, &parameters);

	if (span_eq(oid, SPAN(md5)))
		return err_set(e, ERR_DIGEST_WEAK, "the signature uses MD5");
	return (digest_find_oid(oid, out) && null_or_absent(parameters)) ||
	    unknown(e);
}

bool
algorithm_digest(struct der *d, enum digest_kind *out, struct err *e)
{
	if (!algorithm_digest_old(d, out, e))
		return false;
	return !digest_rows[*out].weak || err_set(e, ERR_DIGEST_WEAK,
	    "the signature uses %s", digest_rows[*out].name);
}

/* Parameters other than those that put_pss writes are nobody's practice. */
static bool
pss_is(struct span parameters, enum digest_kind k)
{
	struct der d = der_read(parameters);
	struct der s = der_enter(&d, DER_SEQUENCE);
	struct der hash = der_enter(&s, DER_EXPLICIT(0));
	struct der mask = der_enter(&s, DER_EXPLICIT(1));
	struct der salt = der_enter(&s, DER_EXPLICIT(2));
	struct der function = der_enter(&mask, DER_SEQUENCE);
	enum digest_kind first, second;
	struct err e;

	if (!algorithm_digest(&hash, &first, &e) ||
	    !oid_is(der_whole(&function, DER_OID), OID_MGF1) ||
	    !algorithm_digest(&function, &second, &e))
		return false;
	return first == k && second == k &&
	    der_small(&salt) == digest_rows[k].size && der_end(&hash) &&
	    der_end(&function) && der_end(&mask) && der_end(&salt) &&
	    der_end(&s) && der_end(&d);
}

static bool
parameters_fit(enum signature_kind k, struct span parameters)
{
	switch (written[k].parameters) {
	case ABSENT:
	case IS_NULL:
		return null_or_absent(parameters);
	case PSS:
		return pss_is(parameters, signature_rows[k].digest);
	}
	return false;
}

bool
algorithm_signature(struct der *d, enum signature_kind *out, struct err *e)
{
	struct span parameters, oid = der_algorithm(d, &parameters);

	for (enum signature_kind k = 0; k < SIGNATURE_KINDS; k++)
		if (oid_is(oid, written[k].oid) &&
		    parameters_fit(k, parameters)) {
			*out = k;
			return true;
		}
	return unknown(e);
}

/* The only kind with SHA-1; whether SHA-1 may be at all was asked before. */
static bool
signer_old(struct span oid, struct span parameters, enum signature_kind *out)
{
	static const enum oid names[] = { OID_RSA, OID_RSA_SHA1,
	    OID_RSA_SHA1_OIW };

	*out = SIGNATURE_RSA_PKCS1_SHA1;
	for (size_t i = 0; i < COUNT(names); i++)
		if (oid_is(oid, names[i]) && null_or_absent(parameters))
			return true;
	return false;
}

bool
algorithm_signer(struct der *d, enum digest_kind digest,
    enum signature_kind *out, struct err *e)
{
	struct span parameters, oid = der_algorithm(d, &parameters);

	if (digest == DIGEST_SHA1)
		return signer_old(oid, parameters, out) || unknown(e);
	for (size_t i = 0; i < COUNT(bare); i++)
		if (oid_is(oid, bare[i].oid) && null_or_absent(parameters))
			return signature_for(bare[i].key, digest, out) ||
			    unknown(e);
	for (enum signature_kind k = 0; k < SIGNATURE_KINDS; k++)
		if (oid_is(oid, written[k].oid) &&
		    signature_rows[k].digest == digest &&
		    parameters_fit(k, parameters)) {
			*out = k;
			return true;
		}
	return unknown(e);
}
