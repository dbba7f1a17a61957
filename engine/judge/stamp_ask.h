/*
 * stamp_ask - timestamp authorities as they are asked by all who want stamps:
 * in the order of their health, with what went wrong told and remembered. No
 * transport.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_STAMP_ASK_H
#define JUDGE_STAMP_ASK_H

#include "judge/stamp_memory.h"
#include "wire/courier.h"

/*
 * The policies that stamps are asked for under: whole OID elements, by the
 * form of an authority. None: there is one form, and any policy will do.
 */
struct stamp_policies {
	const struct span	*oids;
	uint32_t		 count;
};

uint32_t	policies_forms(const struct stamp_policies *);
/* policies_of gives that of a form; empty: any. */
struct span	policies_of(const struct stamp_policies *, uint32_t form);

/* Who is asked, and who is told. */
struct stamp_circle {
	const struct stamp_authority *authorities;
	size_t			 count;		/* <= STAMP_AUTHORITIES */
	struct stamp_policies	 policies;
	struct stamp_memory	*memory;	/* NULL: nothing is kept */

	/* passed: one was passed over, and why. NULL: nobody asks. */
	void	(*passed)(void *arg, struct span url, const struct err *);
	void	*arg;
};

/* All of them, in bits as struct stamp_item has them. */
uint32_t	circle_all(const struct stamp_circle *);

/* circle_ask appends the question of a courier about items. */
void	circle_ask(const struct stamp_circle *, struct stamp_item *,
	    size_t count, uint32_t rounds, uint32_t timeout, struct buf *);

/*
 * circle_hear reads the answer for so many items, of authorities that the
 * items do not pass over, and remembers how they did.
 */
bool	circle_hear(const struct stamp_circle *, struct span body,
	    const struct stamp_item *, size_t count, struct arena *,
	    struct stamped *out, struct err *) MUST_USE;

/* An answer was looked at, and is good, or bad: then the next one is due. */
void	circle_good(const struct stamp_circle *, size_t authority);
void	circle_bad(const struct stamp_circle *, size_t authority,
	    const struct err *);

#endif
