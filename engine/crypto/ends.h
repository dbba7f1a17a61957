/*
 * ends - until when things count that others issued, from their bytes alone:
 * whether they are any good is for others to say.
 *
 * Nothing of x509.h is needed here, so that folders with words of their own
 * for certificates can use it.
 */
#ifndef CRYPTO_ENDS_H
#define CRYPTO_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

#define END_NEVER	INT64_MAX

struct end {
	struct span	name;	/* whose, for people: "CN=Acme" */
	int64_t		at;	/* ms since 1970 UTC: counts up to this one */
};

/* In the order of the bytes; all of it lies in the arena. */
struct ends {
	struct end	*items;
	size_t		 count;
};

/* ends_of: those of one kind of bytes. */
typedef bool ends_of(struct span bytes, struct arena *, struct ends *out,
    struct err *);

/*
 * Certificates, PEM or one DER (notAfter, RFC 5280 4.1.2.5), by subject.
 * Errors: those of certificates_parse and certificate_parse.
 */
ends_of	ends_of_certificates;

/*
 * Revocation lists, PEM or one DER (nextUpdate, RFC 5280 5.1.2.5), by issuer.
 * Errors: CRL-MALFORMED, CRL-UNSUPPORTED.
 */
ends_of	ends_of_lists;

/*
 * The certificate of a timestamp token's signer (RFC 3161 2.4.2), and of those
 * that came along who issued it, in that order, by subject. Others that came
 * along are passed over: nobody signed for them. Errors: CMS-....
 */
ends_of	ends_of_token;

/*
 * OpenPGP keys, and their subkeys that may sign, by id: "key 0123456789ABCDEF",
 * as the newest self-signature of each says (RFC 9580 5.2.3.13). No signature
 * is verified. Those that are revoked are left out. Errors: those of
 * openpgp_split.
 */
ends_of	ends_of_openpgp;

/* ends_add is for them: it appends one to a list. */
bool	ends_add(struct ends *, struct arena *, struct span name, int64_t at,
	    struct err *) MUST_USE;

#endif
