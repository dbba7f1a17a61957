/* places - see places.h. */
#include <stdlib.h>

#include "containers/places.h"

static int
place_order(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

size_t *
places_sort(struct place *v, size_t count, struct arena *a)
{
	size_t *order = ARENA_ARRAY(a, size_t, count);

	if (order == NULL)
		return NULL;
	if (count > 0)
		qsort(v, count, sizeof(*v), place_order);
	for (size_t i = 0; i < count; i++)
		order[i] = v[i].index;
	return order;
}
