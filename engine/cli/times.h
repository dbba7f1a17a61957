/*
 * times - when each commit and tag of a config repo was first seen, from a
 * clone of the ledger: who asks years later gets the answer of that day.
 */
#ifndef CLI_TIMES_H
#define CLI_TIMES_H

#include "cli/history.h"
#include "judge/memory.h"
#include "ledger/table.h"

struct times {
	struct history		 h;
	struct memory		 memory;
	struct repository	*commits;	/* the config repo */
	struct buf		 config_repo;	/* UUID of it */
	int64_t			 genesis;	/* 0: nothing was read */
	struct object_id	 root;		/* first accepted */
	bool			 rooted;
	struct arena		*arena;		/* of what was kept: */
	struct table		 kept;		/* endorsing tags, by Git id */
};

/*
 * times_read reads the ledger in a folder; every event is verified. The pins
 * are those of trust_read. commits must outlive it. Errors: those of
 * history_open and history_read.
 */
bool	times_read(const struct invocation *, const char *folder,
	    const char *trust_file, struct repository *commits,
	    struct times *out, struct err *) MUST_USE;
void	times_done(struct times *);

/*
 * times_seen fits first_seen of struct chain_look. What is older than the
 * root of the ledger was seen when the ledger began.
 */
int64_t	times_seen(void *times, const struct object_id *);

/*
 * times_kept fits kept of struct chain_look: endorsing tags are evidence in the
 * ledger. Errors: those of ledger_blob.
 */
bool	times_kept(void *times, const struct object_id *, struct buf *out,
	    bool *there, struct err *) MUST_USE;

/* times_verdict is "accepted" or "refused", as the engine judged; or NULL. */
const char *times_verdict(const struct times *, const struct object_id *);

#endif
