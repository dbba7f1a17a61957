/*
 * fault - one thing that is wrong with a ledger, and where. Who follows a
 * ledger stops at the first; an auditor wants all that can still be named.
 */
#ifndef LEDGER_FAULT_H
#define LEDGER_FAULT_H

#include "base/err.h"
#include "base/json.h"
#include "git/id.h"

#define FAULT_TEXT	192	/* bytes of a member, with the NUL */

struct ledger_fault {
	struct err		err;		/* without the places below */
	bool			in_commit;
	struct object_id	commit;
	bool			of_event;
	uint64_t		n;
	char			path[FAULT_TEXT];	/* or "" */
	char			expected[FAULT_TEXT];	/* or "" */
	char			found[FAULT_TEXT];	/* or "" */
};

/* fault_path says which file of the branch it is about. Gives false. */
bool	fault_path(struct ledger_fault *, struct span path);

/* fault_expected says what should be, and what is. Gives false. */
bool	fault_expected(struct ledger_fault *, struct span expected,
	    struct span found);

/* fault_numbers is fault_expected for two numbers. */
bool	fault_numbers(struct ledger_fault *, uint64_t expected,
	    uint64_t found);

/* fault_tell makes an error of it, with commit and event in front. */
bool	fault_tell(const struct ledger_fault *, struct err *);

/* fault_json gives its members that are set; the caller releases it. */
struct json	*fault_json(const struct ledger_fault *);

#endif
