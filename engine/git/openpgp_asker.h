/*
 * openpgp_asker - questions to one verifier, some of them ahead of need.
 *
 * The verifier checks several signatures at once, and who asks wants to know
 * of one after the other. So what will be asked soon can be said beforehand;
 * the answer waits here until its turn. An answer is good for the bytes, the
 * signature and the time that it was asked about, and for the keys that this
 * verifier has; for nothing else.
 */
#ifndef GIT_OPENPGP_ASKER_H
#define GIT_OPENPGP_ASKER_H

#include "crypto/digest.h"
#include "git/openpgp_protocol.h"

#define OPENPGP_ASKED	32	/* questions ahead of need, at most */

/* What is asked: the signer of payload. */
struct openpgp_question {
	struct span	payload;
	struct span	armor;
	int64_t		seconds;	/* since 1970: when keys must hold */
};

struct openpgp_asked {
	uint32_t		number;
	struct digest		question;
	bool			answered;
	bool			good;
	struct openpgp_signer	signer;		/* good */
	struct err		why;		/* not good */
};

/* Zero-initialise but for carrier. */
struct openpgp_asker {
	const struct openpgp_carrier	*carrier;
	size_t			 window;	/* best asked at once */
	uint32_t		 last;		/* number of a question */
	bool			 hurried;	/* something was asked ahead */
	struct openpgp_asked	 asked[OPENPGP_ASKED];
	size_t			 count;
};

/*
 * verifier_keys hands over the declared keys; once, before any question.
 * verifier_ask asks who signed payload. Errors: GIT-SIGNER-UNKNOWN,
 * GIT-SIGNATURE-BAD, -WEAK, -MALFORMED, -TWICE, GIT-SIGNER-KEY,
 * GIT-VERIFIER; those of the channel.
 */
bool	verifier_keys(struct openpgp_asker *, const struct openpgp_key *,
	    size_t count, struct err *) MUST_USE;
bool	verifier_ask(struct openpgp_asker *, const struct openpgp_question *,
	    struct openpgp_signer *, struct err *) MUST_USE;

/* verifier_room tells how many more may be asked ahead of need. */
size_t	verifier_room(const struct openpgp_asker *);

/*
 * verifier_ahead says what verifier_ask will ask soon. It is only advice: what
 * does not come through is asked when its turn comes. verifier_forget: what
 * was asked ahead will not be wanted.
 */
void	verifier_ahead(struct openpgp_asker *,
	    const struct openpgp_question *);
void	verifier_forget(struct openpgp_asker *);

#endif
