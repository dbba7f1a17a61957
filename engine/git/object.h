/*
 * object - commits and tags as bytes: who signed what, and where it says so.
 *
 *	tree <hex> LF			object <hex> LF
 *	parent <hex> LF   (0..n)	type commit LF
 *	author <ident> LF		tag <name> LF
 *	committer <ident> LF		tagger <ident> LF   (0..1)
 *	<other headers>			LF
 *	gpgsig <armor, each further	<message>
 *	 line after one SP> LF  (0..1)	<armor>   (0..1, ends the object)
 *	LF
 *	<message>
 *
 * The payload of a signature is the object less the signature, byte for byte.
 * What is accepted here is less than what git accepts, and never with another
 * payload: two readers of one object must not see two texts. So a NUL, a
 * header out of place, a second signature wherever it stands, and anything
 * before or after the armor are refused, not passed over. Names, addresses and
 * dates inside an object are shown to people and believed by nobody.
 *
 * Source: git's Documentation/gitformat-signature, commit.c, tag.c.
 */
#ifndef GIT_OBJECT_H
#define GIT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "git/id.h"

/* How a signature is written: the line that opens it decides. */
enum armor_kind {
	ARMOR_NONE,		/* not signed */
	ARMOR_OPENPGP,
	ARMOR_SSH,
	ARMOR_X509,
	ARMOR_KINDS
};

struct armor_row {
	const char	*name;		/* "openpgp", as in config files */
	const char	*opener;	/* the whole first line */
	const char	*closer;	/* the whole last line */
};

/* armor_rows is indexed by enum armor_kind; the row of ARMOR_NONE is empty. */
extern const struct armor_row armor_rows[ARMOR_KINDS];

struct object_signature {
	enum armor_kind	armor;
	struct span	text;		/* from opener to LF after the closer */
	struct span	payload;	/* what it signs: all, if ARMOR_NONE */
	struct digest	payload_sha256;	/* recognises duplicates */
};

struct commit_object {
	struct object_id	 tree;
	const struct object_id	*parents;
	size_t			 parent_count;
	struct span		 author;	/* "Name <address> time zone" */
	struct span		 committer;
	struct span		 message;
	struct object_signature	 signature;
};

struct tag_object {
	struct object_id	target;		/* always a commit */
	struct span		name;		/* as signed, not the ref's */
	struct span		tagger;		/* empty in very old tags */
	struct span		message;	/* without the signature */
	struct object_signature	signature;
};

/*
 * commit_parse and tag_parse read a raw object (without git's "commit <size>"
 * prefix). Spans point into raw or into the arena. Errors: LIMIT-SIZE,
 * GIT-OBJECT-MALFORMED, GIT-SIGNATURE-MALFORMED, GIT-SIGNATURE-TWICE and, for
 * tags, GIT-TAG-TARGET.
 */
bool	commit_parse(struct span raw, struct arena *, struct commit_object *,
	    struct err *) MUST_USE;
bool	tag_parse(struct span raw, struct arena *, struct tag_object *,
	    struct err *) MUST_USE;

/*
 * armor_parse wants exactly one armor, from its opener to the LF behind its
 * closer, and says of which kind. Errors: as above.
 */
bool	armor_parse(struct span text, enum armor_kind *, struct err *)
	    MUST_USE;

/*
 * message_manifest gives the YAML that ends a message: all that follows the
 * last line that is exactly "---". Errors: GIT-MANIFEST-MISSING,
 * GIT-MANIFEST-COMMENT (a line that begins with '#', which git would have
 * dropped), LIMIT-SIZE.
 */
bool	message_manifest(struct span message, struct span *out,
	    struct err *) MUST_USE;

/*
 * message_value gives what follows a beginning ("commit: ") on the one line
 * that has it; false: none has, or several.
 */
bool	message_value(struct span message, const char *name,
	    struct span *value) MUST_USE;

/* message_subject gives the first line, for people. */
struct span	message_subject(struct span message);

#endif
