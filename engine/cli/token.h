/*
 * token - a signer process of our own, for one command: the only way in which
 * the command line reaches a key.
 *
 * It runs in local mode: it asks for no proof, the PIN is the protection.
 */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include "base/arena.h"
#include "base/json.h"
#include "cli/cli.h"
#include "crypto/identity.h"
#include "wire/signer.h"

/* The options that every command with a key has; put them into its table. */
#define TOKEN_OPTIONS							\
	{ "module", 0, "FILE", "PKCS#11 module, or several whose tokens "\
	    "have the same key; else $TAGSEAL_MODULE, or p11-kit's own",\
	    true },							\
	{ "module-parameters", 0, "TEXT", "what the module gets at its "\
	    "start; of several: in the same order", true },		\
	{ "pin-file", 0, "FILE", "file with the PIN, one of each module "\
	    "in the same order; else $TAGSEAL_PIN", true },		\
	{ "last-try", 0, NULL, "log in even if one more wrong PIN locks "\
	    "the token", false }

struct token;

/*
 * token_open starts the signer with the modules and PINs of the command line,
 * on the token of each that a pkcs11: URI names.
 */
bool	token_open(const struct invocation *, const char *uri,
	    struct token **out, struct err *) MUST_USE;
void	token_close(struct token *);
DEFINE_CLEANUP(struct token, token_done, token_close);

/* The public half of the key that the URI names; spans in the arena. */
struct token_key {
	struct span	spki;		/* SubjectPublicKeyInfo, DER */
	enum key_kind	kind;
};

bool	token_find(struct token *, struct arena *, struct token_key *out,
	    struct err *) MUST_USE;

/* token_sign signs one thing; file is what the log calls it. */
bool	token_sign(struct token *, const struct to_be_signed *,
	    const char *file, struct span *value, struct arena *,
	    struct err *) MUST_USE;

/* token_sign_items signs count things in parallel; values in order. */
bool	token_sign_items(struct token *, const struct sign_item *,
	    size_t count, struct span *values, struct arena *, struct err *)
	    MUST_USE;

/*
 * token_identity loads a PEM file (the signer's certificate, then its chain)
 * and checks that it is for the token's key. digest: as below.
 */
bool	token_identity(struct token *, const char *path, const char *digest,
	    struct arena *, struct signing_identity *out, struct err *)
	    MUST_USE;

/* token_signature_kind picks the algorithm: the key's, and a digest's name. */
bool	token_signature_kind(const struct token_key *, const char *digest,
	    enum signature_kind *out, struct err *) MUST_USE;

/* Answers of the token as JSON, for people and scripts (json_release them). */
bool	token_make(struct token *, const char *algorithm, const char *label,
	    struct json **out, struct err *) MUST_USE;
/* token_import: the key is in an open file, the passphrase in another. */
bool	token_import(struct token *, const char *label, int file,
	    int passphrase, struct json **out, struct err *) MUST_USE;
bool	token_list(struct token *, struct json **out, struct err *) MUST_USE;
/* token_check: "copies" lists what other tokens say of the same key. */
bool	token_check(struct token *, struct json **out, struct err *) MUST_USE;

#endif
