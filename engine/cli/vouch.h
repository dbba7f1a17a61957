/*
 * vouch - what a receipt says of a file: that the ledger's key vouches for it,
 * or for something that it was signed in.
 */
#ifndef CLI_VOUCH_H
#define CLI_VOUCH_H

#include "cli/history.h"
#include "ledger/receipt.h"

#define RECEIPT_SUFFIX	".receipt.json"

struct vouch {
	struct arena		*arena;
	struct receipt		 receipt;
	struct event		 event;		/* artifact.verified */
	struct json		*json;		/* the event borrows from it */
	struct json		*tree;		/* NULL: not with it */
	size_t			 cosigned;	/* witnesses that are pinned */
	bool			 compared;	/* with a file */
	struct span		 inside;	/* where the file was signed;
						 * empty: it is the artifact */
};

/*
 * vouch_keys finds the key that was given (--log-key), or else the pins; that
 * there are none is an error.
 */
bool	vouch_keys(const struct invocation *, struct history *, struct err *)
	    MUST_USE;

/*
 * vouch_read reads a receipt and proves it by one of the keys. Errors: those
 * of receipt_check, ERR_RECEIPT for an event that vouches for no file,
 * ERR_WITNESS_QUORUM where more witnesses are demanded than signed.
 */
bool	vouch_read(const struct history *, const char *receipt,
	    struct vouch *out, struct err *) MUST_USE;
void	vouch_done(struct vouch *);

/* vouch_compare hashes a file: ERR_RECEIPT_FILE if it is another. */
bool	vouch_compare(struct vouch *, const char *path, struct err *)
	    MUST_USE;

/* vouch_print is for people: lines with that indent. */
void	vouch_print(const struct vouch *, const struct palette *, int indent);
struct json *vouch_json(const struct vouch *);

/*
 * vouch_inside gives the path at which a manifest of signatures has a file of
 * that digest (hex), or an empty span.
 */
struct span vouch_inside(const struct json *tree, struct span sha256);

#endif
