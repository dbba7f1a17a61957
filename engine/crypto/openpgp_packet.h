/*
 * openpgp_packet - what every OpenPGP file is made of (RFC 9580, 3.2, 4.2,
 * 6.2): armor, packets, numbers.
 */
#ifndef CRYPTO_OPENPGP_PACKET_H
#define CRYPTO_OPENPGP_PACKET_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

#define OPENPGP_FILE	((size_t)16 << 20)	/* bytes, at most */

/* Types of packets (RFC 9580, 5). */
enum openpgp_tag {
	OPENPGP_SIGNATURE	= 2,
	OPENPGP_SECRET_KEY	= 5,
	OPENPGP_KEY		= 6,
	OPENPGP_SECRET_SUBKEY	= 7,
	OPENPGP_MARKER		= 10,
	OPENPGP_TRUST		= 12,
	OPENPGP_USER_ID		= 13,
	OPENPGP_SUBKEY		= 14,
	OPENPGP_ATTRIBUTE	= 17,
	OPENPGP_PADDING		= 21,
	OPENPGP_COMMENT		= 61,
	OPENPGP_TAGS		= 64,
};

struct openpgp_packet {
	uint8_t		tag;
	struct span	whole;
	struct span	body;
};

/* openpgp_broken sets OPENPGP-KEY-MALFORMED. */
bool	openpgp_broken(struct err *, const char *why);
#define openpgp_broken(...)	ERR_FALSE(openpgp_broken(__VA_ARGS__))

/* openpgp_packet_read takes old and new headers, and no lengths in parts. */
bool	openpgp_packet_read(struct reader *, struct openpgp_packet *out,
	    struct err *) MUST_USE;

/* openpgp_packet_put writes a packet with a new header. */
void	openpgp_packet_put(uint8_t tag, struct span body, struct buf *out);

/*
 * openpgp_length_put and openpgp_length read the length of a new packet, or of
 * a subpacket (RFC 9580, 5.2.3.7): partial says that 224 to 254 begin a part,
 * which is refused; else they belong to lengths of two bytes.
 */
void	openpgp_length_put(size_t, struct buf *out);
bool	openpgp_length(struct reader *, bool partial, uint32_t *out) MUST_USE;

/*
 * openpgp_number reads an MPI of at most max bytes in its only form and gives
 * it without its length; openpgp_number_put writes one from big-endian bytes.
 */
bool	openpgp_number(struct reader *, size_t max, struct span *out) MUST_USE;
void	openpgp_number_put(struct span, struct buf *out);

/*
 * openpgp_unarmor gives the packets of a file; of an armored one in the arena.
 * Errors: OPENPGP-KEY-MALFORMED, OPENPGP-KEY-SECRET.
 */
bool	openpgp_unarmor(struct arena *, struct span file, struct span *packets,
	    struct err *) MUST_USE;

#endif
