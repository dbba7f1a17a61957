/*
 * cosignature - what a witness says of a checkpoint (C2SP tlog-cosignature,
 * signed-note type 04): "the largest tree of this log that I saw, and it only
 * grew".
 *
 *	cosignature/v1
 *	time 1764155580			seconds since 1970 UTC
 *	example.com/log			the text of the checkpoint
 *	42
 *	<base64 of the root>
 *
 * is signed by Ed25519. The line in the note holds key id (4), time (8, big
 * endian) and signature (64).
 */
#ifndef CRYPTO_COSIGNATURE_H
#define CRYPTO_COSIGNATURE_H

#include "crypto/note.h"

/* Two phases: what is signed at a time (it borrows from message) ... */
void	cosignature_plan(struct span text, uint64_t time,
	    struct buf *message, struct to_be_signed *out);
/* ... and the line of it, with its LF; the value is checked first. */
bool	cosignature_finish(const struct note_key *, struct span text,
	    uint64_t time, struct span value, struct buf *line, struct err *)
	    MUST_USE;

/*
 * cosignature_line_check demands that one line is this witness's and good for
 * the text. *time (may be NULL) is when. Errors: NOTE-UNSIGNED (somebody
 * else's), SIGNATURE-BAD.
 */
bool	cosignature_line_check(const struct note_line *, struct span text,
	    const struct note_key *, uint64_t *time, struct err *) MUST_USE;

/*
 * cosignature_count counts the witnesses that cosigned a note. A line of a
 * known witness that is bad is an error, those of others are passed over.
 */
bool	cosignature_count(const struct note *, const struct note_key *keys,
	    size_t count, size_t *good, struct err *) MUST_USE;

#endif
