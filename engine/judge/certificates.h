/*
 * certificates - the ledger says which certificates there are, in what state,
 * when one was revoked, and which are not there any more: as the config in
 * force says.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_CERTIFICATES_H
#define JUDGE_CERTIFICATES_H

#include "judge/desk.h"

/*
 * certificates_follow writes certificate.added, certificate.changed,
 * certificate.revoked and certificate.removed for what the config in force
 * says of certificates and the ledger does not.
 */
bool	certificates_follow(struct desk *, struct err *) MUST_USE;

/*
 * certificate_members puts what events of a type say of a certificate; a
 * replay makes them again. false: there is no such type.
 */
bool	certificate_members(const char *type, const struct certificate *,
	    struct arena *, struct json *);

#endif
