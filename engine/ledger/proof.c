/* proof - see proof.h. */
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
