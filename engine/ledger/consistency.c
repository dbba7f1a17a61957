/* consistency - see consistency.h. */
#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/consistency.h"
#include "ledger/proof.h"

static struct json *
base64(const struct merkle_hash *h)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_base64(merkle_span(h), &b);
	return json_text(buf_span(&b));
}

bool
consistency_write(const struct ledger *l, uint64_t old, uint64_t size,
    struct buf *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	struct json *path = json_list();
	struct merkle_proof p;

	json_put(v, "proof", path);
	if (size > ledger_size(l) || ledger_format(l) == NULL)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has %llu "
		    "events, not %llu", (unsigned long long)ledger_size(l),
		    (unsigned long long)size);
	if (!ledger_prove_consistency(l, old, size, &p, e))
		return false;
	struct merkle_hash before = ledger_root(l, old);
	struct merkle_hash now = ledger_root(l, size);
	if (!merkle_check_consistency(old, &before, size, &now, &p, e))
		return false;
	for (size_t i = 0; i < p.count; i++)
		json_add(path, base64(&p.path[i]));
	json_put_int(v, "v", 1);
	json_put_text(v, "kind", "tagseal-consistency");
	json_put_span(v, "origin", ledger_format(l)->origin);
	json_put_int(v, "old_size", (int64_t)old);
	json_put(v, "old_root", base64(&before));
	json_put_int(v, "new_size", (int64_t)size);
	json_put(v, "new_root", base64(&now));
	if (size > 0 && size == ledger_checkpoint_size(l))
		json_put_span(v, "checkpoint", ledger_checkpoint(l));
	return canonical_write(v, out, e);
}
