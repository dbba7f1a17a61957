/*
 * digest - hash functions over spans and ropes (FIPS 180-4).
 *
 * SHA-1 is known only because old formats carry it and git names objects by
 * it; nothing is ever signed or accepted on its strength.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rope.h"

#define DIGEST_MAX	64	/* bytes of the longest digest */

enum digest_kind {
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_KINDS
};

struct digest_row {
	const char	*name;		/* "sha256", as config files write it */
	const char	*ssh_name;	/* RFC 4253 style, NULL: has none */
	size_t		 size;		/* bytes */
	struct span	 oid;		/* DER of the OBJECT IDENTIFIER */
	bool		 weak;		/* never good enough to rely on */
};

/* digest_rows is the table of hash functions, indexed by enum digest_kind. */
extern const struct digest_row digest_rows[DIGEST_KINDS];

/* digest_find looks a name up ("sha256"). */
bool	digest_find(struct span name, enum digest_kind *out) MUST_USE;
bool	digest_find_oid(struct span oid, enum digest_kind *out) MUST_USE;

struct digest {
	enum digest_kind kind;
	uint8_t		 bytes[DIGEST_MAX];
	size_t		 len;
};

struct span	digest_span(const struct digest *);
bool		digest_eq(const struct digest *, const struct digest *);

/* digest_of hashes a span at once. */
struct digest	digest_of(enum digest_kind, struct span);

/* A running hash; hasher_free(NULL) is fine. */
struct hasher;
struct hasher	*hasher_new(enum digest_kind);
void		 hasher_free(struct hasher *);
DEFINE_CLEANUP(struct hasher, hasher_done, hasher_free);
enum digest_kind hasher_kind(const struct hasher *);
void		 hasher_put(struct hasher *, struct span);
bool		 hasher_put_rope(struct hasher *, const struct rope *,
		    uint64_t off, uint64_t len, struct err *) MUST_USE;
/* hasher_end gives the digest and makes the hasher ready for another. */
struct digest	 hasher_end(struct hasher *);

/* digest_rope hashes a whole rope. */
bool		 digest_rope(enum digest_kind, const struct rope *,
		    struct digest *out, struct err *) MUST_USE;

/*
 * A trail remembers how far the hash of one rope had got at some points on the
 * way: a rope that begins with the same extents is hashed from there on. For
 * an archive of which only the end was changed. digest_trail_free(NULL) is
 * fine; the extents of the first rope must outlive it.
 */
struct digest_trail;
struct digest_trail *digest_trail_new(enum digest_kind);
void		 digest_trail_free(struct digest_trail *);
DEFINE_CLEANUP(struct digest_trail, digest_trail_done, digest_trail_free);

/* digest_trail_rope is digest_rope; the first rope is the one remembered. */
bool		 digest_trail_rope(struct digest_trail *, const struct rope *,
		    struct digest *out, struct err *) MUST_USE;

/* digest_hex gives lower-case hex for messages. */
struct digest_hex { char text[2 * DIGEST_MAX + 1]; };
struct digest_hex digest_hex(const struct digest *);

#endif
