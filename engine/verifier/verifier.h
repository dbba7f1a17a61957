/*
 * verifier - the process that checks OpenPGP signatures.
 *
 * It answers the messages of git/openpgp_protocol.h on one channel and ends
 * when that closes. It may exec gpg and write below one folder; it has no
 * network and sees nothing but keys, payloads and signatures. Checks are done
 * several at once, each by a process of its own (pool.h), within 30 s.
 */
#ifndef VERIFIER_VERIFIER_H
#define VERIFIER_VERIFIER_H

#include <stdbool.h>

#include "base/err.h"

/*
 * verifier_serve answers on the channel fd (taken over) until it closes. Its
 * home lies below folder, which should be in memory ("/dev/shm") and have a
 * short name. Errors: GIT-VERIFIER; those of the channel.
 */
bool	verifier_serve(int fd, const char *folder, struct err *) MUST_USE;

#endif
