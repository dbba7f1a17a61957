/*
 * witness - asks the witnesses of tagseal.yaml to cosign a checkpoint.
 *
 * What they answer is not signed unless it is a cosignature: a witness that
 * says it saw another history raises an alarm, and does not count; it stops
 * nothing but what waits for a quorum.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_WITNESS_H
#define JUDGE_WITNESS_H

#include "judge/desk.h"

/*
 * witness_gather shows a note that the log alone signed to each witness, with
 * the proof that it follows from what that witness saw. Lines of those that
 * cosigned are appended, *good counts them; the others are logged.
 */
bool	witness_gather(struct desk *, struct span note, struct buf *lines,
	    size_t *good, struct err *) MUST_USE;

#endif
