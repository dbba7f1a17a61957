/*
 * openpgp_protocol - what is asked of the verifier process, and its answers.
 *
 * OpenPGP is checked by gpg, in a process of its own that may do nothing else.
 * It gets the declared keys once, then any number of questions, and ends when
 * the channel closes:
 *
 *	KEYS	1 blob: u32 count, then per key u32 index, str keyring
 *	READY	u32 how many questions are best asked at once
 *	CHECK	2 blobs: payload, armor; body: u32 number of the question, u64
 *		seconds since 1970 at which keys must be valid
 *	SIGNER	u32 number, u32 index of the key, str fingerprint of the
 *		primary key
 *	REFUSED	u32 number (0: of KEYS), str code, str text
 *
 * Requests are even, answers odd. Answers come when they are found, in any
 * order. A blob is a descriptor of a file in memory, because payloads and
 * keyrings are larger than a frame. This stands in git/ and not in verifier/,
 * so that those who ask have no header of gpgme's; the channel comes in as two
 * functions, so that git/ has none of the system's.
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
 * How questions travel: ask sends one frame with blobs, hear waits for an
 * answer. sys/blob.h has both for channels.
 */
struct openpgp_carrier {
	bool	(*ask)(void *arg, uint8_t type, struct span body,
		    const struct span *blobs, size_t count, struct err *);
	bool	(*hear)(void *arg, uint8_t *type, struct buf *body,
		    struct err *);
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

struct openpgp_check {
	uint32_t	number;
	int64_t		seconds;
};

/* The bodies of READY, CHECK, SIGNER and REFUSED. */
void	openpgp_ready_write(uint32_t window, struct buf *);
bool	openpgp_ready_read(struct span, size_t *window, struct err *)
	    MUST_USE;
void	openpgp_check_write(const struct openpgp_check *, struct buf *);
bool	openpgp_check_read(struct span, struct openpgp_check *, struct err *)
	    MUST_USE;
void	openpgp_signer_write(uint32_t number, const struct openpgp_signer *,
	    struct buf *);
bool	openpgp_signer_read(struct span, uint32_t *number,
	    struct openpgp_signer *, struct err *) MUST_USE;
void	openpgp_refused_write(uint32_t number, const struct err *,
	    struct buf *);

/* openpgp_refused_read: why is the refusal; false: it is no such body. */
bool	openpgp_refused_read(struct span, uint32_t *number, struct err *why,
	    struct err *) MUST_USE;

/* openpgp_malformed is GIT-VERIFIER for a message that is not as it should. */
bool	openpgp_malformed(const char *what, struct err *);

#endif
