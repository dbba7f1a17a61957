/*
 * look - the release refs of all projects: fetched, compared with what is known
 * of them, and judged if they are new. A ref is a project's, not an address's:
 * after a change of address it is still the same one.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_LOOK_H
#define JUDGE_LOOK_H

#include "judge/desk.h"

/*
 * releases_look has the repositories of all projects fetched, side by side,
 * and records what is new. It waits for the slow ones for so many ms; what is
 * not there by then is looked at in another pass. What goes wrong with one is
 * told in the log, and the others are looked at; *missed counts both, and refs
 * on which the addresses of a project do not agree.
 */
bool	releases_look(struct desk *, int64_t patience, size_t *missed,
	    struct err *) MUST_USE;

#endif
