/* receipt - see receipt.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"

/* What events name the blob by that goes with the receipt. */
#define TREE	"tree_sha256"

static const char kind[] = "tagseal-receipt";

static struct json *
base64(struct span s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_base64(s, &b);
	return json_text(buf_span(&b));
}

bool
receipt_gather(struct ledger *l, uint64_t n, struct span note,
    struct buf *event, struct receipt_parts *out, struct err *e)
{
	struct receipt_parts p = { .n = n, .note = note };
	struct checkpoint c;

	if (ledger_format(l) == NULL)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger is empty");
	if (!checkpoint_verify(note, &ledger_format(l)->log, &c, e) ||
	    !ledger_event(l, n, event, e) ||
	    !ledger_prove_inclusion(l, n, c.size, &p.proof, e))
		return false;
	p.event = buf_span(event);
	*out = p;
	return true;
}

/* The blob that the event names, if it names one. */
static bool
tree_gather(struct ledger *l, const struct receipt_parts *p, struct buf *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;

	if (!event_parse(p->event, p->n, &json, &ev, e))
		return false;
	struct span hex = event_text(&ev, TREE);
	return hex.len == 0 || ledger_blob(l, hex, out, e);
}

bool
receipt_write(struct ledger *l, uint64_t n, struct span note,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, tree = { 0 };
	CLEANUP(json_done) struct json *v = json_map();
	struct json *path = json_list();
	struct receipt_parts p;

	json_put(v, "proof", path);
	if (!receipt_gather(l, n, note, &event, &p, e) ||
	    !tree_gather(l, &p, &tree, e))
		return false;
	for (size_t i = 0; i < p.proof.count; i++)
		json_add(path, base64(merkle_span(&p.proof.path[i])));
	json_put_int(v, "v", 1);
	json_put_text(v, "kind", kind);
	json_put_int(v, "n", (int64_t)n);
	json_put(v, "event", base64(p.event));
	json_put_span(v, "checkpoint", note);
	if (tree.len > 0)
		json_put(v, "tree", base64(buf_span(&tree)));
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

static bool
read_json(const struct json *v, struct arena *a, struct receipt_parts *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, tree = { 0 };
	const struct json *n = json_member(v, "n");
	const struct json *with = json_member(v, "tree");

	if (json_kind(v) != JSON_KIND_MAP ||
	    json_count(v) != 6 + (size_t)(with != NULL) ||
	    json_integer_of(json_member(v, "v")) != 1 ||
	    !span_is(json_span(json_member(v, "kind")), kind) ||
	    json_kind(n) != JSON_KIND_INTEGER || json_integer_of(n) < 0 ||
	    !text_unbase64(json_span(json_member(v, "event")), &event) ||
	    (with != NULL && (!text_unbase64(json_span(with), &tree) ||
	    tree.len == 0)) || !read_proof(json_member(v, "proof"),
	    &out->proof))
		return err_set(e, ERR_RECEIPT, "not what a receipt consists "
		    "of");
	out->n = (uint64_t)json_integer_of(n);
	if (!arena_copy(a, buf_span(&event), &out->event) ||
	    !arena_copy(a, buf_span(&tree), &out->tree) ||
	    !arena_copy(a, json_span(json_member(v, "checkpoint")),
	    &out->note))
		return err_budget(e, a);
	return true;
}

/* What the receipt says, before anything of it is proven. */
static bool
read_parts(struct arena *a, struct span in, struct receipt_parts *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	if (tlog_proof_is(in))
		return tlog_proof_read(a, in, out, e);
	return canonical_parse(in, &v, e) && read_json(v, a, out, e);
}

static bool
tree_is_named(const struct event *ev, struct span tree, struct err *e)
{
	struct digest sum = digest_of(DIGEST_SHA256, tree);

	return tree.len == 0 || span_is(event_text(ev, TREE),
	    digest_hex(&sum).text) || err_set(e, ERR_RECEIPT, "its tree is "
	    "not the one that the event names");
}

bool
receipt_check(struct arena *a, struct span in, const struct note_key *key,
    struct receipt *out, struct err *e)
{
	CLEANUP(json_done) struct json *event = NULL;
	struct receipt_parts p;
	struct receipt r;
	struct event ev;

	if (!read_parts(a, in, &p, e) ||
	    !checkpoint_verify(p.note, key, &r.checkpoint, e))
		return err_at(e, "receipt");
	struct merkle_hash leaf = merkle_leaf(p.event);
	if (!merkle_check_inclusion(&leaf, p.n, r.checkpoint.size,
	    &r.checkpoint.root, &p.proof, e) ||
	    !event_parse(p.event, p.n, &event, &ev, e) ||
	    !tree_is_named(&ev, p.tree, e))
		return err_at(e, "receipt");
	r.n = p.n;
	r.event = p.event;
	r.tree = p.tree;
	*out = r;
	return true;
}
