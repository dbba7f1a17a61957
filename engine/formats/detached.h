/*
 * detached - verbs of the formats whose signature is a file of its own: CMS
 * SignedData without content (RFC 5652), in DER or PEM, over all bytes.
 */
#ifndef FORMATS_DETACHED_H
#define FORMATS_DETACHED_H

#include "formats/formats.h"

bool	detached_plan(const struct subject *, const struct directive *,
	    const struct signing_identity *, struct plan *, struct err *);
bool	detached_apply(const struct subject *, const struct directive *,
	    const struct signing_identity *, const struct plan *,
	    const struct sealed *, struct rope *out, struct err *);
/*
 * detached_stamp gives a detached signature, in the form that it has, with a
 * timestamp in place of those of its only signer (CMS-SIGNERS).
 */
bool	detached_stamp(const struct subject *, const struct rope *detached,
	    struct span token, struct rope *out, struct err *) MUST_USE;

bool	detached_check(const struct subject *, const struct check_terms *,
	    struct findings *, struct err *);

#endif
