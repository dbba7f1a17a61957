/*
 * openpgp_protocol - what is asked of the verifier process, and its answers.
 *
 * OpenPGP is checked by gpg, in a process of its own that may do nothing else.
 * It gets the declared keys once, then any number of questions, and ends when
 * the channel closes:
 *
 *	KEYS	1 blob: u32 count, then per key u32 index, str keyring
 *	READY
 *	CHECK	2 blobs: payload, armor; body: u64 seconds since 1970 at which
 *		keys must be valid
 *	SIGNER	u32 index of the key, str fingerprint of the primary key
 *	REFUSED	str code, str text
 *
 * Requests are even, answers odd. A blob is a descriptor of a file in memory,
 * because payloads and keyrings are larger than a frame. This stands in git/
 * and not in verifier/, so that those who ask have no header of gpgme's; the
 * channel comes in as a function, so that git/ has none of the system's.
 */
#ifndef GIT_OPENPGP_PROTOCOL_H
#define GIT_OPENPGP_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum verifier_message {
	VERIFIER_KEYS	= 0,	VERIFIER_READY		= 1,
	VERIFIER_CHECK	= 2,	VERIFIER_SIGNER		= 3,
				VERIFIER_REFUSED	= 5,
};

#define VERIFIER_BLOBS	2	/* of one question, at most */

/*
 * How a question travels. exchange sends one frame with blobs and waits for
 * the answer; sys/blob.h has one for channels.
 */
struct openpgp_carrier {
	bool	(*exchange)(void *arg, uint8_t type, struct span body,
		    const struct span *blobs, size_t count,
		    uint8_t *answer_type, struct buf *answer, struct err *);
	void	*arg;
};

struct openpgp_key {
	uint32_t	index;		/* the asker's own */
	struct span	keyring;	/* armored or binary, one primary key */
};

struct openpgp_signer {
	uint32_t	index;
	char		fingerprint[65];	/* upper-case hex */
};

/* keys_write and keys_read: the blob of KEYS. keys_read fills count rows. */
void	openpgp_keys_write(const struct openpgp_key *, size_t count,
	    struct buf *);
bool	openpgp_keys_read(struct span, struct openpgp_key *, size_t limit,
	    size_t *count, struct err *) MUST_USE;

/* The bodies of CHECK, SIGNER and REFUSED. */
void	openpgp_check_write(int64_t seconds, struct buf *);
bool	openpgp_check_read(struct span, int64_t *seconds, struct err *)
	    MUST_USE;
void	openpgp_signer_write(const struct openpgp_signer *, struct buf *);
bool	openpgp_signer_read(struct span, struct openpgp_signer *,
	    struct err *) MUST_USE;
void	openpgp_refused_write(const struct err *, struct buf *);

/* openpgp_refused_read puts the refusal into e, and is false always. */
bool	openpgp_refused_read(struct span, struct err *);

/*
 * verifier_keys hands over the declared keys; once, before any question.
 * verifier_ask asks who signed payload. Errors: GIT-SIGNER-UNKNOWN,
 * GIT-SIGNATURE-BAD, -WEAK, -MALFORMED, -TWICE, GIT-SIGNER-KEY,
 * GIT-VERIFIER; those of the channel.
 */
bool	verifier_keys(const struct openpgp_carrier *,
	    const struct openpgp_key *, size_t count, struct err *) MUST_USE;
bool	verifier_ask(const struct openpgp_carrier *, struct span payload,
	    struct span armor, int64_t seconds, struct openpgp_signer *,
	    struct err *) MUST_USE;

#endif
