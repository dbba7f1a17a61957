/*
 * cms - signed messages (RFC 5652), made in two phases and taken apart
 * strictly. Authenticode and timestamp tokens are made of the same parts.
 */
#ifndef CRYPTO_CMS_H
#define CRYPTO_CMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/identity.h"
#include "crypto/oid.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

/* Three dialects of CMS; the table in cms_build.c says how they differ. */
enum cms_dialect {
	CMS_DIALECT_DETACHED,		/* id-data, content kept elsewhere */
	CMS_DIALECT_AUTHENTICODE,	/* a bare SEQUENCE (PKCS#7 1.5) */
	CMS_DIALECT_TIMESTAMP,		/* in an OCTET STRING (RFC 3161) */
	CMS_DIALECTS
};

/* What is signed. */
struct cms_terms {
	enum cms_dialect	dialect;
	struct span		content_type;	/* whole OID element */
	struct span		content;	/* element; detached: empty */
	struct digest		digest;		/* what messageDigest covers */
	const struct span	*attributes;	/* signed ones of the dialect:
						 * Attributes, 4 at most */
	size_t			attribute_count;
	bool			signing_time;	/* put `time` in */
	int64_t			time;		/* ms since 1970 UTC */
	bool			certificates;	/* put the chain in */
};

/* A signature that lacks its value; lives in the arena. */
struct cms_draft;

/*
 * cms_plan says what the key must sign. The digest in the terms must be of
 * the kind that the identity's signature kind uses: ERR_SIGNATURE_UNFIT.
 */
bool	cms_plan(const struct cms_terms *, const struct signing_identity *,
	    struct arena *, struct cms_draft **draft, struct to_be_signed *,
	    struct err *) MUST_USE;

/*
 * cms_finish gives the ContentInfo. The value is checked against the
 * certificate first: a wrong one is ERR_SIGNATURE_BAD. The timestamp token (or
 * an empty span) goes in as the dialect's unsigned attribute.
 */
bool	cms_finish(const struct cms_draft *, struct span signature,
	    struct span timestamp_token, struct arena *, struct span *der,
	    struct err *) MUST_USE;

struct cms_attribute {
	struct span	whole;
	struct span	type;		/* whole OID element */
	struct span	values;		/* contents of the SET */
};

struct cms_attributes {
	struct cms_attribute	*items;
	size_t			 count;
};

struct cms_signer {
	struct span		whole;		/* SignerInfo */
	struct span		issuer_name;	/* DER, or empty with key_id */
	struct span		serial;		/* contents of the INTEGER */
	struct span		key_id;		/* subjectKeyIdentifier */
	enum digest_kind	digest_kind;
	enum signature_kind	kind;
	struct span		signed_bytes;	/* of [0]; empty: none */
	struct span		head;		/* all before unsigned ones */
	struct cms_attributes	signed_attributes;
	struct span		value;		/* as stored: ECDSA is DER */
	struct cms_attributes	unsigned_attributes;
};

/* Every part of a SignedData, as spans of the DER. */
struct cms {
	struct span		 whole;		/* ContentInfo, no padding */
	uint32_t		 version;
	struct span		 head;		/* what precedes signerInfos */
	unsigned		 digests;	/* bits 1 << enum digest_kind */
	struct span		 content_type;	/* whole OID element */
	struct span		 content;	/* element; empty: detached */
	struct span		*certificates;
	size_t			 certificate_count;
	size_t			 other_certificates; /* bytes; not X.509 */
	struct span		 certificate_set; /* all of them */
	struct span		 revocations;	/* CRLs and others */
	struct cms_signer	*signers;
	size_t			 signer_count;
	bool			 old;		/* SHA-1 may be in it */
};

/*
 * cms_parse reads one ContentInfo with SignedData. Behind it there may be zero
 * bytes when padding is true (fewer than eight: certificate tables of PE),
 * else nothing. Weak digests are ERR_DIGEST_WEAK. It may have LIMIT_CMS_SIZE,
 * or LIMIT_CATALOG_SIZE if it holds a list of a catalog.
 */
bool	cms_parse(struct span der, bool padding, struct arena *,
	    struct cms *out, struct err *) MUST_USE;

/*
 * cms_parse_old takes SHA-1 too (out->old). What that is worth is the caller's
 * to say, by each signer's digest_kind.
 */
