/* openpgp_split; what it finds, armored, is found again. */
#include <stdlib.h>

#include "crypto/openpgp.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct openpgp_public *keys, *again;
	size_t count, one;
	struct err e;

	if (!openpgp_split(a, (struct span){ bytes, len }, &keys, &count,
	    &e))
		return 0;
	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf armor = { 0 };

		openpgp_armor(keys[i].packets, &armor);
		if (!openpgp_split(a, buf_span(&armor), &again, &one, &e)) {
			if (err_is(&e, ERR_LIMIT_MEMORY))
				return 0;
			abort();
		}
		if (one != 1 || !span_eq(again[0].packets, keys[i].packets) ||
		    again[0].name_count != keys[i].name_count)
			abort();
	}
	return 0;
}
