/*
 * views - the view of a ledger (ledger/view.h) as commands use it: in a file
 * of the person's cache, made and brought up to date when it is wanted.
 *
 * A view that stands for the very head of the branch, and was made by the same
 * key and pin, is asked at once. Else the whole ledger is verified first.
 */
#ifndef CLI_VIEWS_H
#define CLI_VIEWS_H

#include "cli/history.h"
#include "ledger/view.h"

#define VIEWS_OPTIONS							\
	{ "view", 0, "FILE", "the SQLite file that answers (default: one for "\
	    "each clone, in ~/.cache/tagseal)", false },		\
	HISTORY_OPTIONS

struct views {
	struct history	 h;
	struct buf	 path;
	struct view	*view;
};

/*
 * views_open opens the view of the ledger that the options name. Errors: those
 * of history_open and history_read, VIEW-FOREIGN, FILE-KIND, FILE-ACCESS,
 * SYSTEM-WRITE, USAGE (no cache: neither --view nor HOME).
 */
bool	views_open(const struct invocation *, struct views *, struct err *)
	    MUST_USE;
void	views_done(struct views *);

/*
 * views_ask runs a question. If the view turns out to be damaged before
 * anything was told (*told is still 0), it is made anew, and asked once more.
 */
bool	views_ask(struct views *, bool (*question)(struct views *, void *arg,
	    struct err *), void *arg, const uint64_t *told, struct err *)
	    MUST_USE;

/* What views_rebuild found where the new view is now. */
struct views_found {
	bool		there;		/* a view of ours, in whatever state */
	bool		readable;
	bool		follows;	/* it is of this ledger */
	uint64_t	size;
	uint64_t	differences;	/* rows */
	struct err	why;		/* it is not readable */
};

/*
 * views_rebuild makes the view anew. With compare it is held against the one
 * that was there, for the events that this one stands for: difference is called
 * as by view_compare ("first": what the ledger says). Errors: as views_open.
 */
bool	views_rebuild(const struct invocation *, struct views *,
	    bool compare, void (*difference)(void *arg, const char *table,
	    const char *where, const struct json *row), void *arg,
	    struct views_found *, struct err *) MUST_USE;

#endif
