/* What authorities return, requests, evidence, and the rules for them. */
#include "crypto/baseline.h"
#include "crypto/evidence.h"
#include "crypto/path.h"
#include "crypto/request.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(16 << 20);
	struct path_terms terms = { PURPOSE_CODE_SIGNING,
	    INT64_C(1767225600000), true };
	struct span in = { bytes, len }, out;
	struct certificate_bag bag;
	struct certificate asked;
	struct chain chain;
	struct err e;

	(void)!request_parse(in, a, &asked, &e);
	(void)!evidence_bundle(in, span_text(""), a, &out, &e);
	if (!bag_read(in, a, &bag, &e))
		return 0;
	for (size_t i = 0; i < baseline_count; i++)
		(void)!baseline_rows[i].broken(&bag.items[0], i % 2 == 0);
	(void)!path_build(&bag.items[0], &bag, &terms, a, &chain, &e);
	return 0;
}
