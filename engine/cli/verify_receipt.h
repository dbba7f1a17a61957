/* verify_receipt - what `verify --receipt` says beside the signatures. */
#ifndef CLI_VERIFY_RECEIPT_H
#define CLI_VERIFY_RECEIPT_H

#include "cli/verdict.h"
#include "cli/vouch.h"

struct verify_receipt {
	bool		 asked;
	const char	*path;		/* NULL: the one beside each file */
	struct history	 keys;
};

/*
 * verify_receipt_open reads the options; verify_receipt_done when all files
 * were looked at. Errors: USAGE, those of vouch_keys.
 */
bool	verify_receipt_open(const struct invocation *,
	    struct verify_receipt *, struct err *) MUST_USE;
void	verify_receipt_done(struct verify_receipt *);

/* The answer for one file; zero-initialise it. */
struct receipt_answer {
	enum verdict	verdict;
	struct vouch	vouch;		/* if the verdict is good */
	struct err	why;		/* if not */
};

/* receipt_ask judges the receipt of a file: good, bad, or unreadable. */
void	receipt_ask(const struct verify_receipt *, const char *file,
	    struct receipt_answer *out);
void	receipt_answer_done(struct receipt_answer *);

/* What it says, for people and as JSON. */
void	receipt_answer_print(const struct receipt_answer *,
	    const struct palette *, bool colour);
struct json *receipt_answer_json(const struct receipt_answer *);

#endif
