/*
 * papers - the JSON files that leave a ledger and prove something by
 * themselves, and their JSON Schemas.
 */
#ifndef LEDGER_PAPERS_H
#define LEDGER_PAPERS_H

#include <stdio.h>

#include "ledger/log.h"

/* Members v (1) and kind, which all have, are not listed. */
struct paper_member {
	const char	*name;		/* NULL ends a list */
	const char	*type;		/* "integer", "string", "array" */
	const char	*pattern;	/* of the text or texts, or NULL */
	const char	*meaning;
	bool		 optional;
};

struct paper {
	const char			*name;	/* of the schema: "receipt" */
	const char			*kind;	/* "tagseal-receipt" */
	const char			*title;
	const struct paper_member	*members;
};

extern const struct paper papers[];
extern const size_t paper_count;

/* paper_schema prints the JSON Schema (draft-07), with a final LF. */
void	paper_schema(const struct paper *, FILE *out);

#endif
