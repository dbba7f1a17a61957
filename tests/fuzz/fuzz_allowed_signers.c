/* allowed_signer_read; what it reads is read the same once written. */
#include <stdlib.h>

#include "cli/allowed_signers.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span rest = { bytes, len }, line;
	struct allowed_signer s, t;
	struct err e;

	while (span_line(&rest, &line)) {
		CLEANUP(buf_done) struct buf b = { 0 };

		if (!allowed_signer_read(a, line, &s, &e) || s.email.len == 0)
			continue;
		allowed_signer_write(&s, "x", &b);
		b.len--;
		if (!allowed_signer_read(a, buf_span(&b), &t, &e)) {
			if (err_is(&e, ERR_LIMIT_MEMORY))
				return 0;
			abort();
		}
		if (!span_eq(s.email, t.email) ||
		    !span_eq(s.name_spaces, t.name_spaces) ||
		    !span_eq(s.key.blob, t.key.blob) ||
		    s.valid_from != t.valid_from || s.valid_to != t.valid_to)
			abort();
	}
	return 0;
}
