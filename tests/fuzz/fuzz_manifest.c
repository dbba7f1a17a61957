/* A message of a tag: what is taken names at least one thing to sign. */
#include <stdlib.h>

#include "base/arena.h"
#include "config/config.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *arena = arena_new(64 << 20);
	struct statement s;
	struct manifest m;
	struct span yaml;
	struct err e;

	if (!manifest_cut((struct span){ bytes, len }, &yaml, &e))
		return 0;
	if (manifest_parse(yaml, arena, &m, &e) &&
	    m.artifacts.count == 0 && m.resubmit.len == 0)
		abort();
	if (statement_parse(yaml, arena, &s, &e) && s.request.len != 67)
		abort();
	return 0;
}
