/*
 * x509 - certificates: what one says, and whether a chain leads to somebody
 * whom we trust (RFC 5280).
 *
 * Nothing here touches files, the clock or the network: certificates are
 * bytes, time is a parameter.
 */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

/* RFC 5280 4.2.1.3, bit 0 first. */
enum key_usage {
	KEY_USAGE_DIGITAL_SIGNATURE	= 1 << 0,
	KEY_USAGE_NON_REPUDIATION	= 1 << 1,
	KEY_USAGE_CERT_SIGN		= 1 << 5,
	KEY_USAGE_CRL_SIGN		= 1 << 6,
};

/* Spans point into the DER that was parsed, or into the arena. */
struct certificate {
	struct span	der;
	struct digest	thumbprint;	/* SHA-256 of der */
	struct span	subject;	/* RFC 4514 text, UTF-8 */
	struct span	issuer;
	struct span	subject_name;	/* DER of the Name */
	struct span	issuer_name;
	struct span	serial;		/* contents of the INTEGER, as stored */
	struct span	algorithm;	/* of its issuer's signature, whole */
	int64_t		not_before;	/* ms since 1970 UTC */
	int64_t		not_after;
	struct span	spki;		/* DER of the SubjectPublicKeyInfo */
	bool		self_issued;	/* issuer and subject are the same */

	bool		has_key_usage;	/* absent: every use is allowed */
	bool		usage_critical;
	unsigned	key_usage;	/* bits of enum key_usage */
	bool		has_extended;	/* extendedKeyUsage is there */
	bool		extended_critical;
	struct span	*extended;	/* whole OID elements */
	size_t		extended_count;
	bool		ca;
	bool		has_depth;	/* pathLenConstraint is there */
	uint32_t	depth;		/* authorities below it, at most */
	struct span	key_id;		/* subjectKeyIdentifier, or empty */
	struct span	*names;		/* "dns:a.example", "email:", "uri:" */
	size_t		name_count;
	size_t		other_names;	/* of other kinds: not kept */
	bool		has_policies;	/* certificatePolicies is there */
	bool		has_authority;	/* authorityKeyIdentifier is there */
	struct span	*crl_urls;	/* where its issuer says that the list
					 * is, any of them: RFC 5280 4.2.1.13 */
	size_t		crl_url_count;
	struct span	*ocsp_urls;	/* whom to ask about it, any of them:
					 * RFC 5280 4.2.2.1 */
	size_t		ocsp_url_count;
	struct span	*ca_urls;	/* where its issuer's certificate is:
					 * RFC 5280 4.2.2.1 */
	size_t		ca_url_count;
	bool		no_check;	/* its issuer never revokes it: RFC
					 * 6960 4.2.2.2.1 */
	bool		strange;	/* critical, and not one of these */
};

/* certificate_parse reads one certificate and nothing behind it. */
bool	certificate_parse(struct span der, struct arena *,
	    struct certificate *out, struct err *) MUST_USE;

/*
 * certificate_extensions reads contents of Extensions into a certificate, as
 * they also stand in a request; certificate_name shows a Name as text.
 * Errors: CERTIFICATE-MALFORMED, LIMIT-MEMORY.
 */
bool	certificate_extensions(struct span, struct arena *,
	    struct certificate *, struct err *) MUST_USE;
bool	certificate_name(struct span der, struct arena *, struct span *text,
	    struct err *) MUST_USE;

/*
 * certificate_allows tells whether extendedKeyUsage names a purpose; absent
 * allows nothing here: a signing certificate must say what it is for.
 */
bool	certificate_allows(const struct certificate *, struct span oid);

/*
 * certificate_ocsp_request appends the question whether a certificate was
 * revoked, as a responder takes it (OCSPRequest, RFC 6960 4.1), with SHA-1 in
 * its name as all expect (RFC 5019 2.1.1). There is no nonce in it: many
 * responders make their answers in advance.
 */
void	certificate_ocsp_request(const struct certificate *,
	    const struct certificate *issuer, struct buf *out);

/*
 * certificates_parse takes PEM with any number of certificates (text between
 * is skipped), or one DER, and gives the DER of each. None is an error, as is
 * more than the limit: LIMIT_TRUSTED.
 */
bool	certificates_parse(struct span pem_or_der, struct arena *,
	    struct span **out, size_t *count, struct err *) MUST_USE;

/* Whom we trust: roots, and what their issuers have revoked. */
struct trust;
struct trust	*trust_new(void);
void		 trust_free(struct trust *);
DEFINE_CLEANUP(struct trust, trust_done, trust_free);

/* trust_add adds the certificates of a PEM bundle (or one DER) as anchors. */
bool	trust_add(struct trust *, struct span pem_or_der, struct err *)
	    MUST_USE;

/*
 * trust_add_crl adds revocation lists (RFC 5280 5): PEM, or one DER. From then
 * on every certificate of a chain but its anchor must be covered by one:
 * CRL-MISSING, CRL-STALE, CERTIFICATE-REVOKED. Errors: CRL-MALFORMED,
 * CRL-UNSUPPORTED, LIMIT-SIZE.
 */
bool	trust_add_crl(struct trust *, struct span pem_or_der, struct err *)
	    MUST_USE;

/*
 * trust_add_ocsp adds a response (RFC 6960, DER), which covers a certificate
 * as a list does: OCSP-MISSING, OCSP-STALE, OCSP-UNKNOWN, OCSP-SIGNER,
 * CERTIFICATE-REVOKED. Errors: OCSP-MALFORMED, OCSP-UNSUPPORTED, OCSP-REFUSED,
 * LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	trust_add_ocsp(struct trust *, struct span der, struct err *)
	    MUST_USE;

size_t	trust_count(const struct trust *);

enum purpose {
	PURPOSE_ANY,
	PURPOSE_CODE_SIGNING,
	PURPOSE_TIME_STAMPING,	/* EKU critical, no other: RFC 3161 2.3 */
	PURPOSE_TIME_STAMPED,	/* the same, not critical: see timestamp.h */
};

struct chain_terms {
	const struct trust	*trust;
	enum purpose		 purpose;
	int64_t			 at;	/* ms: when all must be valid */
	int64_t			 now;	/* ms: when lists of what is revoked
					 * must be valid; 0: at */
	bool			 old;	/* SHA-1 in the chain is no error */
	bool			 later;	/* lists issued after `now` count too */
};

/* The way from the leaf to an anchor, both included. */
struct chain {
	struct span	*certificates;	/* DER */
	size_t		 count;
	bool		 weak;		/* it rests on SHA-1 */
};

/*
 * certificate_purpose_check judges the leaf alone: key usage, extended key
 * usage, strength of the key.
 */
bool	certificate_purpose_check(const struct certificate *, enum purpose,
	    struct err *) MUST_USE;

/*
 * chain_check looks for a way from the leaf over the untrusted certificates to
 * an anchor, and judges it: dates, purpose, constraints, strength of keys and
 * signatures, revocation. Untrusted ones that cannot be parsed do not matter.
 * out may be NULL.
 */
bool	chain_check(const struct certificate *leaf,
	    const struct span *untrusted,
	    size_t untrusted_count, const struct chain_terms *, struct arena *,
	    struct chain *out, struct err *) MUST_USE;

#endif
