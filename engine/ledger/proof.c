/* proof - see proof.h. */
#include "base/text.h"
#include "ledger/proof.h"

bool
ledger_prove_inclusion(const struct ledger *l, uint64_t n, uint64_t size,
    struct merkle_proof *out, struct err *e)
{
	struct merkle_source s = merkle_tree_source(ledger_tree(l));

	return merkle_prove_inclusion(&s, n, size, out, e);
}

bool
ledger_prove_consistency(const struct ledger *l, uint64_t old, uint64_t size,
    struct merkle_proof *out, struct err *e)
{
	struct merkle_source s = merkle_tree_source(ledger_tree(l));

	return merkle_prove_consistency(&s, old, size, out, e);
}

bool
merkle_lines_read(struct span *in, size_t most, struct merkle_proof *out)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span line;
	size_t n = 0;

	while (span_line(in, &line)) {
		if (line.len == 0)
			return merkle_proof_read(buf_span(&raw), out);
		if (++n > most || !text_unbase64(line, &raw) ||
		    raw.len != n * MERKLE_SIZE)
			return false;
	}
	return false;
}
