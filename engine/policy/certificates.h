/*
 * certificates - the rules that a certificate brings with it. Only for use
 * inside of policy/.
 */
#ifndef POLICY_CERTIFICATES_H
#define POLICY_CERTIFICATES_H

#include "policy/findings.h"

/* certificate_judge_state: retired and revoked ones sign nothing. */
void	certificate_judge_state(struct judging *, const char *rule,
	    const struct certificate *, const struct policy *);

/*
 * certificate_judge_use: its hours and its signatures of the day allow a
 * request. false: noted, with when it goes on.
 */
bool	certificate_judge_use(struct judging *, const struct request_facts *,
	    const struct certificate *);

#endif
