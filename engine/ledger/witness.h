/*
 * witness - what a log and its witness say to each other (C2SP tlog-witness):
 * no transport, no clock, no key.
 *
 *	old 20852014			what the witness saw last
 *	<base64 of 32 bytes>		consistency proof: 63 lines at most
 *	...
 *					an empty line
 *	the checkpoint			signed by the log
 *
 * is the body of POST add-checkpoint. The witness answers 200 and its lines of
 * the note, or one of the statuses below.
 */
#ifndef LEDGER_WITNESS_H
#define LEDGER_WITNESS_H

#include "crypto/cosignature.h"
#include "crypto/merkle.h"

#define WITNESS_LIMIT	((size_t)72 << 10)	/* bytes of one request */

enum witness_status {
	WITNESS_GOOD		= 200,
	WITNESS_MALFORMED	= 400,	/* or old > size */
	WITNESS_UNSIGNED	= 403,	/* not by the log's key */
	WITNESS_UNKNOWN		= 404,	/* no such log */
	WITNESS_CONFLICT	= 409,	/* old is not what it saw last */
	WITNESS_UNPROVEN	= 422,	/* the proof is none, or another root */
};

struct witness_request {
	uint64_t		old;
	struct merkle_proof	proof;
	struct span		note;
};

void	witness_request_write(const struct witness_request *, struct buf *);

/* witness_request_read borrows the note. WITNESS-REQUEST. */
bool	witness_request_read(struct span, struct witness_request *out,
	    struct err *) MUST_USE;

/* A log that is watched, and what was seen of it last. */
struct witness_log {
	struct note_key		key;	/* its name is the origin */
	uint64_t		size;	/* 0: nothing yet */
	struct merkle_hash	root;	/* of size 0: merkle_empty() */
};

struct witness_found {
	size_t			log;	/* which of them */
	struct note		note;
	struct checkpoint	checkpoint;
};

/*
 * witness_judge decides on the body of a request. WITNESS_GOOD: the caller may
 * cosign out->note.text, after it stored out->checkpoint as what it saw last.
 * Else *e says why; out->log is valid for WITNESS_CONFLICT.
 */
enum witness_status witness_judge(struct arena *, const struct witness_log *,
	    size_t count, struct span body, struct witness_found *out,
	    struct err *);

#endif
