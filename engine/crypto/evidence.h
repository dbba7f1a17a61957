/*
 * evidence - what the maker of a token says of a key, in a certificate request
 * (draft-ietf-lamps-csr-attestation-27; the attribute is id-aa-attestation,
 * which earlier drafts called id-aa-evidence).
 */
#ifndef CRYPTO_EVIDENCE_H
#define CRYPTO_EVIDENCE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/*
 * evidence_bundle makes the AttestationBundle of a file. Without a type the
 * file is one already, in DER. With one (an OID in dots) it is a statement of
 * that type: one element of DER goes in as it is, of PEM certificates the
 * first, with the others as its chain, and anything else as an OCTET STRING.
 * What a statement says is for the authority to judge. Errors:
 * EVIDENCE-MALFORMED, LIMIT-SIZE.
 */
bool	evidence_bundle(struct span file, struct span type, struct arena *,
	    struct span *bundle, struct err *) MUST_USE;

#endif
