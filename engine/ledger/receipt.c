/* receipt - see receipt.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"

static const char kind[] = "tagseal-receipt";

static struct json *
base64(struct span s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_base64(s, &b);
	return json_text(buf_span(&b));
}

bool
receipt_write(struct ledger *l, uint64_t n, struct span note,
    struct buf *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf event = { 0 };
	struct json *path = json_list();
	struct merkle_proof p;
	struct checkpoint c;

	json_put(v, "proof", path);
	if (ledger_format(l) == NULL)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger is empty");
	if (!checkpoint_verify(note, &ledger_format(l)->log, &c, e) ||
	    !ledger_event(l, n, &event, e) ||
	    !ledger_prove_inclusion(l, n, c.size, &p, e))
		return false;
	for (size_t i = 0; i < p.count; i++)
		json_add(path, base64(merkle_span(&p.path[i])));
	json_put_int(v, "v", 1);
	json_put_text(v, "kind", kind);
	json_put_int(v, "n", (int64_t)n);
	json_put(v, "event", base64(buf_span(&event)));
	json_put_span(v, "checkpoint", note);
	return canonical_write(v, out, e);
}

static bool
read_proof(const struct json *list, struct merkle_proof *out)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (json_kind(list) != JSON_KIND_LIST)
		return false;
	for (size_t i = 0; i < json_count(list); i++)
		if (!text_unbase64(json_span(json_item(list, i)), &raw) ||
		    raw.len != (i + 1) * MERKLE_SIZE)
			return false;
	return merkle_proof_read(buf_span(&raw), out);
}

/* What the receipt says, before anything of it is proven. */
static bool
read_receipt(const struct json *v, struct arena *a, struct receipt *out,
    struct merkle_proof *p, struct span *note, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 };
	const struct json *n = json_member(v, "n");

	if (json_kind(v) != JSON_KIND_MAP || json_count(v) != 6 ||
	    json_integer_of(json_member(v, "v")) != 1 ||
	    !span_is(json_span(json_member(v, "kind")), kind) ||
	    json_kind(n) != JSON_KIND_INTEGER || json_integer_of(n) < 0 ||
	    !text_unbase64(json_span(json_member(v, "event")), &event) ||
	    !read_proof(json_member(v, "proof"), p))
		return err_set(e, ERR_RECEIPT, "not what a receipt consists "
		    "of");
	out->n = (uint64_t)json_integer_of(n);
	if (!arena_copy(a, buf_span(&event), &out->event) ||
	    !arena_copy(a, json_span(json_member(v, "checkpoint")), note))
		return err_budget(e, a);
	return true;
}

bool
receipt_check(struct arena *a, struct span in, const struct note_key *key,
    struct receipt *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL, *event = NULL;
	struct merkle_proof p;
	struct span note;
	struct receipt r;
	struct event ev;

	if (!canonical_parse(in, &v, e) ||
	    !read_receipt(v, a, &r, &p, &note, e) ||
	    !checkpoint_verify(note, key, &r.checkpoint, e))
		return err_at(e, "receipt");
	struct merkle_hash leaf = merkle_leaf(r.event);
	if (!merkle_check_inclusion(&leaf, r.n, r.checkpoint.size,
	    &r.checkpoint.root, &p, e) ||
	    !event_parse(r.event, r.n, &event, &ev, e))
		return err_at(e, "receipt");
	*out = r;
	return true;
}
