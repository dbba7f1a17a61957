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
bool	detached_check(const struct subject *, const struct check_terms *,
	    struct findings *, struct err *);

#endif
