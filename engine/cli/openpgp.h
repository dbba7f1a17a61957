/*
 * openpgp - a verifier process for commands that judge signatures.
 *
 *	CLEANUP(openpgp_done) struct openpgp gpg = OPENPGP_NONE;
 *	struct verifier_source source = { openpgp_open, &gpg };
 */
#ifndef CLI_OPENPGP_H
#define CLI_OPENPGP_H

#include "daemon/local.h"
#include "judge/signers.h"
#include "sys/blob.h"

struct openpgp {
	struct local		process;
	struct blob_asker	asker;
	struct openpgp_carrier	carrier;
};

#define OPENPGP_NONE	{ .process = LOCAL_NONE }

/* openpgp_open fits struct verifier_source; it ends the one before. */
bool	openpgp_open(void *openpgp, const struct openpgp_carrier **,
	    struct err *);
void	openpgp_done(struct openpgp *);

#endif
