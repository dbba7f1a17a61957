/*
 * timestamp - RFC 3161 from both sides: asking and checking, granting and
 * refusing. No transport, no clock.
 */
#ifndef CRYPTO_TIMESTAMP_H
#define CRYPTO_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/cms.h"
#include "crypto/digest.h"
#include "crypto/identity.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

struct timestamp_request {
	struct digest	imprint;	/* of the signature value */
	struct span	nonce;		/* big-endian, random; empty: none */
	struct span	policy;		/* whole OID element; empty: any */
	bool		certificates;	/* certReq */
};

/* timestamp_request_write appends the DER of a request. */
void	timestamp_request_write(const struct timestamp_request *, struct buf *);

bool	timestamp_request_parse(struct span der, struct timestamp_request *out,
	    struct err *) MUST_USE;

/* What a token says. Spans lie in the token or in the arena. */
struct timestamp {
	int64_t			time;		/* genTime, ms since 1970 UTC */
	struct digest		imprint;
	struct span		serial;		/* contents of the INTEGER */
	struct span		nonce;		/* without leading zeros */
	struct span		policy;		/* whole OID element */
	struct certificate	signer;
	enum signature_kind	kind;
	struct chain		chain;		/* where it was judged */
	bool			counter;	/* of the kind before RFC 3161:
						 * countersignature.h */
	bool			weak;		/* it rests on SHA-1 */
};

/* ms that the clocks of an authority and of this machine may differ by. */
#define TIMESTAMP_SKEW	LIMIT_CLOCK_APART

struct timestamp_terms {
	const struct trust	*roots;		/* NULL: chain is not judged */
	const struct timestamp_request *request; /* reply only: what we asked */
	int64_t			now;		/* ms: for skew, and for lists
						 * of what is revoked; 0: these
						 * count at the time stated */
	int64_t			skew;		/* ms around now; 0: any time */
	/*
	 * A token found in a file, not one that we asked for: Microsoft's own
	 * authorities left extendedKeyUsage uncritical until 2021, and Windows
	 * takes their tokens. It must still be the only use.
	 */
	bool			embedded;
	/*
	 * SHA-1 is told, not refused. A timestamp says no more than that a
	 * value was there: who could make two values of one digest had both.
	 */
	bool			old;
};

/*
 * timestamp_reply_check does all of the reply: status, then the token as
 * timestamp_check does, then nonce, policy and time. *token lies in the reply.
 * What is wrong with the authority's own certificate is TIMESTAMP-PURPOSE and
 * TIMESTAMP-EXPIRED.
 */
bool	timestamp_reply_check(struct span reply,
	    const struct timestamp_terms *, struct arena *, struct span *token,
	    struct timestamp *out, struct err *) MUST_USE;

/*
 * timestamp_check judges a stored token over a signature value (for CMS and
 * Authenticode the octets as stored), its chain at the time that it names.
 */
bool	timestamp_check(struct span token, struct span value,
	    const struct timestamp_terms *, struct arena *,
	    struct timestamp *out, struct err *) MUST_USE;

/*
 * timestamp_signer_check judges the certificate that a timestamp was made
 * with, at out->time; others of its chain may be in the message. It fills in
 * chain, and weak if the chain is.
 */
bool	timestamp_signer_check(const struct certificate *, const struct cms *,
	    const struct timestamp_terms *, struct arena *,
	    struct timestamp *out, struct err *) MUST_USE;

/* ---- the authority's side */

/* What an authority says in a token. */
struct timestamp_grant {
	struct span	policy;		/* whole OID element */
	struct span	serial;		/* big-endian bytes */
	int64_t		time;		/* ms since 1970 UTC */
	uint32_t	accuracy_ms;	/* 0: not stated */
};

bool	timestamp_plan(const struct timestamp_request *,
	    const struct timestamp_grant *, const struct signing_identity *,
	    struct arena *, struct cms_draft **draft, struct to_be_signed *,
	    struct err *) MUST_USE;

/* timestamp_finish gives the whole reply. */
bool	timestamp_finish(const struct cms_draft *, struct span signature,
	    struct arena *, struct span *reply, struct err *) MUST_USE;

/* RFC 3161 2.4.2, PKIFailureInfo: the bit. */
enum timestamp_failure {
	TIMESTAMP_BAD_ALGORITHM		= 0,
	TIMESTAMP_BAD_REQUEST		= 2,
	TIMESTAMP_BAD_FORMAT		= 5,
	TIMESTAMP_TIME_NOT_AVAILABLE	= 14,
	TIMESTAMP_UNACCEPTED_POLICY	= 15,
	TIMESTAMP_UNACCEPTED_EXTENSION	= 16,
	TIMESTAMP_INFO_NOT_AVAILABLE	= 17,
	TIMESTAMP_SYSTEM_FAILURE	= 25,
};

/* timestamp_failure_of is what a request deserves that was not understood. */
enum timestamp_failure	timestamp_failure_of(const struct err *);

/* timestamp_refuse appends a reply that grants nothing. */
void	timestamp_refuse(enum timestamp_failure, const char *text,
	    struct buf *reply);

#endif
