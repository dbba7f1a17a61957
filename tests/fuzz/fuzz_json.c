/* json_parse: what it takes can be written and read again. */
#include <stdlib.h>

#include "base/json.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(json_done) struct json *v = NULL, *again = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	if (!json_parse((struct span){ bytes, len }, &v, &e))
		return 0;
	json_write(v, &b);
	if (!json_parse(buf_span(&b), &again, &e))
		abort();
	return 0;
}
