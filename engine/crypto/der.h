/*
 * der - the distinguished encoding of ASN.1 (ITU-T X.690), read strictly and
 * written.
 *
 * A struct der walks the elements of a span as struct reader walks bytes: an
 * element that is not there, or is no DER (long tags, indefinite or padded
 * lengths), makes it bad for good and reads as empty. So: read a whole
 * structure, then ask der_end() or der_ok() once. There is no recursion here:
 * the depth of what is read is the depth of the code that reads it.
 */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum der_tag {
	DER_BOOLEAN	= 0x01,
	DER_INTEGER	= 0x02,
	DER_BIT_STRING	= 0x03,
	DER_OCTETS	= 0x04,
	DER_NULL	= 0x05,
	DER_OID		= 0x06,
	DER_ENUMERATED	= 0x0a,
	DER_UTF8	= 0x0c,
	DER_PRINTABLE	= 0x13,
	DER_IA5		= 0x16,
	DER_UTC_TIME	= 0x17,
	DER_TIME	= 0x18,		/* GeneralizedTime */
	DER_BMP		= 0x1e,
	DER_SEQUENCE	= 0x30,
	DER_SET		= 0x31,
};
#define DER_CONTEXT(n)	(0x80 | (n))	/* [n] IMPLICIT, primitive */
#define DER_EXPLICIT(n)	(0xa0 | (n))	/* [n] EXPLICIT, or constructed */

struct der {
	struct span	rest;
	bool		bad;
};

struct der	der_read(struct span);
bool		der_ok(const struct der *);
/* der_end tells that all was read, and nothing was bad. */
bool		der_end(const struct der *);
/* der_tag gives the tag of the next element; 0: there is none. */
unsigned	der_tag(const struct der *);

/* der_value gives the contents of the next element, which has this tag. */
struct span	der_value(struct der *, unsigned tag);
/* der_whole gives tag, length and contents; DER_ANY takes every tag. */
#define DER_ANY	0U
struct span	der_whole(struct der *, unsigned tag);
/* der_enter walks the contents of the next element. */
struct der	der_enter(struct der *, unsigned tag);
/* The same for what may be absent: then empty, and nothing is read. */
struct span	der_value_if(struct der *, unsigned tag);
struct der	der_enter_if(struct der *, unsigned tag);
/* der_skip_to_end forgets what is left: for open-ended structures. */
void		der_skip_rest(struct der *);

/* der_unsigned is an INTEGER >= 0 without its leading zero byte. */
struct span	der_unsigned(struct der *);
/* der_small is an INTEGER from 0 to UINT32_MAX. */
uint32_t	der_small(struct der *);
/* A BOOLEAN with DEFAULT FALSE: absent is false, a coded false is bad. */
bool		der_flag(struct der *);
/* An AlgorithmIdentifier: parameters is the whole element, or empty. */
struct span	der_algorithm(struct der *, struct span *parameters);

/*
 * der_time reads UTCTime or GeneralizedTime (RFC 5280 4.1.2.5: seconds, Z);
 * a fraction only as RFC 3161 has it. Milliseconds since 1970.
 */
int64_t		der_time(struct der *);

/*
 * Writing. der_open begins an element whose contents follow, der_close ends
 * it and fills in the length.
 */
size_t		der_open(struct buf *, unsigned tag);
void		der_close(struct buf *, size_t opened);
void		der_put(struct buf *, unsigned tag, struct span value);
/* der_put_unsigned writes an INTEGER from big-endian bytes, >= 0. */
void		der_put_unsigned(struct buf *, struct span);
void		der_put_small(struct buf *, uint64_t);
void		der_put_true(struct buf *);
void		der_put_null(struct buf *);
/* der_put_bmp writes UTF-8 as UTF-16, as Windows does; false: it is none. */
bool		der_put_bmp(struct buf *, unsigned tag, struct span utf8)
		    MUST_USE;
/* AlgorithmIdentifier of an OID (whole element) with NULL, or with nothing. */
void		der_put_algorithm(struct buf *, struct span oid, bool null);
/* UTCTime until 2049, else GeneralizedTime (RFC 5280); whole seconds. */
void		der_put_time(struct buf *, int64_t ms);
/* GeneralizedTime with milliseconds if there are any (RFC 3161 2.4.2). */
void		der_put_precise_time(struct buf *, int64_t ms);
/* der_put_set writes whole elements in the order of DER (X.690 11.6). */
void		der_put_set(struct buf *, unsigned tag, struct span *elements,
		    size_t count);

#endif
