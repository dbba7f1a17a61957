/* verdict - what `verify` says of a file, in one word and one exit code. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "base/err.h"

/* The best first: the worst one of several counts. */
enum verdict {
	VERDICT_GOOD,
	VERDICT_UNSIGNED,
	VERDICT_BAD,
	VERDICT_UNREADABLE,
	VERDICT_BROKEN,
	VERDICTS
};

struct verdict_row {
	const char	*name;
	int		 exit_code;
};

extern const struct verdict_row verdict_rows[VERDICTS];

/* Trouble of this machine or of others is no verdict; a refusal is one. */
enum verdict	verdict_without(const struct err *);

#endif
