/*
 * signed_message - signatures of people with X.509 certificates, as gpgsm and
 * git (gpg.format=x509) make them: a detached CMS (RFC 5652) in base64 between
 * -----BEGIN SIGNED MESSAGE----- and -----END SIGNED MESSAGE-----.
 *
 * Nothing of x509.h is needed here, so that folders with words of their own
 * for purposes can use it.
 */
#ifndef CRYPTO_SIGNED_MESSAGE_H
#define CRYPTO_SIGNED_MESSAGE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"

/* Who made a signature, by itself; spans lie in the arena. */
struct message_signer {
	struct span	 certificate;	/* DER */
	struct digest	 thumbprint;	/* SHA-256 of it */
	struct span	 subject;	/* RFC 4514 text */
	const struct span *names;	/* "email:...", "uri:...", "dns:..." */
	size_t		 name_count;
	const struct span *others;	/* DER of what came along */
	size_t		 other_count;
};

/*
 * signed_message_check demands exactly one signer with signed attributes, over
 * this very payload, by a SHA-2 digest, and nothing but the signature in the
 * message. Known certificates (DER) serve where the message has left its own
 * out, as gpgsm does with one that nobody else issued. Whether the signer is to
 * be trusted is another question. Errors: CMS-..., DIGEST-WEAK, SIGNATURE-BAD
 * and those of certificates.
 */
bool	signed_message_check(struct span armor, struct span payload,
	    const struct span *known, size_t count, struct arena *,
	    struct message_signer *, struct err *) MUST_USE;

/* Authorities that vouch for people, and what they have revoked. */
struct people_trust;

/*
 * people_trust_make reads roots (PEM) and revocation lists (PEM or DER); with
 * lists, each certificate below a root must be covered by one. Errors: those
 * of certificates_parse and trust_add_crl.
 */
bool	people_trust_make(struct span roots, const struct span *lists,
	    size_t count, struct people_trust **out, struct err *) MUST_USE;
void	people_trust_free(struct people_trust *);
DEFINE_CLEANUP(struct people_trust, people_trust_done, people_trust_free);

/*
 * people_trust_check judges a signer's certificate at a time (milliseconds),
 * by authorities; NULL: by itself, as one that was declared. With by_name it
 * must also be one for people: without extendedKeyUsage, or with
 * emailProtection or codeSigning. A list must have been valid then, or have
 * been issued later. Errors: CERTIFICATE-..., CRL-....
 */
bool	people_trust_check(const struct people_trust *,
	    const struct message_signer *, bool by_name, int64_t at,
	    struct arena *, struct err *) MUST_USE;

/*
 * people_certificate gives the DER of the only certificate in a file (PEM or
 * DER). Errors: CERTIFICATE-MALFORMED, CERTIFICATE-NONE, CERTIFICATE-KEY
 * (there are several).
 */
bool	people_certificate(struct span file, struct arena *, struct span *der,
	    struct err *) MUST_USE;

#endif
