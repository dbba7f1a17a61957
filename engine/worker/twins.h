/*
 * twins - equal files of one artifact that are signed once: the same bytes,
 * the same format, the same ending of the name, the same directives.
 *
 * Private to worker/.
 */
#ifndef WORKER_TWINS_H
#define WORKER_TWINS_H

#include "worker/part.h"

/*
 * twins_find marks each part that equals one before it: part.twin, and twin of
 * its node. Files with files inside have none: what is inside them has.
 */
bool	twins_find(struct part *root, struct arena *, struct err *) MUST_USE;

#endif
