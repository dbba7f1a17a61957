/* fold_state - what fold.c and rules.c share: a fold from inside. */
#ifndef LEDGER_FOLD_STATE_H
#define LEDGER_FOLD_STATE_H

#include "base/arena.h"
#include "ledger/fold.h"
#include "ledger/table.h"

/* Pointers to things in the order of their making. */
struct things {
	void	**list;
	size_t	  count;
};

struct fold {
	struct arena	*arena;
	uint64_t	 size;
	struct table	 by_id;
	struct table	 by_ref;
	struct things	 requests, refs, alarms;
	struct span	 config_commit, config_manifest;
	uint64_t	 key_uses;
	size_t		 open_intents, open_alarms;
};

#endif
