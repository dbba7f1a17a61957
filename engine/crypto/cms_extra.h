/*
 * cms_extra - what a signed message carries besides what its signature covers
 * and what is needed to check it. Nobody vouches for such bytes: they came in
 * after signing, or could be changed since.
 */
#ifndef CRYPTO_CMS_EXTRA_H
#define CRYPTO_CMS_EXTRA_H

#include "crypto/cms.h"

enum cms_extra_kind {
	CMS_EXTRA_ATTRIBUTE,	/* unsigned, of a type without a use here */
	CMS_EXTRA_CERTIFICATE,	/* in no signer's chain */
	CMS_EXTRA_REVOCATION,	/* CRLs and the like (RFC 5652 10.2.1) */
	CMS_EXTRA_KINDS
};

struct cms_extra_row {
	const char	*name;		/* "unsigned attribute" */
};

extern const struct cms_extra_row cms_extra_rows[CMS_EXTRA_KINDS];

struct cms_extra {
	enum cms_extra_kind	kind;
	struct span		what;	/* dotted OID, or subject (RFC 4514);
					 * empty: it has no name */
	struct span		bytes;	/* what it stands in */
	size_t			size;	/* its own bytes */
};

struct cms_extras {
	struct cms_extra	*items;
	size_t			 count;
};

/*
 * cms_extras_add adds what a message has of it. A certificate is needed when
 * names lead to it from a signer or a countersigner, issuer by issuer; whether
 * that chain is good is chain_check's question. Errors: the budget.
 */
bool	cms_extras_add(const struct cms *, struct arena *,
	    struct cms_extras *, struct err *) MUST_USE;

#endif
