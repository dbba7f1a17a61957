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

/* The answer for one file; zero-initialise it. */
struct receipt_answer {
	enum verdict	verdict;
	struct vouch	vouch;		/* if the verdict is good */
	struct err	why;		/* if not */
};

struct receipt_verbs {
	/*
	 * open reads the options; done when all files were looked at. Errors:
	 * USAGE, those of vouch_keys.
	 */
	bool		(*open)(const struct invocation *,
			    struct verify_receipt *, struct err *);
	void		(*done)(struct verify_receipt *);

	/* ask judges the receipt of a file: good, bad, or unreadable. */
	void		(*ask)(const struct verify_receipt *,
			    const char *file, struct receipt_answer *out);
	void		(*answer_done)(struct receipt_answer *);

	/* What it says, for people and as JSON. */
	void		(*print)(const struct receipt_answer *,
			    const struct palette *, bool colour);
	struct json	*(*json)(const struct receipt_answer *);
};

extern const struct receipt_verbs receipt_verbs;

#endif
