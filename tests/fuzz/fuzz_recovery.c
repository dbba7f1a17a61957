/* A recovery statement with its signatures: its parts are all of it. */
#include <stdlib.h>

#include "base/text.h"
#include "judge/recovery.h"

#define KEY	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJrpYLqzjkizBzxxPCLaCthyof" \
	"RkykYK7mDLxveyCeLh"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
parts_make_all(const struct recovery_parts *p, size_t len)
{
	size_t sum = p->statement.len;

	for (size_t i = 0; i < p->count; i++)
		sum += p->armors[i].len;
	if (sum != len)
		abort();
}

/* What is taken was said by the one holder. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(64 << 20);
	const struct span key = SPAN_TEXT(KEY), all = { bytes, len };
	struct recovery_trust trust = { .keys = &key, .count = 1,
	    .threshold = 1, .any_root = true,
	    .config = SPAN_TEXT("0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b") };
	struct recovery_parts parts;
	struct recovery_said said;
	struct err e;

	if (recovery_cut(all, &parts, &e))
		parts_make_all(&parts, len);
	if (recovery_read(all, &trust,
	    SPAN_TEXT("6f1c0d2e-0000-4000-8000-000000000001"), 0, a, &said,
	    &e) && (said.signer_count != 1 || said.step.epoch == 0))
		abort();
	return 0;
}
