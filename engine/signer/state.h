/* state - what the signer remembers across restarts (inside of signer/). */
#ifndef SIGNER_STATE_H
#define SIGNER_STATE_H

#include "wire/signer.h"

struct state {
	int			fd;		/* not ours to close */
	uint64_t		sequence;	/* writes so far */
	struct signer_counts	counts;
};

/*
 * state_open opens the file at a path, and makes it if there is none; the
 * caller closes *fd. Errors: FILE-KIND (a folder, a link, a device),
 * SYSTEM-READ, SYSTEM-WRITE.
 */
bool	state_open(const char *path, int *fd, struct err *) MUST_USE;

/*
 * state_load reads the file; an empty one leaves all as it is, sequence 0 too.
 * Errors: SIGNER-STATE, SYSTEM-READ.
 */
bool	state_load(struct state *, struct err *) MUST_USE;

/* state_save writes counts durably. Errors: SYSTEM-WRITE. */
bool	state_save(struct state *, struct err *) MUST_USE;

#endif
