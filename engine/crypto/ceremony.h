/*
 * ceremony - the record of a key's beginning: who made or imported it, when,
 * where, and what the token said of it then.
 *
 * One file for each key, in canonical JSON (crypto/canonical.h) without a
 * final line end, so that it has one SHA-256 for ever. What it must hold is
 * one table, from which come validation and schemas/ceremony.json. That the
 * record is true, nothing in it proves: who committed it says so, and `key
 * check` asks the token again.
 */
#ifndef CRYPTO_CEREMONY_H
#define CRYPTO_CEREMONY_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

#define CEREMONY_KIND		"tagseal-ceremony"
#define CEREMONY_SIZE		((size_t)256 << 10)	/* bytes, at most */
#define ATTESTATION_SIZE	((size_t)64 << 10)	/* bytes, at most */

/* What others go by; all of it borrows from the record's JSON. */
struct ceremony {
	bool		imported;	/* exposed for ever */
	struct span	at;		/* RFC 3339 */
	struct span	by;
	struct span	spki_sha256;	/* hex */
	struct span	label;
	struct span	algorithm;
	struct span	token;		/* label */
	struct span	serial;
};

/*
 * ceremony_read reads a whole record strictly. Besides the form: the public
 * key is what its SHA-256 says, the attestation too, `exposed` is true of what
 * was imported and of nothing else, and a key that was made is one that never
 * was outside. The caller releases *json. Errors: CEREMONY-MALFORMED.
 */
bool	ceremony_read(struct span, struct json **json, struct ceremony *out,
	    struct err *) MUST_USE;

/* ceremony_write appends a record's bytes; it must be one by ceremony_read. */
bool	ceremony_write(const struct json *, struct buf *out, struct err *)
	    MUST_USE;

/* ceremony_schema prints the JSON Schema (draft-07), with a final LF. */
void	ceremony_schema(FILE *out);

#endif