bool	cms_parse_old(struct span der, bool padding, struct arena *,
	    struct cms *out, struct err *) MUST_USE;

/*
 * cms_identifier_read reads who signed (SignerIdentifier, RFC 5652 5.3) behind
 * the version of a SignerInfo, which must be the one of its kind.
 */
struct der;
bool	cms_identifier_read(struct der *, uint32_t version,
	    struct cms_signer *) MUST_USE;

/* cms_signed_by tells whether a signer names this certificate as its own. */
bool	cms_signed_by(const struct cms_signer *, const struct certificate *);

/* cms_signer_parse reads a SignerInfo by itself; old: it may use SHA-1. */
bool	cms_signer_parse(struct span der, bool old, struct arena *,
	    struct cms_signer *out, struct err *) MUST_USE;

/* What can be said of a message without knowing its algorithms. */
struct cms_outline {
	struct span	content_type;	/* whole OID element */
	struct span	content;	/* as it stands in [0]; empty: none */
	bool		is_signed;
};

/* cms_outline_read: false is no ContentInfo with SignedData, or more. */
bool	cms_outline_read(struct span der, struct cms_outline *out) MUST_USE;

/* cms_attribute finds the one attribute of a type, or NULL. */
const struct cms_attribute *cms_attribute(const struct cms_attributes *,
	    enum oid);

/*
 * cms_value is the single value of an attribute that must be there at most
 * once with exactly one value. Absent: empty, and true.
 */
bool	cms_value(const struct cms_attributes *, enum oid, struct span *value,
	    struct err *) MUST_USE;

/*
 * cms_check verifies one signer: contentType, messageDigest against the
 * caller's digest of the content (of signer->digest_kind), and the signature
 * over the attributes by the certificate that the signer names. Whether that
 * certificate is to be trusted is chain_check's question.
 */
bool	cms_check(const struct cms *, const struct cms_signer *,
	    const struct digest *content, struct arena *,
	    struct certificate *signer, struct err *) MUST_USE;

/*
 * cms_check_counter verifies a signer over another one's signature value (RFC
 * 5652 11.4), by a certificate of that one's message. contentType, which
 * should be absent there, may be id-data: so did Microsoft.
 */
bool	cms_check_counter(const struct cms *, const struct cms_signer *,
	    struct span value, struct arena *, struct certificate *signer,
	    struct err *) MUST_USE;

/* cms_only_signer gives the one signer: ERR_CMS_SIGNERS for any other count. */
bool	cms_only_signer(const struct cms *, const struct cms_signer **out,
	    struct err *) MUST_USE;

/*
 * cms_names_signer compares the certificate with what the signed attributes
 * say of it (ESSCertID of RFC 2634 and RFC 5035); *named: they say anything.
 */
bool	cms_names_signer(const struct cms_signer *, const struct certificate *,
	    bool *named, struct err *) MUST_USE;

/* cms_attribute_make makes a whole Attribute of whole values. */
bool	cms_attribute_make(struct span type, const struct span *values,
	    size_t count, struct arena *, struct span *out, struct err *)
	    MUST_USE;

/* cms_content is what messageDigest covers: the value octets of content. */
bool	cms_content(const struct cms *, struct span *octets, struct err *)
	    MUST_USE;

/* cms_put_unsigned writes a message that nobody has signed yet. */
void	cms_put_unsigned(struct buf *, struct span content_type,
	    struct span content);

/* cms_raw_value is the value as enum signature_kind says (ECDSA: r || s). */
bool	cms_raw_value(const struct cms_signer *, struct span spki,
	    struct arena *, struct span *out, struct err *) MUST_USE;

/*
 * cms_set_unsigned gives the message with this unsigned attribute of the only
 * signer replaced, all signed bytes as they were. The values are whole
 * elements.
 */
bool	cms_set_unsigned(const struct cms *, enum oid type,
	    const struct span *values, size_t count, struct arena *,
	    struct span *der, struct err *) MUST_USE;

/*
 * cms_set_timestamp replaces every timestamp of the only signer, also those of
 * the kind before RFC 3161, by a token.
 */
bool	cms_set_timestamp(const struct cms *, enum cms_dialect,
	    struct span token, struct arena *, struct span *der, struct err *)
	    MUST_USE;

#endif
