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

enum verdict
verdict_without(const struct err *e)
{
	if (e->what->kind == ERR_KIND_SYSTEM)
		return VERDICT_BROKEN;
	return e->what->kind == ERR_KIND_REFUSED ? VERDICT_BAD :
	    VERDICT_UNREADABLE;
}
