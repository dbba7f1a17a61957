/*
 * path - the chain of one's own certificate, put together from what an
 * authority gave and from other places, before it is signed with.
 *
 * Nobody is trusted here: that the chain ends in a root says that it is whole,
 * not that anybody believes that root.
 */
#ifndef CRYPTO_PATH_H
#define CRYPTO_PATH_H

#include "crypto/bag.h"

struct path_terms {
	enum purpose	purpose;
	int64_t		at;		/* ms: when all must be valid */
	bool		no_root;	/* it may end before the root */
};

/*
 * path_leaf finds the certificate of a key (SubjectPublicKeyInfo), of several
 * the one that begins last. Errors: CERTIFICATE-KEY.
 */
bool	path_leaf(const struct certificate_bag *, struct span spki,
	    const struct certificate **out, struct err *) MUST_USE;

/*
 * path_build orders the chain from the leaf to the root, both in it, and
 * judges it: each signature, that issuers are authorities, how deep they may
 * go, dates, purpose, strength. Errors: those of chain_check; a loop of
 * authorities that certify each other is CERTIFICATE-NO-PATH.
 */
bool	path_build(const struct certificate *leaf,
	    const struct certificate_bag *, const struct path_terms *,
	    struct arena *, struct chain *out, struct err *) MUST_USE;

/*
 * path_end is how far the names lead from the leaf: its issuer is not in the
 * bag; NULL: they lead to a root, or in a circle.
 */
const struct certificate *path_end(const struct certificate *leaf,
	    const struct certificate_bag *);

/* path_signed_by tells whether a signature is by its issuer's key. */
bool	path_signed_by(const struct certificate *,
	    const struct certificate *issuer);

#endif
