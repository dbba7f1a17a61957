/*
 * dsse - signed envelopes of attestations (DSSE v1, envelope and protocol),
 * as build systems write them.
 *
 *	{ "payloadType": "application/vnd.in-toto+json",
 *	  "payload": BASE64,
 *	  "signatures": [ { "keyid": TEXT, "sig": BASE64, "cert": PEM } ] }
 *
 *	What is signed: "DSSEv1" SP length SP payloadType SP length SP payload
 *	(lengths in decimal digits; the payload as it is before base64).
 *
 * keyid is a hint that nobody signed: it is not looked at. "cert" is what some
 * makers add: a certificate with its issuers. A Sigstore bundle is an object
 * that has the envelope in "dsseEnvelope", and the certificates (DER) in
 * "verificationMaterial". Members that are not named here are ignored, as the
 * specification wants it: nothing is concluded from them.
 */
#ifndef CRYPTO_DSSE_H
#define CRYPTO_DSSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

#define DSSE_IN_TOTO	"application/vnd.in-toto+json"

struct dsse_signature {
	struct span	 value;		/* as it was made: ECDSA is DER */
	struct span	*certificates;	/* DER, the signer's first */
	size_t		 certificate_count;
};

/* An envelope; what it points to lives in the arena. */
struct dsse {
	struct span		 payload;	/* of type DSSE_IN_TOTO */
	struct dsse_signature	*signatures;	/* may be none */
	size_t			 count;
};

/*
 * dsse_parse reads a file of one envelope or bundle, or of one on each line
 * (empty lines do not count). Base64 is the standard alphabet with padding in
 * its only form. Errors: DSSE-MALFORMED, DSSE-TYPE (another payload type),
 * JSON-MALFORMED, LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	dsse_parse(struct span file, struct arena *, struct dsse **out,
	    size_t *count, struct err *) MUST_USE;

/* dsse_pae appends what is signed: the pre-authentication encoding. */
void	dsse_pae(struct span type, struct span payload, struct buf *out);

/*
 * Whose signatures count: one key, or whoever has a certificate of an
 * authority with one of these names.
 */
struct dsse_trust {
	struct span		 key;	/* PEM: public key or certificate */
	struct span		 roots;	/* PEM; used if key is empty */
	const struct span	*names;	/* "uri:https://ci.example/a" */
	size_t			 name_count;
};

/*
 * dsse_trust_check tells whether the PEM can be used: DSSE-KEY, and what
 * certificates_parse and public_key_parse say.
 */
bool	dsse_trust_check(const struct dsse_trust *, struct err *) MUST_USE;

/*
 * dsse_verify demands one good signature of somebody trusted; others may be
 * there. RSA (PKCS#1 v1.5 or PSS, SHA-256), ECDSA (P-256 with SHA-256, P-384
 * with SHA-384 or SHA-256, P-521 with SHA-512), Ed25519. Certificates must be
 * valid at a time (ms since 1970). Errors: DSSE-SIGNER, DSSE-KEY,
 * LIMIT-MEMORY.
 */
bool	dsse_verify(const struct dsse *, const struct dsse_trust *, int64_t at,
	    struct arena *, struct err *) MUST_USE;

#endif
