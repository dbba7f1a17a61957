/*
 * catalog - Windows catalogs: lists of files, by their digests, under one
 * signature (a Certificate Trust List; mscat.h and wintrust.h of the Windows
 * SDK name its parts). It is signed as authenticode.h says.
 *
 * A list of version 1 knows a file by its SHA-1, in hexadecimal; one of
 * version 2 by its SHA-256, and once more by its SHA-1.
 */
#ifndef CRYPTO_CATALOG_H
#define CRYPTO_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/der.h"
#include "crypto/digest.h"

#define CATALOG_LIST_ID	16	/* bytes; any will do */

/* How a file is hashed: a row of the table in the .c file. */
enum catalog_subject {
	CATALOG_PE,		/* the Authenticode digest of a program */
	CATALOG_CAB,		/* that of a cabinet */
	CATALOG_FLAT,		/* all bytes of the file */
	CATALOG_SUBJECTS
};

/* A text with a name: of the catalog ("OS") or of a file ("File"). UTF-8. */
struct catalog_name {
	struct span	name;
	struct span	value;
};

struct catalog_file {
	enum catalog_subject	 subject;
	struct digest		 sha1, sha256;	/* as the subject says */
	struct span		 page_hashes;	/* of the version's digest, for
						 * CATALOG_PE; or empty */
	struct catalog_name	 name;
};

struct catalog_terms {
	unsigned			 version;	/* 1 or 2 */
	uint8_t				 list_id[CATALOG_LIST_ID];
	int64_t				 time;	/* ms since 1970 UTC */
	const struct catalog_name	*names;	/* of the catalog */
	size_t				 name_count;
	const struct catalog_file	*files;	/* in any order */
	size_t				 file_count;
};

/*
 * catalog_write makes a catalog that is not signed. Files with equal digests
 * are one member with all their names. Errors: CATALOG-NAME for a text that is
 * no UTF-8, AUTHENTICODE-PAGES, LIMIT-SIZE.
 */
bool	catalog_write(const struct catalog_terms *, struct arena *,
	    struct buf *out, struct err *) MUST_USE;

struct catalog {
	unsigned	version;
	struct span	list_id;
	int64_t		time;		/* ms since 1970 UTC */
	size_t		member_count;
	struct der	members;	/* for catalog_next */
	struct der	extensions;	/* whole elements, the catalog's names
					 * among them */
};

/*
 * catalog_parse reads a list, the whole element, and looks at each member; it
 * allocates nothing. The order of the members is not judged: whoever looks
 * for one reads all. Errors: CATALOG-MALFORMED.
 */
bool	catalog_parse(struct span list, struct catalog *out, struct err *)
	    MUST_USE;

struct catalog_member {
	struct span	tag;
	struct der	attributes;
};

/* catalog_next gives the next member of a parsed catalog; false: no more. */
bool	catalog_next(struct der *members, struct catalog_member *out)
	    MUST_USE;

/*
 * catalog_digest gives the digest by which a member knows its file: the one
 * in its attributes, or where these have none, the tag. false: there is none,
 * or several.
 */
bool	catalog_digest(const struct catalog_member *, struct digest *out)
	    MUST_USE;

#endif
