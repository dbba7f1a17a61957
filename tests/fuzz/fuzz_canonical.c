/* canonical_parse: what it takes is the one spelling of its value. */
#include <stdlib.h>

#include "crypto/canonical.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(json_done) struct json *v = NULL, *again = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	if (!json_parse((struct span){ bytes, len }, &v, &e) ||
	    !canonical_write(v, &b, &e))
		return 0;
	if (!canonical_parse(buf_span(&b), &again, &e))
		abort();
	return 0;
}
