/*
 * canonical - JSON with one spelling per value (RFC 8785), narrowed.
 *
 * What is hashed or signed as JSON is written here: members sorted bytewise,
 * no white space, integers only. Narrower than the RFC, so that its hard
 * parts (floats, UTF-16 order) cannot occur:
 *
 *	keys		[a-z0-9_], at least one character
 *	numbers		integers below 2^53 in size
 *	null, floats	refused
 *
 * One exception: the maps below the members `files` and `parameters` are
 * tables from a user's name (a path, a parameter) to a text. Their keys are
 * 1 to 255 printable ASCII characters but `"` and `\`, which sort alike in
 * bytes and in UTF-16.
 */
#ifndef CRYPTO_CANONICAL_H
#define CRYPTO_CANONICAL_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

/*
 * canonical_write appends the canonical bytes of a value; ERR_CANONICAL names
 * the member that has none. On error out holds a part of it.
 */
bool	canonical_write(const struct json *, struct buf *out, struct err *)
	    MUST_USE;

/*
 * canonical_parse reads bytes that must be canonical: written again they give
 * the same bytes, else ERR_CANONICAL. The caller releases *out.
 */
bool	canonical_parse(struct span, struct json **out, struct err *) MUST_USE;

#endif
