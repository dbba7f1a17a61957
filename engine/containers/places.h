/*
 * places - things of a container in the order in which they lie in the file.
 * Private to this folder.
 */
#ifndef CONTAINERS_PLACES_H
#define CONTAINERS_PLACES_H

#include "base/arena.h"

/* Sorted by the first that differs; the index comes back. */
struct place {
	uint64_t	group;
	uint64_t	at;
	uint64_t	len;
	size_t		index;
};

/* places_sort gives the indices in order; NULL: the arena is full. */
size_t	*places_sort(struct place *, size_t count, struct arena *) MUST_USE;

#endif
