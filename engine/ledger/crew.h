/*
 * crew - threads that read the commits of a ledger ahead of who takes them, in
 * their order, a bounded number at a time. Private to ledger/.
 */
#ifndef LEDGER_CREW_H
#define LEDGER_CREW_H

#include "ledger/state.h"

struct crew;

/*
 * crew_new begins with the first count names, newest first, so from the last
 * of them on; it goes on from the ledger's tree. Where no threads are wanted,
 * or can be had, who takes the commits reads them. The names outlive it.
 */
struct crew	*crew_new(struct ledger *, const struct buf *names,
		    size_t count);
void		 crew_free(struct crew *);
DEFINE_CLEANUP(struct crew, crew_done, crew_free);

/* crew_next waits for the next commit; crew_release gives it back. */
struct reading	*crew_next(struct crew *);
void		 crew_release(struct crew *, struct reading *);

/* ledger_name_at is the name at index i of a list of them. */
const struct commit_name *ledger_name_at(const struct buf *names, size_t i);

#endif
