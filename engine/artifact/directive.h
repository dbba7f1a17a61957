/*
 * directive - what an artifact configuration asks to be done to one file.
 */
#ifndef ARTIFACT_DIRECTIVE_H
#define ARTIFACT_DIRECTIVE_H

#include <stdbool.h>

#include "base/bytes.h"

enum directive_verb {
	DIRECTIVE_SIGN,		/* make a signature */
	DIRECTIVE_VERIFY,	/* demand a good signature of somebody else's */
	DIRECTIVE_HASH,		/* record a digest of the file as it came */
	DIRECTIVE_VERBS
};

/* "sign", "verify", "hash": the keys of the config file. */
extern const char *const directive_verb_names[DIRECTIVE_VERBS];

/* How a signature is made or found: the values of `sign` and `verify`. */
enum method {
	METHOD_AUTHENTICODE,	/* embedded, Windows formats */
	METHOD_CMS,		/* detached CMS (RFC 5652), its own file */
	METHODS
};

struct method_row {
	const char	*name;		/* "authenticode": config, ledger */
	const char	*title;		/* for people */
	bool		 detached;	/* the result is a new file beside */
};

extern const struct method_row method_rows[METHODS];

/* The options that a method does not know stay empty. Spans are UTF-8. */
struct directive {
	enum directive_verb	verb;
	enum method		method;		/* not of `hash` */
	struct span		digest;		/* "sha256"; empty: sha256 */

	/* sign */
	struct span		description;
	struct span		description_url;
	bool			append;		/* keep what is there */
	bool			keep;		/* a good one of ours stays */
	bool			page_hashes;
	struct span		output;		/* name of the signature file */
	bool			pem;		/* detached: PEM, not DER */

	/* verify: each list that is not empty must be met */
	struct span		roots;		/* PEM; empty: the engine's */
	const struct span	*subjects;	/* one of them signed */
	size_t			subject_count;
	const struct span	*thumbprints;	/* hex SHA-256, the same */
	size_t			thumbprint_count;
	bool			timestamped;	/* by a timestamp authority */

	/* once a file is known */
	bool			met;		/* sign: a good one of ours is
						 * there, and `keep` holds */
	struct span		value;		/* hash: the digest's bytes */
};

/* directive_signs tells that a signature is to be made. */
bool	directive_signs(const struct directive *);

/* directive_detached: made, in a file of its own. */
bool	directive_detached(const struct directive *);

#endif
