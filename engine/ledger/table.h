/* table - a hash table from texts to things; for the ledger. */
#ifndef LEDGER_TABLE_H
#define LEDGER_TABLE_H

#include "base/bytes.h"

struct table_slot {
	struct span	 key;
	void		*value;		/* NULL: free */
};

/* Zero-initialise it. Keys and values belong to the caller. */
struct table {
	struct table_slot	*slots;
	size_t			 size;	/* a power of two, or 0 */
	size_t			 count;
};

void	 table_done(struct table *);
void	*table_find(const struct table *, struct span key);
/* The key must not be there yet. */
void	 table_put(struct table *, struct span key, void *value);

#endif
