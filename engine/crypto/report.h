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
#include "crypto/cms_extra.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

/*
 * What else is to be said of a signature, good or not: codes and sentences are
 * rows of a table. A finding has a bit (1 << remark) for each.
 */
enum remark {
	REMARK_SHA1,
	REMARK_TIMESTAMP_SHA1,
	REMARK_TIMESTAMP_OLD,
	REMARK_EXPIRED,
	REMARK_LIFETIME,
	REMARK_NO_PURPOSE,
	REMARK_OTHER_TYPE,
	REMARK_OBSOLETE,
	REMARKS
};

struct remark_row {
	const char	*code;		/* "sha1": for programs */
	const char	*text;
};

extern const struct remark_row remark_rows[REMARKS];

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
	int64_t		timestamp;	/* ms since 1970 UTC: the one that
					 * counts, of RFC 3161 if one is */
	struct span	authority;	/* subject of the timestamp's signer */
	bool		timestamp_counter; /* it is a countersignature */
	bool		timestamp_weak;	/* it rests on SHA-1 */
	struct span	*timestamp_chain; /* DER, where it was judged */
	size_t		timestamp_chain_count;
	bool		countered;	/* there is a countersignature besides,
					 * and it is good */
	int64_t		counter_time;	/* ms since 1970 UTC */
	struct span	counter_authority;
	bool		weak;		/* signature or chain rest on SHA-1 */
	struct span	*chain;		/* DER, signer first; where judged */
	size_t		chain_count;
	bool		lifetime;	/* no timestamp extends its validity */
	unsigned	remarks;	/* bits of enum remark */
	struct cms_extras extras;	/* what its message carries besides */
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
	/*
	 * What rests on SHA-1 is told, and good where a timestamp says that it
	 * is from a time when nobody could forge it: for files of others.
	 */
	bool			 old;
};

/*
 * Until 2016 Windows took code signed over SHA-1; the first forgery was shown
 * in 2017 ("SHAttered"). 2016-01-01T00:00:00Z, ms since 1970.
 */
#define REPORT_OLD_UNTIL	INT64_C(1451606400000)

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
 * timestamp_check, TIMESTAMP-FUTURE (it is from the future).
 */
bool		 finding_stamp(struct finding *, const struct cms_signer *,
		    struct span token, const struct judge_terms *,
		    bool embedded, struct arena *, struct err *) MUST_USE;

/*
 * finding_counter does so for a countersignature; a token, if there is one,
 * goes before it. Errors: those of countersignature_check, TIMESTAMP-FUTURE.
 */
struct cms;
bool		 finding_counter(struct finding *, const struct cms *around,
		    const struct cms_signer *, struct span der,
		    const struct judge_terms *, struct arena *, struct err *)
		    MUST_USE;

/*
 * finding_chain judges the signer's chain at the time of its timestamp, else
 * now, and fills in chain and weak. Without roots it judges nothing.
 */
bool		 finding_chain(struct finding *, const struct cms *,
		    const struct certificate *, enum purpose, int64_t at,
		    const struct judge_terms *, struct arena *, struct err *)
		    MUST_USE;

#endif
