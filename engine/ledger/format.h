/*
 * format - the two files that are written at genesis and never change.
 *
 *	tagseal-ledger 1
 *	origin <name of the log>
 *	leaf rfc6962-sha256 file-bytes
 *	log <verifier key of checkpoints>
 *	commits <SSH public key>		of the first engine
 *
 * What can change later is no part of it: see engines.h for other engines.
 */
#ifndef LEDGER_FORMAT_H
#define LEDGER_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/note.h"
#include "crypto/sshsig.h"

struct ledger_format {
	struct span	origin;
	struct note_key	log;
	struct ssh_key	commits;
};

/* format_write appends the file; the origin is the name of the log's key. */
void	ledger_format_write(const struct ledger_format *, struct buf *out);

/*
 * format_parse reads the file, which must be as we write it; what it gives
 * lives in the arena. ERR_LEDGER_FORMAT.
 */
bool	ledger_format_parse(struct arena *, struct span,
	    struct ledger_format *out, struct err *) MUST_USE;

/* The README.md of a ledger: what it is and how to check it. */
void	ledger_readme_write(const struct ledger_format *, struct buf *out);

#endif
