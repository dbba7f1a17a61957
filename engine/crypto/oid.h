/*
 * oid - the object identifiers that our formats use, each once: dotted for
 * people, DER (tag, length, contents) for comparing and writing.
 */
#ifndef CRYPTO_OID_H
#define CRYPTO_OID_H

#include "base/arena.h"
#include "base/bytes.h"

enum oid {
	OID_COMMON_NAME,
	OID_CONTENT_DATA,
	OID_SIGNED_DATA,
	OID_CONTENT_TYPE,
	OID_MESSAGE_DIGEST,
	OID_SIGNING_TIME,
	OID_COUNTER_SIGNATURE,
	OID_EXTENSION_REQUEST,
	OID_TST_INFO,
	OID_SIGNING_CERTIFICATE,
	OID_TIMESTAMP_TOKEN,
	OID_SIGNING_CERTIFICATE_V2,
	OID_KEY_ATTESTATION,
	OID_RSA,
	OID_MGF1,
	OID_RSA_PSS,
	OID_RSA_SHA1,
	OID_RSA_SHA256,
	OID_RSA_SHA384,
	OID_RSA_SHA512,
	OID_RSA_SHA1_OIW,
	OID_EC,
	OID_ECDSA_SHA256,
	OID_ECDSA_SHA384,
	OID_ECDSA_SHA512,
	OID_ED25519,
	OID_SUBJECT_KEY_ID,
	OID_KEY_USAGE,
	OID_SUBJECT_ALT_NAME,
	OID_BASIC_CONSTRAINTS,
	OID_INVALIDITY_DATE,
	OID_CRL_DISTRIBUTION,
	OID_CERTIFICATE_POLICIES,
	OID_AUTHORITY_KEY_ID,
	OID_EXTENDED_KEY_USAGE,
	OID_INFO_ACCESS,
	OID_OCSP,
	OID_CA_ISSUERS,
	OID_OCSP_BASIC,
	OID_OCSP_NO_CHECK,
	OID_EKU_ANY,
	OID_EKU_SERVER_AUTH,
	OID_EKU_CODE_SIGNING,
	OID_EKU_EMAIL_PROTECTION,
	OID_EKU_TIME_STAMPING,
	OID_EKU_OCSP_SIGNING,
	OID_EKU_LIFETIME_SIGNING,
	OID_SPC_INDIRECT_DATA,
	OID_SPC_STATEMENT_TYPE,
	OID_SPC_OPUS_INFO,
	OID_SPC_PE_IMAGE_DATA,
	OID_SPC_INDIVIDUAL,
	OID_SPC_CAB_DATA,
	OID_SPC_SIP_INFO,
	OID_SPC_PAGE_HASHES_V1,
	OID_SPC_PAGE_HASHES_V2,
	OID_SPC_NESTED_SIGNATURE,
	OID_SPC_TIMESTAMP,
	OID_CERT_TRUST_LIST,
	OID_CATALOG_LIST,
	OID_CATALOG_MEMBER,
	OID_CATALOG_MEMBER_V2,
	OID_CATALOG_NAME_VALUE,
	OID_CATALOG_INFO,
	OID_CATALOG_INFO_V2,
	OIDS
};

struct oid_row {
	const char	*dotted;
	struct span	 der;
};

/* oid_rows is the table, indexed by enum oid. */
extern const struct oid_row oid_rows[OIDS];

/* oid_der is the whole element, ready to be written. */
struct span	oid_der(enum oid);
/* oid_is compares a whole element. */
bool		oid_is(struct span der, enum oid);

/* oid_text gives "1.2.840...." of a whole element; NULL: not well formed. */
char		*oid_text(struct arena *, struct span der) MUST_USE;

/* oid_write makes the whole element of dotted text; false: it is none. */
bool		oid_write(struct span dotted, struct buf *out) MUST_USE;

#endif
