/* Trees: what is taken has legal names, each once, and each is found. */
#include <stdlib.h>

#include "git/tree.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct tree t;
	struct err e;

	if (!tree_parse((struct span){ bytes, len }, a, &t, &e))
		return 0;
	for (size_t i = 0; i < t.count && i < 64; i++)
		if (!tree_name_legal(t.entries[i].name) ||
		    tree_find(&t, t.entries[i].name) != &t.entries[i])
			abort();
	return 0;
}
