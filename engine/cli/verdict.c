/* verdict - see verdict.h. */
#include "cli/cli.h"
#include "cli/verdict.h"

const struct verdict_row verdict_rows[VERDICTS] = {
	[VERDICT_GOOD]		= { "good",		EXIT_YES },
	[VERDICT_UNSIGNED]	= { "not signed",	EXIT_NOTHING },
	[VERDICT_BAD]		= { "bad",		EXIT_NO },
	[VERDICT_UNREADABLE]	= { "unreadable",	2 },
	[VERDICT_BROKEN]	= { "not judged",	5 },
};
