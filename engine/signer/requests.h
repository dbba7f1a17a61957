/* requests - what the files of signer/ share (inside of signer/ only). */
#ifndef SIGNER_REQUESTS_H
#define SIGNER_REQUESTS_H

#include "signer/signer.h"
#include "signer/state.h"

#define SIGNER_TOKENS	16

/* A key that was opened, and the one use that it has since. */
struct held_key {
	const struct key	*key;
	struct keystore		*store;
	enum signer_use		 use;
};

struct signer {
	const struct signer_terms *terms;
	struct keystore		*stores[SIGNER_TOKENS];
	size_t			 store_count;
	struct held_key		 held[SIGNER_KEYS];
	size_t			 held_count;
	struct state		 state;
	char			 session[2 * SIGNER_SESSION + 1];
	const struct message	*asked;		/* the request being answered */
};

/* A request's body in, the answer's body out; the arena dies with it. */
typedef bool request_handler(struct signer *, struct span body,
    struct arena *, struct buf *answer, struct err *);

request_handler on_open, on_checkpoint, on_commit, on_sign, on_count;
request_handler on_about;
request_handler on_sign_local, on_key_make, on_key_import, on_key_list;
request_handler on_key_check;

/* signer_ready: both keys of the ledger are open. */
bool	signer_ready(const struct signer *);

/* signer_find finds a key by URI on whichever token has it. */
bool	signer_find(struct signer *, struct span uri, struct arena *,
	    struct held_key *out, struct err *) MUST_USE;

/* signer_sign signs a list and writes the body of SIGNED; *good counts. */
bool	signer_sign(const struct held_key *, const struct sign_item *,
	    size_t count, struct arena *, struct buf *answer, uint64_t *good,
	    struct err *) MUST_USE;

/* signer_sign_one signs one thing; the value lies in the arena. */
bool	signer_sign_one(const struct held_key *, const struct to_be_signed *,
	    struct arena *, struct span *value, struct err *) MUST_USE;

/* signer_record tells what is known of a key. */
bool	signer_record(const struct key *, struct arena *,
	    struct key_record *out, struct err *) MUST_USE;

#endif
