/*
 * counts - what an engine's signer counted by itself, read from its own state
 * file, also while it runs.
 */
#ifndef DAEMON_COUNTS_H
#define DAEMON_COUNTS_H

#include "config/host.h"
#include "wire/signer.h"

/*
 * counts_of reads signer/state below the engine's folder; whoever asks must be
 * allowed to (it is the signer's own). Errors: FILE-MISSING (also of a signer
 * that never signed), FILE-ACCESS, FILE-KIND, SIGNER-STATE.
 */
bool	counts_of(const struct engine_file *, struct signer_counts *out,
	    struct err *) MUST_USE;

#endif
