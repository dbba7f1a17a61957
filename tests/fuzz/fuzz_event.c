/* event_parse: what it takes has a line for people and can be folded. */
#include <stdlib.h>

#include "ledger/fold.h"
#include "ledger/story.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(fold_done) struct fold *f = fold_new();
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf line = { 0 };
	struct event ev;
	struct err e;

	if (!event_parse((struct span){ bytes, len }, 0, &v, &ev, &e))
		return 0;
	event_summary(&ev, &line);
	if (span_find(buf_span(&line), span_text("\n")) != SIZE_MAX)
		abort();
	if (fold_event(f, &ev, &e) != (fold_size(f) == 1))
		abort();
	return 0;
}
