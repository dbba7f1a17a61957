/*
 * mirrors - the config repo at each of its URLs, fetched and compared.
 *
 *	both the same		fine
 *	one is behind		a warning; the other one is followed
 *	one left the chain	an alarm; the other one is followed
 *	both go on, apart	an alarm; neither is followed
 *
 * What goes on from the accepted commit is known by its objects alone. Tags of
 * all hosts are looked at: one that is held back at one of them is not lost.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_MIRRORS_H
#define JUDGE_MIRRORS_H

#include "judge/desk.h"

/* One URL of the config repo. */
struct mirror {
	struct span	url;
	const char	*slug;		/* the courier's name for it */
	bool		 borrowed;	/* config_repo reads its objects */
	bool		 answered;	/* the last time */
	struct ref_list	 refs;		/* of that answer */
};

/*
 * mirrors_fetch asks all URLs, and keeps what it had where none answers:
 * then it fails with the first one's error.
 */
bool	mirrors_fetch(struct desk *, struct err *) MUST_USE;

/* mirrors_borrow lets config_repo read the mirrors that are there. */
bool	mirrors_borrow(struct desk *, struct err *) MUST_USE;

enum mirrors_head {
	HEAD_NONE,		/* the branch is nowhere */
	HEAD_FOUND,
	HEAD_FORKED,		/* the alarm is raised */
};

/*
 * mirrors_head compares the heads of a branch with the accepted commit and
 * with each other, raises what is to be raised, and gives the one to follow.
 */
bool	mirrors_head(struct desk *, struct span branch, struct object_id *,
	    enum mirrors_head *, struct err *) MUST_USE;

#endif
