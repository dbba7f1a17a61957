/*
 * sites - the repositories of the projects, as their mirrors have them.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_SITES_H
#define JUDGE_SITES_H

#include "judge/errand.h"

struct site {
	struct site		*next;
	struct span		 url;		/* as the config names it */
	char			 slug[MIRROR_SLUG];
	struct arena		*arena;		/* of the refs */
	struct ref_list		 refs;		/* of the last good fetch */
	uint64_t		 taken;		/* which take it was, of all */
	struct repository	*repository;	/* NULL: never fetched */
	struct errand		 fetch;		/* under way, or not */
	bool			 fresh;		/* fetched in this pass */
	bool			 failed;	/* not in this pass */
};

/* site_of gives the site of a URL; it is made when it is new. */
struct site	*site_of(struct desk *, struct span url);
void		 sites_free(struct desk *);

/* sites_stale says that a new pass begins. */
void		 sites_stale(struct desk *);

/*
 * site_start begins to bring a site up to date, unless that is done or under
 * way; site_settle takes the answer if it is there. What goes wrong is told in
 * the log, and failed is set: it concerns this site alone.
 */
void		 site_start(struct desk *, struct site *);
void		 site_settle(struct desk *, struct site *);
void		 sites_settle(struct desk *);

/* site_open opens a mirror that an earlier run has fetched. */
bool		 site_open(struct desk *, struct site *, struct err *)
		    MUST_USE;

#endif
