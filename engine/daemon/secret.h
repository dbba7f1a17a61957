/*
 * secret - private to daemon/: the secrets of engine.yaml's credentials.
 *
 * (PINs are not read here: they are the signer's, see keys/pin.h.)
 */
#ifndef DAEMON_SECRET_H
#define DAEMON_SECRET_H

#include "config/host.h"

#define SECRET_SIZE	16384	/* bytes: signed tokens are long */

struct secret {
	uint8_t	bytes[SECRET_SIZE];
	size_t	len;
};

/*
 * secret_read fetches a secret: one line, its line end is dropped. *out must
 * be wiped by secret_wipe. A file that everybody may read is refused. Errors:
 * SECRET-SOURCE, SECRET-EXPOSED.
 */
bool	secret_read(const struct secret_source *, struct secret *out,
	    struct err *) MUST_USE;

/* secret_wipe overwrites it; the compiler cannot leave it out. */
void	secret_wipe(struct secret *);

#endif
