/*
 * report - what a check tells of each signature that it finds.
 */
#ifndef CRYPTO_REPORT_H
#define CRYPTO_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

/* One signature found in a file. */
struct finding {
	struct err	err;		/* what == NULL: good */
	const char	*method;	/* "authenticode" */
	enum digest_kind digest_kind;
	struct digest	digest;		/* of the file, as signed */
	struct digest	signature_sha256; /* of the bare signature value */
	struct span	value;		/* of the signature, as stored */
	enum signature_kind signature_kind;
	struct span	subject;	/* of the certificate, RFC 4514 */
	struct span	issuer;
	struct span	certificate;	/* DER */
	struct digest	thumbprint;	/* SHA-256 of certificate */
	struct span	description;
	struct span	description_url;
	bool		pages;		/* with page hashes, of page_kind */
	enum digest_kind page_kind;
	bool		timestamped;
	int64_t		timestamp;	/* ms since 1970 UTC */
	struct span	authority;	/* subject of the timestamp's signer */
	unsigned	nested;		/* 0: outermost; n: n-th nested one */
};

struct findings {
	struct finding	*items;
	size_t		 count;
};

/* findings_add makes room for one more, zeroed; NULL: budget. */
struct finding	*findings_add(struct findings *, struct arena *) MUST_USE;

/* Against whom signatures are judged. */
struct judge_terms {
	const struct trust	*roots;		/* NULL: chains not judged */
	const struct trust	*timestamp_roots; /* NULL: roots serve */
	int64_t			 now;		/* ms since 1970 UTC */
};

/*
 * finding_describe fills in who signed and how; spans lie where the
 * certificate's do, or in the arena. Errors: those of cms_raw_value.
 */
struct cms_signer;
bool		 finding_describe(struct finding *, const struct cms_signer *,
		    const struct certificate *, struct arena *, struct err *)
		    MUST_USE;

/*
 * finding_stamp judges the token over the signer's value and fills in time and
 * authority. embedded: as in struct timestamp_terms. Errors: those of
 * timestamp_check.
 */
bool		 finding_stamp(struct finding *, const struct cms_signer *,
		    struct span token, const struct judge_terms *,
		    bool embedded, struct arena *, struct err *) MUST_USE;

#endif
