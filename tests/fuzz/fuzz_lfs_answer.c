/* lfs_answer_read: nothing that it gives can begin a header of its own. */
#include <stdlib.h>
#include <string.h>

#include "courier/lfs_answer.h"

#define OID	"4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct lfs_download d;
	struct err e;

	if (!lfs_answer_read((struct span){ bytes, len }, SPAN_TEXT(OID), 5,
	    a, &d, &e))
		return 0;
	if (d.url == NULL || d.url[0] == '\0')
		abort();
	for (size_t i = 0; i < d.header_count; i++)
		if (strpbrk(d.headers[i].name, ":\r\n ") != NULL ||
		    strpbrk(d.headers[i].value, "\r\n") != NULL)
			abort();
	return 0;
}
