/*
 * ceremony - the record that a command about a new key writes, and the
 * comparison of a key with its record (crypto/ceremony.h).
 */
#ifndef CLI_CEREMONY_H
#define CLI_CEREMONY_H

#include "base/bytes.h"
#include "base/json.h"
#include "cli/cli.h"

/* The options that go with a record; put them into the command's table. */
#define CEREMONY_OPTIONS						\
	{ "record", 0, "FILE", "write the record of the ceremony to a new "\
	    "file", false },						\
	{ "by", 0, "NAME", "who does it, for the record", false },	\
	{ "witness", 0, "NAME", "who sees it, for the record", true },	\
	{ "attestation", 0, "FILE", "the vendor's attestation of the key, "\
	    "for the record", false }

struct ceremony_plan {
	const char	*path;		/* NULL: no record is wanted */
	const char	*by;
	struct buf	 attestation;	/* empty: none */
};
void	ceremony_plan_done(struct ceremony_plan *);

/*
 * ceremony_begin reads the options before a key is made: what is missing, a
 * file that exists, or a folder that cannot be written, ends it there. Errors:
 * USAGE, FILE-EXISTS, those of file_load.
 */
bool	ceremony_begin(const struct invocation *, struct ceremony_plan *,
	    struct err *) MUST_USE;

/* ceremony_end writes the record of a key, as the token tells it. */
bool	ceremony_end(const struct invocation *, const struct ceremony_plan *,
	    const struct json *key, struct err *) MUST_USE;

/*
 * ceremony_compare adds to a key, as the token tells it now, the lists
 * "differences" (it is not the record's key) and "changes" (versions that an
 * update changes). *exposed: by its record it was imported. Errors:
 * CEREMONY-MALFORMED, those of file_load.
 */
bool	ceremony_compare(const char *path, struct json *key, bool *exposed,
	    struct err *) MUST_USE;

#endif
