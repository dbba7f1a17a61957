/*
 * receipt_check with the key of the seeds: none but what proves an event
 * passes, and the parts of a tlog-proof that is read stay in its bytes' size.
 */
#include <stdlib.h>

#include "ledger/tlog_proof.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char vkey[] =
    "acme.example/tagseal+0320bcef+"
    "AVi1dc40BsR7CEVR1oLGNT8Ryu+JrxR083wAApraW9lO";

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span in = { bytes, len };
	struct receipt_parts p;
	struct note_key key;
	struct receipt r;
	struct err e;

	if (!note_key_parse(a, span_text(vkey), &key, &e))
		abort();
	if (receipt_check(a, in, &key, &r, &e) &&
	    (r.n >= r.checkpoint.size || r.event.len > len))
		abort();
	if (tlog_proof_read(a, in, &p, &e) &&
	    (p.event.len + p.note.len > len || p.proof.count > MERKLE_PATH))
		abort();
	return 0;
}
