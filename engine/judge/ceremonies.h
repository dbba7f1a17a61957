/*
 * ceremonies - where the keys of certificates come from: the record that a
 * certificate's file names becomes an event, once it is in force.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_CEREMONIES_H
#define JUDGE_CEREMONIES_H

#include "judge/desk.h"

/*
 * ceremonies_add puts key.made or key.imported aside for each record of the
 * config in force that the ledger has not, with the record as evidence; the
 * actor is who signed the commit that brought it, so it goes into the same
 * commit of the ledger. ceremonies_follow is for what came otherwise, with the
 * root or by a recovery: it commits.
 */
bool	ceremonies_add(struct desk *, struct err *) MUST_USE;
bool	ceremonies_follow(struct desk *, struct err *) MUST_USE;

#endif
