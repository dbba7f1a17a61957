/* formats - what all formats use; see formats.h. */
#include "formats/formats.h"

bool
facts_add(struct facts *facts, struct arena *a, struct fact fact,
    struct err *e)
{
	struct fact *items = arena_grow(a, facts->items, facts->count,
	    sizeof(*items));

	if (items == NULL)
		return err_budget(e, a);
	items[facts->count++] = fact;
	facts->items = items;
	return true;
}

const struct fact *
fact_find(const struct facts *facts, struct span key)
{
	for (size_t i = 0; i < facts->count; i++)
		if (span_is(key, facts->items[i].key))
			return &facts->items[i];
	return NULL;
}
