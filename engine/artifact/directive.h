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
};

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
	enum method		method;
	struct span		digest;		/* "sha256"; empty: sha256 */
	struct span		description;
	struct span		description_url;
	bool			append;		/* keep what is there */
	bool			page_hashes;
	struct span		output;		/* name of the signature file */
	bool			pem;		/* detached: PEM, not DER */
};

#endif
