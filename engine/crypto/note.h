/*
 * note - signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).
 *
 *	example.com/log			origin	\
 *	42				size	 | the text that is signed,
 *	<base64 of the root>			/  with its last LF
 *						<- an empty line
 *	— example.com/log <base64>		key id (4) || signature
 *	— someone.else <base64>		lines of unknown keys are kept
 *
 * A verifier key ("vkey") is name+hex(id)+base64(type || key). Type 01 is
 * Ed25519 over the text, type 02 ECDSA P-256 with SHA-256, its signature in
 * DER and its key as SubjectPublicKeyInfo. Type 04 is that of a witness: see
 * cosignature.h. Lines of other types are no business of ours.
 */
#ifndef CRYPTO_NOTE_H
#define CRYPTO_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/merkle.h"
#include "crypto/signature.h"

struct note_key {
	struct span		 name;
	uint32_t		 id;
	uint8_t			 type;		/* 1 or 2; 4: a witness's */
	struct span		 public_key;	/* SubjectPublicKeyInfo, DER */
};

/*
 * note_key_parse reads a log's vkey; what *out holds lives in the arena. That
 * of a witness is none: it signs something else.
 */
bool	note_key_parse(struct arena *, struct span vkey, struct note_key *out,
	    struct err *) MUST_USE;

/* note_key_make names a public key: Ed25519 or ECDSA P-256. */
bool	note_key_make(struct arena *, struct span name, struct span public_key,
	    struct note_key *out, struct err *) MUST_USE;

/* The same for a witness (cosignature.h): Ed25519 only. */
bool	cosigner_parse(struct arena *, struct span vkey, struct note_key *out,
	    struct err *) MUST_USE;
bool	cosigner_make(struct arena *, struct span name,
	    struct span public_key, struct note_key *out, struct err *)
	    MUST_USE;

/* note_key_write appends the vkey. */
void	note_key_write(const struct note_key *, struct buf *out);

struct note_line {
	struct span	name;
	uint32_t	id;
	struct span	signature;	/* without the key id */
};

struct note {
	struct span		 text;	/* with its final LF */
	struct note_line	*lines;
	size_t			 count;
};

/* A signature line without its LF, and with it. */
bool	note_line_parse(struct arena *, struct span line,
	    struct note_line *out, struct err *) MUST_USE;
void	note_line_write(const struct note_key *, struct span signature,
	    struct buf *out);

/* note_line_by tells if a line says that it is by a key. */
bool	note_line_by(const struct note_line *, const struct note_key *);

/* note_parse splits a note; text and names borrow from the bytes. */
bool	note_parse(struct arena *, struct span, struct note *out,
	    struct err *) MUST_USE;

/*
 * note_check demands a good signature by this key, and no bad one.
 * ERR_NOTE_UNSIGNED: the key did not sign; ERR_SIGNATURE_BAD: it did not sign
 * this text.
 */
bool	note_check(const struct note *, const struct note_key *, struct err *)
	    MUST_USE;

/*
 * note_verify is note_check against a set: each line of a known key must be
 * good and at least one must be there; *good counts them (may be NULL).
 */
bool	note_verify(const struct note *, const struct note_key *keys,
	    size_t count, size_t *good, struct err *) MUST_USE;

/* Two phases: what is to be signed for a text (borrowed) ... */
void	note_plan(const struct note_key *, struct span text,
	    struct to_be_signed *out);
/* ... and the note from text and the bare value, which is checked first. */
bool	note_finish(const struct note_key *, struct span text,
	    struct span value, struct buf *out, struct err *) MUST_USE;

struct checkpoint {
	struct span		origin;
	uint64_t		size;
	struct merkle_hash	root;
};

/* The text of a note; extension lines are refused (we write none). */
void	checkpoint_write(const struct checkpoint *, struct buf *out);
bool	checkpoint_parse(struct span text, struct checkpoint *out,
	    struct err *) MUST_USE;

/* checkpoint_parse_extended lets more lines be: logs of others have them. */
bool	checkpoint_parse_extended(struct span text, struct checkpoint *out,
	    struct err *) MUST_USE;

/*
 * checkpoint_verify reads a note, demands the key's signature and that the
 * origin is the key's name, and gives the checkpoint (borrowing from note).
 */
bool	checkpoint_verify(struct span note, const struct note_key *,
	    struct checkpoint *out, struct err *) MUST_USE;

#endif
