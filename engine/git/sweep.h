/*
 * sweep - what a killed process left half-made in a repository of ours.
 *
 * Includes: base.
 */
#ifndef GIT_SWEEP_H
#define GIT_SWEEP_H

#include <stdbool.h>

#include "base/err.h"

/*
 * repository_sweep removes stale locks, and objects and packs that were not
 * finished. Only for the one process that writes there, before it begins: a
 * lock that somebody holds would be gone. No repository there is fine.
 */
bool	repository_sweep(const char *path, struct err *) MUST_USE;

#endif
