/*
 * provenance - the rule about what build systems say of the artifacts of a
 * release. Only for use inside of policy/.
 *
 * For each artifact there must be an attestation that holds, and none of a
 * trusted build system about these bytes that does not. It holds if
 *	- a key of a build system that the policy names signed it;
 *	- one of its subjects is the artifact, by SHA-256;
 *	- it comes from a builder, and is of a build type, of that build system;
 *	- what it names first as its source is this repository, at the commit
 *	  that is released; if it names the repository again, then so;
 *	- the parameters of the build are those that the policy allows.
 * What nobody trusted signed, what cannot be read and what is about other
 * bytes says nothing: it is told of if there is nothing better.
 */
#ifndef POLICY_PROVENANCE_H
#define POLICY_PROVENANCE_H

#include "policy/findings.h"

void	provenance_judge(struct judging *, const char *rule,
	    const struct release_facts *, const struct project *,
	    const struct policy *);

#endif
