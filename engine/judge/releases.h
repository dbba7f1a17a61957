/*
 * releases - one release ref: judged, and made into a request or a refusal.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_RELEASES_H
#define JUDGE_RELEASES_H

#include "judge/refs.h"
#include "judge/sites.h"

/* One release ref, and what it pointed to when it was asked about. */
struct release_ref {
	struct site		*site;
	struct span		 project;	/* slug */
	struct span		 name;		/* full */
	struct object_id	 object;
	struct span		 seen_object;	/* before; or empty */
	bool			 is_new;	/* what was judged before does
						 * not ask again */
	bool			 provenance_later; /* judge without it; else: */
	LIST_OF(struct provenance_fact) provenance;
};

/*
 * release_judge reads a ref anew and judges it by the state in force: all its
 * rules, the commits since the last completed release of its policy. What it
 * gives lives in the arena. Errors: what stops the machine.
 */
bool	release_judge(struct desk *, const struct release_ref *,
	    struct arena *, struct release *, struct decision *, struct err *)
	    MUST_USE;

/*
 * release_record puts aside what was decided: request.created or
 * request.refused, with the signed object as evidence; of a request also the
 * commit and its top folder.
 */
bool	release_record(struct desk *, const struct release_ref *,
	    const struct release *, const struct decision *, struct err *)
	    MUST_USE;

/* release_refuse puts request.refused aside for a reason of the engine's. */
bool	release_refuse(struct desk *, const struct release_ref *,
	    const struct err *why, struct err *) MUST_USE;

#endif
