/*
 * openpgp - files of OpenPGP public keys, as gpg exports them (RFC 9580, 3.5,
 * 4.2, 6.2, 10.1): where a key begins and ends, and whom it names. Signatures
 * are not looked at: that is for the verifier.
 *
 *	-----BEGIN PGP PUBLIC KEY BLOCK-----	or the packets as they are
 *	Header: value
 *						an empty line
 *	base64, "=" and a CRC-24 in base64
 *	-----END PGP PUBLIC KEY BLOCK-----
 *
 *	public key (6), then user ids (13), attributes (17), subkeys (14) and
 *	signatures (2); the next public key begins another.
 */
#ifndef CRYPTO_OPENPGP_H
#define CRYPTO_OPENPGP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

#define OPENPGP_NAMES	16	/* user ids of a key that are looked at */

/* One public key; names borrow from what was read. */
struct openpgp_public {
	struct span	packets;	/* in the arena, without what is no
					 * part of the key */
	struct span	names[OPENPGP_NAMES];	/* "Alice <alice@x>" */
	size_t		name_count;
};

/*
 * openpgp_split finds the keys in a file, which may be armored. Errors:
 * OPENPGP-KEY-MALFORMED, OPENPGP-KEY-SECRET.
 */
bool	openpgp_split(struct arena *, struct span file,
	    struct openpgp_public **out, size_t *count, struct err *) MUST_USE;

/* Appends packets as an armored public key; a comment goes above them. */
void	openpgp_armor(struct span packets, struct buf *out);
void	openpgp_armor_comment(struct span packets, const char *comment,
	    struct buf *out);

#endif
