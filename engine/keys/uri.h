/*
 * uri - names of tokens and keys (RFC 7512).
 *
 *	pkcs11:token=acme;object=release;id=%01%02?pin-source=file:/etc/pin
 *	       path attributes, split by ;       query attributes, split by &
 *
 * A URI of a config repo says which key, never how to reach it: attributes
 * that name modules, PINs or slots are refused there.
 */
#ifndef KEYS_URI_H
#define KEYS_URI_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Each attribute is decoded; one that is absent has ptr NULL. */
struct key_uri {
	struct span	token;
	struct span	manufacturer;
	struct span	model;
	struct span	serial;
	struct span	object;
	struct span	id;		/* any bytes; all others are UTF-8 */
	struct span	type;		/* "private", "public", "cert" ... */
	struct span	module_path;	/* only with KEY_URI_LOCAL */
	struct span	pin_source;	/* only with KEY_URI_LOCAL */
};

enum key_uri_place {
	KEY_URI_SHARED,		/* config repo, messages: which key */
	KEY_URI_LOCAL,		/* a command line: also how to reach it */
};

/*
 * key_uri_parse reads a whole URI; values live in the arena. Percent coding is
 * strict, an attribute comes once and is not empty. Errors: KEY-URI,
 * KEY-URI-LOCAL (module-*, pin-*, slot-*: pin-value and slot-* everywhere).
 */
bool	key_uri_parse(struct arena *, struct span, enum key_uri_place,
	    struct key_uri *out, struct err *) MUST_USE;

/* key_uri_write appends a URI that reads as the same attributes. */
void	key_uri_write(const struct key_uri *, struct buf *out);

/* What a token says of itself, without the padding. */
struct token_names {
	struct span	label;
	struct span	manufacturer;
	struct span	model;
	struct span	serial;
	struct span	firmware;	/* "2.6"; no part of a URI */
};

/* Versions of PKCS#11: major.minor, each below 256. */
struct token_version {
	uint8_t		major, minor;
};

/* What else token and module tell, for records; never used to find one. */
struct token_about {
	struct token_version	hardware, firmware;
	struct token_version	library, cryptoki;
	struct span		library_name;		/* its description */
	struct span		library_manufacturer;
};

/* key_uri_names_token: no attribute of the URI contradicts the token. */
bool	key_uri_names_token(const struct key_uri *, const struct token_names *);

/* key_uri_names_key: the URI may name a private key with this label and id. */
bool	key_uri_names_key(const struct key_uri *, struct span label,
	    struct span id);

#endif
