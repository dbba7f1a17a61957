/*
 * bag - certificates as authorities hand them out: PEM, DER, and PKCS#7 or CMS
 * that only carries certificates (RFC 5652 5.1), also as bare base64, as
 * EST gives it (RFC 7030 4.2.3).
 *
 * Nothing in it is believed: neither its order nor any signature over it.
 */
#ifndef CRYPTO_BAG_H
#define CRYPTO_BAG_H

#include "crypto/x509.h"

struct certificate_bag {
	struct certificate	*items;		/* each once, as they came */
	size_t			 count;
	size_t			 lists;		/* CRLs, passed over */
	size_t			 others;	/* other things, passed over */
};

/*
 * bag_read reads one; spans point into it or into the arena. It takes LIMIT_BAG
 * bytes and LIMIT_BAG_CERTIFICATES certificates. Errors: BAG-MALFORMED,
 * BAG-WEB-PAGE, PEM-MALFORMED, CERTIFICATE-MALFORMED, CERTIFICATE-NONE,
 * LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	bag_read(struct span, struct arena *, struct certificate_bag *out,
	    struct err *) MUST_USE;

/* bag_add adds the certificates of another, each once, without a limit. */
bool	bag_add(struct certificate_bag *, const struct certificate_bag *,
	    struct arena *, struct err *) MUST_USE;

#endif
