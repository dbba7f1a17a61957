/*
 * request_build - the canonical request of a release that was accepted, and
 * whether what it rests on is still so.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_REQUEST_BUILD_H
#define JUDGE_REQUEST_BUILD_H

#include "crypto/identity.h"
#include "judge/desk.h"
#include "judge/refs.h"
#include "policy/request.h"

/* Whose request it is, by which state. */
struct request_rules {
	struct repository	*repository;	/* config repo: files */
	const struct chain	*chain;
	struct span		 config_repo;	/* UUID */
	struct span		 engine;	/* UUID */
};

/* request_rules_of: this engine's, by the state in force. */
struct request_rules	request_rules_of(const struct desk *);

/* An accepted release ref, and where it was found. */
struct request_source {
	const struct release	*release;
	const struct decision	*decision;	/* of release_decide */
	struct span		 repo;		/* URL */
	struct span		 ref;
	struct object_id	 object;	/* what the ref points to */
};

/*
 * request_build makes the value whose SHA-256 is the request's id; the caller
 * releases it. Its nonce, random bytes, makes it one of a kind. Errors: those
 * of reading the files of the config repo, CERTIFICATE-*.
 */
bool	request_build(const struct request_rules *,
	    const struct request_source *, int64_t now,
	    const uint8_t nonce[REQUEST_NONCE], struct json **out,
	    struct err *) MUST_USE;

/*
 * request_current tells whether the files that a request (its body) rests on
 * are those in force. A file that is gone differs.
 */
bool	request_current(const struct request_rules *, const struct json *body,
	    bool *current, struct err *) MUST_USE;

/*
 * identity_of reads the certificate file of a certificate of the config repo:
 * who signs, with what algorithm. *spki is the public key (DER). All of it
 * lives in the arena. Errors: those of identity_read.
 */
bool	identity_of(const struct certificate *, struct arena *,
	    struct signing_identity *out, struct span *spki, struct err *)
	    MUST_USE;

#endif
