/*
 * notices - tells the webhooks of tagseal.yaml what this engine wrote.
 *
 * An event is told once its push was confirmed, in order, at least once, and by
 * the engine that wrote it. Each webhook has a courier of its own, which nobody
 * waits for: one that is down holds up nothing but itself. How far each was
 * told is kept in the file notices.json of the judge's folder, before the next
 * event is told.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_NOTICES_H
#define JUDGE_NOTICES_H

#include "judge/desk.h"

/*
 * notices_plan takes up the webhooks of the config that is in force. One that
 * is new begins with what is written next. What is wrong with the file is told
 * in the log, and no error here.
 */
void	notices_plan(struct desk *);

/* notices_advance takes answers, and tells what is due. */
void	notices_advance(struct desk *);

/* notices_due is the deadline by which notices_advance has to be called. */
int64_t	notices_due(const struct desk *);

/* notices_ready: it is time for notices_advance. */
bool	notices_ready(const struct desk *);

/* notices_busy: something is being told, or is due now. */
bool	notices_busy(const struct desk *);

void	notices_free(struct desk *);

#endif
