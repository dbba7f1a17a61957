/* table - see table.h: open addressing, never more than half full. */
#include <stdlib.h>

#include "ledger/table.h"

void
table_done(struct table *t)
{
	free(t->slots);
}

/* FNV-1a: keys are digests or short, an attacker gains nothing here. */
static size_t
hash_of(struct span key)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ key.ptr[i]) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

static struct table_slot *
slot_of(const struct table *t, struct span key)
{
	size_t i = hash_of(key) & (t->size - 1);

	while (t->slots[i].value != NULL && !span_eq(t->slots[i].key, key))
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

void *
table_find(const struct table *t, struct span key)
{
	return t->size == 0 ? NULL : slot_of(t, key)->value;
}

static void
grow(struct table *t)
{
	struct table bigger = { .size = t->size == 0 ? 64 : t->size * 2 };

	bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
	for (size_t i = 0; i < t->size; i++)
		if (t->slots[i].value != NULL)
			*slot_of(&bigger, t->slots[i].key) = t->slots[i];
	bigger.count = t->count;
	free(t->slots);
	*t = bigger;
}

void
table_put(struct table *t, struct span key, void *value)
{
	if (t->count * 2 >= t->size)
		grow(t);
	*slot_of(t, key) = (struct table_slot){ key, value };
	t->count++;
}
