/*
 * urls - the addresses of one project's repository, which must agree: what
 * only some of them show is not acted upon. A mirror may be late; a host that
 * shows something else of its own delays, and is told of.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_URLS_H
#define JUDGE_URLS_H

#include "judge/sites.h"

struct urls {
	const struct project	 *project;
	struct site		**sites;	/* in the config's order */
	size_t			  count;	/* at least one */
};

/* What all addresses show under a name. */
enum urls_view {
	URLS_NONE,	/* nothing is there */
	URLS_SAME,	/* the same object */
	URLS_DIFFER,
};

/* urls_of gives the sites of a project; they are made if they are new. */
bool	urls_of(struct desk *, const struct project *, struct arena *,
	    struct urls *, struct err *) MUST_USE;

/*
 * urls_site gives the first site of a project by the state in force, or that
 * of the URL if there is no such project any more.
 */
struct site *urls_site(struct desk *, struct span project, struct span url);

/* urls_look compares a ref; *out is what all show, if they do. */
enum urls_view urls_look(const struct urls *, struct span name,
	    const struct ref **out);

/*
 * urls_branches lists the heads that are the same everywhere, and that some
 * policy of the project allows releases from; differ: some head is not the same
 * everywhere. The list lives until another project is looked at, or anything
 * is fetched: a repository of many tags and many heads is looked through once.
 */
bool	urls_branches(struct desk *, const struct urls *,
	    struct ref_list *out, bool *differ, struct err *) MUST_USE;

void	branches_free(struct desk *);

/*
 * urls_hold says why nothing may be signed for a ref of a project as things
 * are now; NULL: nothing speaks against it.
 */
const char *urls_hold(struct desk *, struct span project, struct span ref);

#endif
