/* verdict - what `verify` says of a file, in one word and one exit code. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

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

#endif
