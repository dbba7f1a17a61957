/*
 * findings - how rules note reasons. Only for use inside of policy/.
 */
#ifndef POLICY_FINDINGS_H
#define POLICY_FINDINGS_H

#include "policy/policy.h"

/* What is under way: where reasons are put. */
struct judging {
	const struct config	*config;
	struct arena		*arena;
	struct decision		*decision;
	bool			 no_memory;
};

/* finding_met notes a reason that speaks for it. */
void	finding_met(struct judging *, const char *rule, const char *fmt, ...)
	    PRINTF(3, 4);

/* finding_unmet notes one against; it returns false. */
bool	finding_unmet(struct judging *, const char *rule, enum err_code,
	    const char *fmt, ...) PRINTF(4, 5);

/* finding_hint gives the last finding advice of its own. */
void	finding_hint(struct judging *, const char *fmt, ...) PRINTF(2, 3);

/* finding_cause gives the last finding a finer code; NULL: none. */
void	finding_cause(struct judging *, const struct err_row *);

/*
 * signature_judge tells whose signature it is: a person that is enabled, with
 * a key that was valid when the signature was first seen. NULL: noted why not.
 */
const struct person *signature_judge(struct judging *, const char *rule,
	    const struct signature_fact *);

/* A whole list appended to one of the decision's lists; false: no memory. */
bool	judging_push(struct judging *, void *list, const void *item,
	    size_t size);

#endif
