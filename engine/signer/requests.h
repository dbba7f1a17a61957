/* requests - what the files of signer/ share (inside of signer/ only). */
#ifndef SIGNER_REQUESTS_H
#define SIGNER_REQUESTS_H

#include "signer/signer.h"
#include "signer/state.h"

#define SIGNER_TOKENS	16

struct held_token {
	const struct keystore_terms *terms;
	struct keystore		*store;
	struct err		 away;		/* what == NULL: it is there */
	bool			 stopped;	/* not looked for any more */
	int64_t			 pause;		/* ms, the last one */
	int64_t			 again;		/* deadline: then it is */
};

/*
 * A key that was opened, and the one use that it has since. It may be in
 * several tokens; one copy is the one to use.
 */
struct held_key {
	const struct key	*key;		/* copies[at] */
	size_t			 at;		/* its token */
	const struct key	*copies[SIGNER_TOKENS];	/* or NULL */
	size_t			 count;		/* of copies */
	struct span		 spki;		/* of each of them */
	enum signer_use		 use;
};

struct signer {
	const struct signer_terms *terms;
	struct held_token	 tokens[SIGNER_TOKENS];
	size_t			 token_count;
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

/*
 * tokens_open opens all; those that are away may come later if one is there.
 * Errors: those of keystore_open.
 */
bool	tokens_open(struct signer *, struct err *) MUST_USE;
void	tokens_close(struct signer *);

/* token_is_gone: the error is the token's, not that of one key or use. */
bool	token_is_gone(const struct err *);

/* token_failed: if it is gone by this error, it is passed over for a while. */
void	token_failed(struct signer *, struct held_token *, const struct err *);

/*
 * token_ready: it is there, maybe since now. One that is away is looked for
 * when its pause is over, or at once if it is needed; after a wrong PIN never.
 */
bool	token_ready(struct signer *, struct held_token *, bool needed);

/*
 * signer_find finds a key by URI in all tokens; those that are there and have
 * it must agree on its public half. KEY-AMBIGUOUS, those of keystore_find and
 * of a token that is away.
 */
bool	signer_find(struct signer *, struct span uri, struct arena *,
	    struct held_key *out, struct err *) MUST_USE;

/*
 * signer_copy makes the copy in a token the one to use; needed as above.
 * Errors: KEY-ABSENT, or why the token is away.
 */
bool	signer_copy(struct signer *, struct held_key *, size_t token,
	    bool needed, struct err *) MUST_USE;

/*
 * signer_sign signs a list by the copy to use, and writes the body of SIGNED;
 * *good counts. Where no ledger says which token it is to be (local), what one
 * token cannot sign because it is gone, another copy signs.
 */
bool	signer_sign(struct signer *, const struct held_key *,
	    const struct sign_item *, size_t count, struct arena *,
	    struct buf *answer, uint64_t *good, struct err *) MUST_USE;

/*
 * signer_sign_one signs one thing by whichever token is there; the value lies
 * in the arena.
 */
bool	signer_sign_one(struct signer *, struct held_key *,
	    const struct to_be_signed *, struct arena *, struct span *value,
	    struct err *) MUST_USE;

/* signer_record tells what is known of a key. */
bool	signer_record(const struct key *, struct arena *,
	    struct key_record *out, struct err *) MUST_USE;

#endif
