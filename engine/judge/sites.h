/*
 * sites - the repositories of the projects, as their mirrors have them.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_SITES_H
#define JUDGE_SITES_H

#include "judge/desk.h"

struct site {
	struct site		*next;
	struct span		 url;		/* as the config names it */
	char			 slug[MIRROR_SLUG];
	struct arena		*arena;		/* of the refs */
	struct ref_list		 refs;		/* of the last good fetch */
	struct repository	*repository;	/* NULL: never fetched */
	bool			 fresh;		/* fetched in this pass */
};

/* site_of gives the site of a URL; it is made when it is new. */
struct site	*site_of(struct desk *, struct span url);
void		 sites_free(struct desk *);

/* sites_stale says that a new pass begins. */
void		 sites_stale(struct desk *);

/* site_fetch brings it up to date, once in a pass. */
bool		 site_fetch(struct desk *, struct site *, struct err *)
		    MUST_USE;

#endif
