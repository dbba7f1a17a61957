/* glob: the first line is a pattern, the rest a path. */
#include <stdlib.h>

#include "artifact/glob.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span rest = { bytes, len }, pattern;
	struct err e;

	if (!span_line(&rest, &pattern) || rest.len > 4096)
		return 0;
	bool good = glob_check(pattern, &e);
	bool exact = glob_match(pattern, rest, 0);
	if (good && exact && !glob_match(pattern, rest, GLOB_IGNORE_CASE) &&
	    span_find(pattern, SPAN_TEXT("[!")) == SIZE_MAX)
		abort();
	if (good && glob_literal(pattern) && exact != span_eq(pattern, rest))
		abort();
	return 0;
}
