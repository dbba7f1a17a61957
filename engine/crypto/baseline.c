/* baseline - see baseline.h. */
#include "crypto/algorithm.h"
#include "crypto/baseline.h"
#include "crypto/oid.h"

#define DAY		INT64_C(86400000)
#define MONTHS_39	(39 * 31 * DAY)		/* never more than that */
#define MONTHS_135	(135 * 31 * DAY)
#define SINCE_460	INT64_C(1772323200000)	/* 2026-03-01: CSC-31 */
#define RSA_LEAST	3072
#define SERIAL_LEAST	8			/* bytes: 64 random bits */

/* RFC 5280 4.1.2.5: both ends belong to it. */
static int64_t
lifetime(const struct certificate *c)
{
	return c->not_after - c->not_before + 1000;
}

static bool
too_long(const struct certificate *c, bool stamps)
{
	return !stamps && c->not_before >= SINCE_460 &&
	    lifetime(c) > BASELINE_DAYS * DAY;
}

static bool
too_long_before(const struct certificate *c, bool stamps)
{
	return !stamps && c->not_before < SINCE_460 &&
	    lifetime(c) > MONTHS_39;
}

static bool
stamps_too_long(const struct certificate *c, bool stamps)
{
	return stamps && lifetime(c) > MONTHS_135;
}

static bool
key_short(const struct certificate *c, bool stamps)
{
	struct public_key key;
	struct err e;

	(void)stamps;
	return !public_key_parse(c->spki, &key, &e) ||
	    (key.kind == KEY_RSA && key.bits < RSA_LEAST);
}

static bool
key_kind(const struct certificate *c, bool stamps)
{
	struct public_key key;
	struct err e;

	(void)stamps;
	return public_key_parse(c->spki, &key, &e) && key.kind == KEY_ED25519;
}

static bool
digest_old(const struct certificate *c, bool stamps)
{
	struct der d = der_read(c->algorithm);
	enum signature_kind kind;
	struct err e;

	(void)stamps;
	return !algorithm_signature(&d, &kind, &e);
}

static bool
serial_short(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return c->serial.len < SERIAL_LEAST;
}

static bool
purpose_missing(const struct certificate *c, bool stamps)
{
	return !stamps && !certificate_allows(c,
	    oid_der(OID_EKU_CODE_SIGNING));
}

static bool
purpose_any(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return certificate_allows(c, oid_der(OID_EKU_ANY));
}

static bool
purpose_server(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return certificate_allows(c, oid_der(OID_EKU_SERVER_AUTH));
}

/* The three that may stand beside code signing; alone is timestamping. */
static bool
purpose_other(const struct certificate *c, bool stamps)
{
	static const uint8_t documents[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01,
	    0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x0c };
	static const enum oid fine[] = { OID_EKU_LIFETIME_SIGNING,
	    OID_EKU_EMAIL_PROTECTION, OID_EKU_ANY, OID_EKU_SERVER_AUTH };
	size_t known = certificate_allows(c, oid_der(stamps ?
	    OID_EKU_TIME_STAMPING : OID_EKU_CODE_SIGNING));

	for (size_t i = 0; i < COUNT(fine); i++)
		known += certificate_allows(c, oid_der(fine[i]));
	known += certificate_allows(c, SPAN(documents));
	return c->extended_count > known;
}

static bool
stamps_not_critical(const struct certificate *c, bool stamps)
{
	return stamps && !c->extended_critical;
}

static bool
usage_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return !c->has_key_usage ||
	    (c->key_usage & KEY_USAGE_DIGITAL_SIGNATURE) == 0;
}

static bool
usage_not_critical(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return c->has_key_usage && !c->usage_critical;
}

static bool
usage_more(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return (c->key_usage & ~(unsigned)KEY_USAGE_DIGITAL_SIGNATURE) != 0;
}

static bool
is_authority(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return c->ca;
}

static bool
is_own_issuer(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return c->self_issued;
}

static bool
authority_id_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return !c->has_authority;
}

static bool
key_id_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return c->key_id.len == 0;
}

static bool
list_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	for (size_t i = 0; i < c->crl_url_count; i++)
		if (span_starts(c->crl_urls[i], "http://"))
			return false;
	return true;
}

static bool
issuer_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	for (size_t i = 0; i < c->ca_url_count; i++)
		if (span_starts(c->ca_urls[i], "http://"))
			return false;
	return true;
}

static bool
policy_missing(const struct certificate *c, bool stamps)
{
	(void)stamps;
	return !c->has_policies;
}

const struct baseline_row baseline_rows[] = {
	{ "CSBR 6.3.2, CSC-31", "valid for more than 460 days, and from March "
	    "2026 or later", too_long },
	{ "CSBR 6.3.2", "valid for more than 39 months", too_long_before },
	{ "CSBR 6.3.2", "valid for more than 135 months", stamps_too_long },
	{ "CSBR 6.1.5", "an RSA key of less than 3072 bits, or another weak "
	    "key", key_short },
	{ "CSBR 6.1.5", "a key that is neither RSA nor ECDSA", key_kind },
	{ "CSBR 7.1.3.2", "signed by something else than RSA or ECDSA with "
	    "SHA-256 or better", digest_old },
	{ "CSBR 7.1", "a serial number of less than 64 bits", serial_short },
	{ "CSBR 7.1.2.3 f", "no code signing in extKeyUsage",
	    purpose_missing },
	{ "CSBR 7.1.2.3 f", "anyExtendedKeyUsage in extKeyUsage",
	    purpose_any },
	{ "CSBR 7.1.2.3 f", "serverAuth in extKeyUsage", purpose_server },
	{ "CSBR 7.1.2.3 f", "other purposes in extKeyUsage than this needs",
	    purpose_other },
	{ "CSBR 7.1.2.3 f", "extKeyUsage is not critical",
	    stamps_not_critical },
	{ "CSBR 7.1.2.3 e", "no digitalSignature in keyUsage",
	    usage_missing },
	{ "CSBR 7.1.2.3 e", "keyUsage is not critical", usage_not_critical },
	{ "CSBR 7.1.2.3 e", "more than digitalSignature in keyUsage",
	    usage_more },
	{ "CSBR 7.1.2.3 d", "it is a certificate authority", is_authority },
	{ "CSBR 7.1.2.3 g", "no authorityKeyIdentifier",
	    authority_id_missing },
	{ "CSBR 7.1.2.3 b", "no http address in cRLDistributionPoints",
	    list_missing },
	{ "CSBR 7.1.2.3 c", "no http address of the issuer's certificate in "
	    "authorityInformationAccess", issuer_missing },
	{ "CSBR 7.1.2.3 a", "no certificatePolicies", policy_missing },
	{ "RFC 5280 4.2.1.2", "no subjectKeyIdentifier", key_id_missing },
	{ "RFC 5280 3.2", "self-signed: nobody vouches for it",
	    is_own_issuer },
};

const size_t baseline_count = COUNT(baseline_rows);
