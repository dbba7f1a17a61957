/*
 * glob - path patterns: artifact configurations, refs, branches.
 *
 *	*	any characters of one segment, also none
 *	?	one character of a segment
 *	[abc] [a-z] [!a-z]	one character of a segment, by list
 *	**	alone in a segment: any number of segments, also none;
 *		at the end of a pattern at least one
 *
 * All other characters stand for themselves. Segments are separated by '/';
 * nothing but ** crosses one. Case is told apart unless GLOB_IGNORE_CASE is
 * given; then A-Z equal a-z, and all characters outside of ASCII still have
 * to be the same: file systems do not agree on the case of those.
 *
 * A pattern is matched in one pass over the path: the time is at most the
 * product of both lengths, whatever the pattern.
 */
#ifndef ARTIFACT_GLOB_H
#define ARTIFACT_GLOB_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

#define GLOB_IGNORE_CASE	1u

/*
 * glob_check refuses what is no pattern: longer than LIMIT_GLOB, empty
 * segments, `.` and `..`, ** beside other characters, open or empty lists,
 * backslashes, control characters, what is no UTF-8 (ERR_GLOB_MALFORMED).
 */
bool	glob_check(struct span pattern, struct err *) MUST_USE;

/* glob_match wants a checked pattern; a bad one matches nothing. */
bool	glob_match(struct span pattern, struct span path, unsigned flags);

/* glob_literal tells that a pattern has no wildcard. */
bool	glob_literal(struct span pattern);

/* glob_same compares two paths as glob_match compares characters. */
bool	glob_same(struct span a, struct span b, unsigned flags);

#endif
