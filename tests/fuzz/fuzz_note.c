/* note_parse, note_key_parse, checkpoint_parse: what is read can be written. */
#include <stdlib.h>

#include "crypto/cosignature.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span in = { bytes, len };
	struct checkpoint c;
	struct note_key k;
	struct note n;
	struct err e;

	if (note_key_parse(a, in, &k, &e)) {
		note_key_write(&k, &b);
		if (!span_eq(in, buf_span(&b)))
			abort();
	}
	b.len = 0;
	if (cosigner_parse(a, in, &k, &e)) {
		note_key_write(&k, &b);
		if (!span_eq(in, buf_span(&b)))
			abort();
	}
	b.len = 0;
	if (note_parse(a, in, &n, &e) && checkpoint_parse(n.text, &c, &e)) {
		checkpoint_write(&c, &b);
		if (!span_eq(n.text, buf_span(&b)))
			abort();
	}
	return 0;
}
